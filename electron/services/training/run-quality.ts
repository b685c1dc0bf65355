import type { StageRecord, TrainingEvaluationRow } from '../../storage/index.ts'

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

export { meanOfIntents } from '../../training/index.ts'
