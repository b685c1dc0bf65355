// What the gate before the next level looks at, and how it stands now.
import { INTENTS, type Intent } from '../../../../electron/contracts/intents.ts'
import type { Recipe, RecipeStage } from '../../../../electron/contracts/recipe.ts'
import type { TrainingEvaluation, TrainingRunStage } from '../../../../electron/contracts/training.ts'

/** One rule of a gate; figures are differences of nDCG@10 from 0 to 1. */
export interface GateRule {
  /** `mean`: some step must be better than where the level began. `intent`: none may fall by more than `allowed`. */
  readonly kind: 'mean' | 'intent'
  readonly allowed: number
  /** How it changed so far; null before there is something to compare. */
  readonly change: number | null
  /** The intent that changed for the worst. */
  readonly intent: Intent | null
  readonly holds: boolean
}

export interface GateView {
  /** The level whose result it judges. */
  readonly stage: TrainingRunStage
  readonly index: number
  readonly rules: readonly GateRule[]
  /** Its verdict, once the level has ended. */
  readonly verdict: { readonly passed: boolean; readonly reason: string } | null
}

/**
 * The gate that decides next, else the last that decided.
 * @returns undefined for a run without levels, and without a dev set to judge by
 */
export function gateOf(
  stages: readonly TrainingRunStage[],
  recipe: Recipe,
  evaluations: readonly TrainingEvaluation[],
): GateView | undefined {
  const gated = stages.flatMap((stage, index) => (stage.kind === 'instruction' ? [{ stage, index }] : []))
  const next = gated.find(({ stage }) => stage.state === 'running') ?? gated.find(({ stage }) => stage.gate === null)
  const shown = next ?? gated.at(-1)
  if (shown === undefined) return undefined
  const settings = settingsOf(recipe, shown.index)
  if (settings?.kind !== 'instruction') return undefined
  const { maxIntentDrop } = settings.gate
  const best = bestOf(evaluations, (stage) => stage === shown.index)
  const before = bestOf(evaluations, (stage) => stage < shown.index) ?? evaluations[0]
  const meanBefore = shown.stage.before ?? before?.ndcg ?? null
  const mean = best === undefined || meanBefore === null ? null : best.ndcg - meanBefore
  const worst = best && before && best !== before ? worstIntent(before, best) : null
  return {
    ...shown,
    verdict: shown.stage.gate,
    rules: [
      { kind: 'mean', allowed: 0, change: mean, intent: null, holds: mean === null || mean > 0 },
      {
        ...{ kind: 'intent', allowed: maxIntentDrop, change: worst?.change ?? null, intent: worst?.intent ?? null },
        holds: worst === null || worst.change >= -maxIntentDrop,
      },
    ],
  }
}

/** Settings of a stage as it runs: each level of a recipe's stage is one of its own. */
function settingsOf({ stages }: Recipe, index: number): RecipeStage | undefined {
  return stages.flatMap((stage): readonly RecipeStage[] =>
    stage.kind === 'instruction' ? stage.levels.map(() => stage) : [stage],
  )[index]
}

/** The best evaluation of the stages that are wanted; undefined when they have none. */
export function bestOf(
  evaluations: readonly TrainingEvaluation[],
  wanted: (stage: number) => boolean,
): TrainingEvaluation | undefined {
  return evaluations
    .filter(({ stage }) => wanted(stage))
    .reduce<TrainingEvaluation | undefined>((best, one) => (best && best.ndcg >= one.ndcg ? best : one), undefined)
}

function worstIntent(
  before: TrainingEvaluation,
  now: TrainingEvaluation,
): { readonly intent: Intent; readonly change: number } | null {
  const changes = INTENTS.flatMap((intent) => {
    const [was, is] = [before.byIntent[intent], now.byIntent[intent]]
    return was === undefined || is === undefined ? [] : [{ intent, change: is - was }]
  })
  return changes.toSorted((a, b) => a.change - b.change)[0] ?? null
}

export interface IntentProgress {
  readonly intent: Intent
  /** nDCG@10 of the newest evaluation, and how it changed since the first. */
  readonly value: number
  readonly change: number
  /** It stands this far under its own best. */
  readonly belowBest: number
  /** The first value, which the dashed line shows. */
  readonly start: number
  readonly points: readonly { readonly x: number; readonly value: number }[]
}

/** Each intent's way over the evaluations, in the order of the intents. */
export function intentProgress(
  evaluations: readonly TrainingEvaluation[],
  axis: 'step' | 'seconds' | 'tokens' = 'step',
): IntentProgress[] {
  return INTENTS.flatMap((intent) => {
    const points = evaluations.flatMap((one) => {
      const value = one.byIntent[intent]
      return value === undefined ? [] : [{ x: one[axis], value }]
    })
    const [first] = points
    const last = points.at(-1)
    if (first === undefined || last === undefined) return []
    const best = Math.max(...points.map(({ value }) => value))
    const { value } = last
    return [{ intent, value, change: value - first.value, belowBest: best - value, start: first.value, points }]
  })
}
