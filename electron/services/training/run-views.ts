import { existsSync } from 'node:fs'
import type {
  TrainingLogLine,
  TrainingPoint,
  TrainingRun,
  TrainingRunDetail,
  TrainingRunStage,
  TrainingRunState,
} from '../../contracts/training.ts'
import type {
  StageRecord,
  TrainingEvaluationRow,
  TrainingEventRecord,
  TrainingPointRepository,
  TrainingPointRow,
  TrainingRunRecord,
} from '../../storage/index.ts'
import { folderGone, isResumable, plannedStages, readCurve, type Recipe } from '../../training/index.ts'
import type { Library } from '../library.ts'
import { stageScores, standingEvaluation } from './run-quality.ts'
import { outputOf, stateOf, type TrainingDesk } from './training-desk.ts'

/** The pace of a run is that of its last steps. */
const PACE_STEPS = 50

/** Training runs as the Training view shows them. */
export class RunViews {
  readonly #library: Library
  readonly #desk: TrainingDesk

  constructor(library: Library, desk: TrainingDesk) {
    this.#library = library
    this.#desk = desk
  }

  /** Newest first. */
  all(): TrainingRun[] {
    return this.#library.repositories.trainingRuns.all().map((run) => this.run(run))
  }

  run(record: TrainingRunRecord): TrainingRun {
    const { trainingRuns, trainingPoints, trainingEvents } = this.#library.repositories
    const recipe = record.recipe as Recipe
    const job = this.#desk.jobOf(record)
    const state = stateOf(record, job)
    const last = trainingPoints.last(record.id)
    const opened = trainingRuns.stages(record.id)
    const evaluations = trainingRuns.evaluations(record.id)
    const standing = standingEvaluation(opened, evaluations)
    const stages = stagesOf(record, state, { opened, evaluations, points: last?.point ?? 0 })
    const totalSteps = totalOf(stages, record)
    const { message, lost } = this.#messageOf(record, state)
    return {
      ...{ id: record.id, name: record.name, recipe: recipe.name, state, message },
      resumable:
        !lost &&
        ['paused', 'interrupted', 'failed'].includes(state) &&
        (!record.failure || isResumable(record.failure)),
      ...{ stoppedEarly: record.stoppedEarly, tags: [...record.tags], notes: record.notes },
      ...{ createdAt: record.createdAt, endedAt: record.endedAt },
      seconds: (last?.seconds ?? 0) + trailingSeconds(last, evaluations),
      secondsLeft: state === 'running' && last ? this.#secondsLeft(record.id, last, totalSteps) : null,
      ...{ step: last?.point ?? 0, totalSteps, stages },
      ...{ data: record.dataName ?? record.data, examples: record.facts?.examples ?? null },
      model: record.modelName ?? record.model,
      quality: standing ? qualityOf(standing) : null,
      byIntent: { ...(standing?.byIntent ?? {}) },
      startQuality: evaluations[0]?.ndcg ?? null,
      alerts: trainingEvents.alertCount(record.id),
      jobId: job?.id ?? null,
      modelId: record.modelId,
    }
  }

  detail(record: TrainingRunRecord): TrainingRunDetail {
    const { trainingRuns, trainingPoints, trainingEvents } = this.#library.repositories
    const { id } = record
    const checkpoint = trainingRuns.checkpoint(id)
    const output = outputOf(record)
    const last = trainingPoints.last(id)
    return {
      run: this.run(record),
      ...{ recipe: record.recipe as Recipe, facts: record.facts, lineage: record.lineage && { ...record.lineage } },
      evaluations: trainingRuns.evaluations(id).map((row) => ({
        ...{ stage: row.stage, step: row.point, seconds: row.atSeconds, tokens: row.atTokens },
        ...{ ndcg: row.ndcg, byIntent: { ...row.byIntent }, best: row.isBest },
      })),
      checkpoint: checkpoint
        ? {
            ...{ stage: checkpoint.stage, step: checkpoint.step, savedAt: checkpoint.savedAt },
            ...{ path: checkpoint.folder, exists: existsSync(checkpoint.folder) },
          }
        : null,
      alerts: trainingEvents.alerts(id).map(logLine),
      latest: last ? pointOf(last) : null,
      peakMemoryBytes: last ? highestMemory(trainingPoints, id) : null,
      folder: { path: record.folder, exists: existsSync(record.folder) },
      output: output === undefined ? null : { path: output, exists: existsSync(output) },
    }
  }

  #messageOf(record: TrainingRunRecord, state: TrainingRunState): { message: string | null; lost: boolean } {
    const checkpoint = this.#library.repositories.trainingRuns.checkpoint(record.id)
    const output = outputOf(record)
    if (output !== undefined) {
      const lost = !existsSync(output)
      const message =
        lost && record.modelId === null ? `${output} is gone: somebody deleted the model of this run.` : null
      return { message, lost }
    }
    if (state !== 'running' && checkpoint && !existsSync(checkpoint.folder))
      return { message: String(folderGone(record, checkpoint.folder)), lost: true }
    const interrupted = 'The application ended while this was running. Resume it to go on from its last checkpoint.'
    return { message: record.failure?.message ?? (state === 'interrupted' ? interrupted : null), lost: false }
  }

  #secondsLeft(runId: number, last: TrainingPointRow, totalSteps: number | null): number | null {
    const first = this.#library.repositories.trainingPoints.last(runId, Math.max(1, last.point - PACE_STEPS))
    if (totalSteps === null || !first || first.point >= last.point) return null
    return (Math.max(0, totalSteps - last.point) * (last.seconds - first.seconds)) / (last.point - first.point)
  }
}

/** Where no interval was stored it is as narrow as can be: that is seen to be none. */
function qualityOf({ ndcg, low, high }: TrainingEvaluationRow): NonNullable<TrainingRun['quality']> {
  return { value: ndcg, low: low ?? ndcg, high: high ?? ndcg }
}

/** From the curve: a million points have a thousand buckets. */
function highestMemory(points: TrainingPointRepository, runId: number): number | null {
  const { max } = readCurve(points, runId, { metric: 'memoryBytes', axis: 'step', width: 1, smoothing: 0 })
  return max[0] === undefined || Number.isNaN(max[0]) ? null : max[0]
}

export function logLine({ point, ...event }: TrainingEventRecord): TrainingLogLine {
  return { ...event, step: point } as TrainingLogLine
}

function pointOf(row: TrainingPointRow): TrainingPoint {
  const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null)
  return {
    ...{ step: row.point, loss: finite(row.loss), chance: finite(row.chance), learningRate: finite(row.learningRate) },
    ...{ gradientNorm: finite(row.gradientNorm), positiveSimilarity: finite(row.positive) },
    ...{ hardestNegativeSimilarity: finite(row.hardest), tokensPerSecond: finite(row.tokensPerSecond) },
    memoryBytes: finite(row.memoryBytes),
  }
}

function stagesOf(
  { recipe }: TrainingRunRecord,
  state: TrainingRunState,
  found: {
    readonly opened: readonly StageRecord[]
    readonly evaluations: readonly TrainingEvaluationRow[]
    readonly points: number
  },
): TrainingRunStage[] {
  const { opened, evaluations, points } = found
  return plannedStages(recipe as Recipe).map(({ name, settings, alpha }, index) => {
    const row = opened.find(({ stage }) => stage === index)
    const next = opened.find(({ stage }) => stage === index + 1)
    const isOver = next !== undefined || row?.passed != null || state === 'done'
    const { before, best } = stageScores(evaluations, index)
    return {
      ...{ name, kind: settings.kind, alpha: alpha ?? null, steps: row?.steps ?? null },
      done: row ? (next?.firstPoint ?? points) - row.firstPoint : 0,
      state: !row ? 'waiting' : row.passed === false ? 'rolled-back' : isOver ? 'done' : 'running',
      firstStep: row?.firstPoint ?? null,
      parameters: row?.parameters ?? null,
      ...{ before: before?.ndcg ?? null, best: best?.ndcg ?? null },
      gate: row && row.passed !== null ? { passed: row.passed, reason: row.reason ?? '' } : null,
    }
  })
}

/** Steps of all stages: taken, planned, or foreseen from the number of examples. */
function totalOf(stages: readonly TrainingRunStage[], { recipe, facts, result }: TrainingRunRecord): number | null {
  const planned = plannedStages(recipe as Recipe)
  let total = 0
  for (const [index, stage] of stages.entries()) {
    if (result !== null || (stage.steps !== null && stage.state !== 'running')) total += stage.done
    else if (stage.steps !== null) total += stage.steps
    else {
      const { settings, data } = planned[index]!
      if (!facts || data !== undefined || settings.kind === 'adaptation') return null
      const steps = Math.max(1, Math.round(Math.floor(facts.examples / settings.batch) * settings.epochs))
      total += Math.min(steps, settings.maxSteps ?? steps)
    }
  }
  return total
}

/** What the evaluation after the last step took: the points know only what came before them. */
function trailingSeconds(last: TrainingPointRow | undefined, evaluations: readonly TrainingEvaluationRow[]): number {
  const trailing = evaluations.find(({ stage, step }) => last && stage === last.stage && step === last.step)
  return trailing?.seconds ?? 0
}
