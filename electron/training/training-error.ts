/**
 * What can go wrong with a training run, for callers that react differently to each kind.
 *
 * - `TRAINING_DATA`: the data cannot be trained on; the message names file and line.
 * - `TRAINING_MODEL`: the model cannot be trained.
 * - `TRAINING_RECIPE`: the recipe contradicts itself or the model.
 * - `TRAINING_CHECKPOINT`: a checkpoint is damaged or belongs to another model or recipe.
 * - `TRAINING_NAN`: the loss or its gradient is not finite.
 * - `TRAINING_MEMORY`: the runtime could not allocate; the message says what would fit.
 * - `TRAINING_DEVICE`: the device that was asked for cannot be used, or failed.
 * - `TRAINING_DISK`: the disk is full.
 * - `TRAINING_FOLDER`: files of the run were deleted.
 */
export const TRAINING_ERROR = {
  data: 'TRAINING_DATA',
  model: 'TRAINING_MODEL',
  recipe: 'TRAINING_RECIPE',
  checkpoint: 'TRAINING_CHECKPOINT',
  nan: 'TRAINING_NAN',
  memory: 'TRAINING_MEMORY',
  device: 'TRAINING_DEVICE',
  disk: 'TRAINING_DISK',
  folder: 'TRAINING_FOLDER',
} as const

export type TrainingErrorCode = (typeof TRAINING_ERROR)[keyof typeof TRAINING_ERROR]

/** A run that cannot start or go on. The message names the input and ends with the remedy. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError'
  readonly code: TrainingErrorCode

  constructor(code: TrainingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
