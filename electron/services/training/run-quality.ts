import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { bootstrapInterval, type Interval } from '../../platform/bootstrap.ts'
import type { QueryScore, StageRecord, TrainingEvaluationRow, TrainingRunRepository } from '../../storage/index.ts'

/** Where a stage stood at its first step and at its best one. */
export interface StageScores {
  readonly before: TrainingEvaluationRow | undefined
  readonly best: TrainingEvaluationRow | undefined
}

export function stageScores(evaluations: readonly TrainingEvaluationRow[], stage: number): StageScores {
  const own = evaluations.filter((row) => row.stage === stage)
  return { before: own.find(({ step }) => step === 0), best: own.findLast(({ isBest }) => isBest) }
}

/** The evaluation of the model that a run made, or would make if it ended here: a stage rolled back leaves what it began with. */
export function standingEvaluation(
  stages: readonly StageRecord[],
  evaluations: readonly TrainingEvaluationRow[],
): TrainingEvaluationRow | undefined {
  return stages
    .map(({ stage, passed }) => {
      const { before, best } = stageScores(evaluations, stage)
      return passed === false ? before : (best ?? before)
    })
    .findLast((row) => row !== undefined)
}

/** Qualities of runs with their intervals; an interval is computed once for an evaluation. */
export class RunQualities {
  readonly #runs: TrainingRunRepository
  readonly #known = new Map<number, { readonly key: string; readonly interval: Interval }>()

  constructor(runs: TrainingRunRepository) {
    this.#runs = runs
  }

  /** Mean of the intents' means with its bootstrap interval over queries, resampled within each intent. */
  of(runId: number, { stage, step, ndcg }: TrainingEvaluationRow): Interval {
    const key = `${stage} ${step} ${ndcg}`
    const known = this.#known.get(runId)
    if (known?.key === key) return known.interval
    const scores = this.#runs.queryScores(runId, stage, step) ?? []
    const interval = meanOfIntents(scores) ?? { value: ndcg, low: ndcg, high: ndcg }
    this.#known.set(runId, { key, interval })
    return interval
  }
}

/** @returns undefined without scores */
export function meanOfIntents(scores: readonly QueryScore[]): Interval | undefined {
  return bootstrapInterval(scores.length, (indices) => {
    const sums = new Map<Intent, { sum: number; count: number }>()
    for (const index of indices) {
      const [, intent, value] = scores[index]!
      const group = sums.get(intent) ?? { sum: 0, count: 0 }
      group.sum += value
      group.count++
      sums.set(intent, group)
    }
    const means = INTENTS.flatMap((intent) => sums.get(intent) ?? []).map(({ sum, count }) => sum / count)
    return means.reduce((sum, mean) => sum + mean, 0) / means.length
  })
}
