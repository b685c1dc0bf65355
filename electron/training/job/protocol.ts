// Messages between the job and the training process.
import type { TrainingDevice } from '../../contracts/training.ts'
import type { TrainingErrorCode } from '../training-error.ts'
import type { Recipe } from '../recipe.ts'
import type { RunEstimate } from '../run/estimate.ts'
import type { TrainingEvent } from '../run/events.ts'
import type { StopRequest } from '../run/run-control.ts'
import type { RunResult } from '../run/training-run.ts'

export interface TrainTask {
  readonly recipe: Recipe
  readonly folder: string
  readonly data: string
  readonly model: string | undefined
  readonly device: TrainingDevice
  /** Folder for TensorBoard event files; none are written when left out. */
  readonly tensorBoard: string | undefined
  /** Take no further step: end the stage here and make the model of its best one. */
  readonly finish: boolean
}

export type EstimateTask = Pick<TrainTask, 'recipe' | 'folder' | 'data' | 'model' | 'device'>

export type TrainRequest =
  | { readonly kind: 'start'; readonly task: TrainTask }
  /** Measures what a run would cost, and leaves nothing in `folder`. */
  | { readonly kind: 'estimate'; readonly task: EstimateTask }
  | { readonly kind: 'stop'; readonly request: StopRequest }

export type TrainReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: TrainingEvent }
  | { readonly kind: 'done'; readonly result: RunResult }
  | { readonly kind: 'estimated'; readonly estimate: RunEstimate }
  | { readonly kind: 'paused' }
  | TrainFailure

export interface TrainFailure {
  readonly kind: 'failed'
  readonly code: TrainingErrorCode | 'MODEL' | 'INTERNAL'
  readonly message: string
}
