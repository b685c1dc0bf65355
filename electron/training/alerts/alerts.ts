// What a person should hear about a run while it runs.
import type { Intent } from '../../contracts/intents.ts'
import type { TrainingAlertKind } from '../../contracts/training.ts'
import { said, type Text } from '../../contracts/wording.ts'
import { averageAfter, type AverageState, NO_VALUES } from '../curves/moving-average.ts'
import type { StepEvent, TrainingEvent } from '../run/events.ts'

export interface TrainingAlert {
  readonly kind: TrainingAlertKind
  readonly level: 'warning' | 'error'
  readonly stage: number
  readonly step: number
  readonly intent: Intent | null
  /** As a sentence for people: what is seen, and what to do. */
  readonly text: Text
}

export interface AlertLimits {
  /** Steps of a stage before its averages mean something, at least; and as a share of the stage. */
  readonly settlingSteps: number
  readonly settlingShare: number
  /** Steps in a row that a condition must hold. */
  readonly persistence: number
  /** The loss is stuck when its average is at least this share of the loss of guessing. */
  readonly stuckShare: number
  /** Everything looks alike when right passages are this similar and the hardest wrong ones less than the gap below. */
  readonly collapseSimilarity: number
  readonly collapseGap: number
  /** Evaluations in a row without a better one. */
  readonly plateauEvaluations: number
  /** Without evaluations: steps in a row in which the loss's average did not fall by this share of it. */
  readonly plateauShare: number
  readonly plateauSteps: number
  /** Loss of nDCG@10 of an intent against where the stage began. */
  readonly intentDrop: number
}

export const ALERT_LIMITS: AlertLimits = {
  settlingSteps: 100,
  settlingShare: 0.1,
  persistence: 100,
  stuckShare: 0.99,
  collapseSimilarity: 0.9,
  collapseGap: 0.02,
  plateauEvaluations: 5,
  plateauShare: 0.005,
  plateauSteps: 500,
  intentDrop: 0.02,
}

/** Averages look back over about 33 steps. */
const WEIGHT = 0.97

/** Everything known about the stage under way. */
interface StageWatch {
  readonly stage: number
  readonly steps: number
  readonly intentDrop: number
  readonly baseline: Readonly<Partial<Record<Intent, number>>> | null
  readonly evaluationsWithoutBest: number
  readonly loss: AverageState
  readonly positive: AverageState
  readonly hardest: AverageState
  readonly stuckFor: number
  readonly collapsedFor: number
  readonly lowest: number
  readonly lowestAt: number
}

export interface AlertState {
  readonly stage: StageWatch | undefined
  /** Raised ones are not raised again in the same stage. */
  readonly raised: readonly string[]
}

export const NO_ALERTS: AlertState = { stage: undefined, raised: [] }

/**
 * What an event means after those before it. Pure, so that a resumed run goes on by observing what is stored.
 *
 * @param intentDrops how far an intent may fall, by stage, where the recipe's gates say so
 */
export function observe(
  state: AlertState,
  event: TrainingEvent,
  {
    limits = ALERT_LIMITS,
    intentDrops = [],
  }: { limits?: AlertLimits; intentDrops?: readonly (number | undefined)[] } = {},
): { readonly state: AlertState; readonly alerts: readonly TrainingAlert[] } {
  if (event.kind === 'stage') {
    const { stage, steps } = event
    if (state.stage?.stage === stage) return { state, alerts: [] }
    return { state: { ...state, stage: opened(stage, steps, intentDrops[stage] ?? limits.intentDrop) }, alerts: [] }
  }
  if ((event.kind !== 'step' && event.kind !== 'evaluation') || state.stage?.stage !== event.stage)
    return { state, alerts: [] }
  const { watch, alerts } =
    event.kind === 'step' ? afterStep(state.stage, event, limits) : afterEvaluation(state.stage, event, limits)
  const fresh = alerts.filter((alert) => !state.raised.includes(keyOf(alert)))
  return { state: { stage: watch, raised: [...state.raised, ...fresh.map(keyOf)] }, alerts: fresh }
}

/** Whether the next checkpoint fits. @returns undefined when there is room for two of them */
export function diskAlert(
  { freeBytes, neededBytes }: { readonly freeBytes: number; readonly neededBytes: number },
  at: { readonly stage: number; readonly step: number; readonly folder: string },
): TrainingAlert | undefined {
  if (freeBytes >= 2 * neededBytes) return undefined
  const { folder, ...place } = at
  return {
    ...{ kind: 'disk', level: 'warning', intent: null, ...place },
    text: said`The disk that holds ${folder} has ${megabytes(freeBytes)} left; a checkpoint takes ${megabytes(neededBytes)}. Free some space: when it is full, the run stops at its last checkpoint.`,
  }
}

export function keyOf({ kind, stage, intent }: Pick<TrainingAlert, 'kind' | 'stage' | 'intent'>): string {
  return `${kind} ${stage} ${intent ?? ''}`
}

function opened(stage: number, steps: number, intentDrop: number): StageWatch {
  return {
    ...{ stage, steps, intentDrop, baseline: null, evaluationsWithoutBest: 0 },
    ...{ loss: NO_VALUES, positive: NO_VALUES, hardest: NO_VALUES },
    ...{ stuckFor: 0, collapsedFor: 0, lowest: Infinity, lowestAt: 0 },
  }
}

function afterStep(before: StageWatch, event: StepEvent, limits: AlertLimits) {
  const { step, stage, chance } = event
  const place = { stage, step, intent: null }
  if (!Number.isFinite(event.loss) || !Number.isFinite(event.gradientNorm)) {
    const what = Number.isFinite(event.loss) ? said`gradient` : said`loss`
    const text = said`The ${what} of step ${step} is not a number. The run has stopped; its last good checkpoint is kept. Lower the learning rate, or look at the texts that the log names.`
    return { watch: before, alerts: [{ ...place, kind: 'nan', level: 'error', text } satisfies TrainingAlert] }
  }
  const loss = averageAfter(before.loss, event.loss, WEIGHT)
  const positive = averageAfter(before.positive, event.positiveSimilarity, WEIGHT)
  const hardest = averageAfter(before.hardest, event.hardestNegativeSimilarity, WEIGHT)
  const settled = step >= Math.max(limits.settlingSteps, limits.settlingShare * before.steps)
  const isStuck = settled && loss.value >= limits.stuckShare * chance
  const gap = positive.value - hardest.value
  const isCollapsed = settled && positive.value > limits.collapseSimilarity && gap < limits.collapseGap
  const fell = loss.value < before.lowest * (1 - limits.plateauShare)
  const watch: StageWatch = {
    ...before,
    ...{ loss, positive, hardest },
    stuckFor: isStuck ? before.stuckFor + 1 : 0,
    collapsedFor: isCollapsed ? before.collapsedFor + 1 : 0,
    ...(fell || !settled ? { lowest: Math.min(loss.value, before.lowest), lowestAt: step } : {}),
  }
  const alerts: TrainingAlert[] = []
  if (watch.stuckFor === limits.persistence) {
    const text = said`The loss has stayed at ${loss.value.toFixed(2)} for ${limits.persistence} steps: guessing gives ${chance.toFixed(2)}. Nothing is being learned. Try another learning rate, or look whether queries and passages of the data belong together.`
    alerts.push({ ...place, kind: 'collapse', level: 'warning', text })
  }
  if (watch.collapsedFor === limits.persistence) {
    const text = said`Right and wrong passages look alike to the model: similarity ${positive.value.toFixed(3)} and ${hardest.value.toFixed(3)}. Stop and start from an earlier model with a lower learning rate or a higher temperature.`
    alerts.push({ ...place, kind: 'collapse', level: 'warning', text })
  }
  if (before.baseline === null && step - watch.lowestAt === limits.plateauSteps) {
    const text = said`The loss has not fallen for ${limits.plateauSteps} steps (${loss.value.toFixed(3)}). More steps will hardly help.`
    alerts.push({ ...place, kind: 'plateau', level: 'warning', text })
  }
  return { watch, alerts }
}

function afterEvaluation(
  before: StageWatch,
  { stage, step, ndcg, byIntent, best }: Extract<TrainingEvent, { kind: 'evaluation' }>,
  limits: AlertLimits,
) {
  const evaluationsWithoutBest = best ? 0 : before.evaluationsWithoutBest + 1
  const watch: StageWatch = { ...before, baseline: before.baseline ?? byIntent, evaluationsWithoutBest }
  const alerts: TrainingAlert[] = []
  if (evaluationsWithoutBest === limits.plateauEvaluations) {
    const text = said`The last ${evaluationsWithoutBest} checks on held-out queries were no better (now nDCG@10 ${ndcg.toFixed(4)}). Stop and keep the best, or let the stage end.`
    alerts.push({ kind: 'plateau', level: 'warning', stage, step, intent: null, text })
  }
  for (const [name, was] of Object.entries(before.baseline ?? {})) {
    const intent = name as Intent
    const now = byIntent[intent]
    if (now === undefined || now >= was - before.intentDrop) continue
    const text = said`${intent} fell from nDCG@10 ${was.toFixed(4)} to ${now.toFixed(4)} in this stage, by more than ${before.intentDrop}. Look at its examples; a gate rolls the stage back when it ends so.`
    alerts.push({ kind: 'intent-regression', level: 'warning', stage, step, intent, text })
  }
  return { watch, alerts }
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
