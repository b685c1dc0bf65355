/**
 * What can be wrong with a model on disk, for callers that react differently to each kind.
 *
 * - `MODEL_NOT_FOUND`: no folder, or none of the files a model consists of.
 * - `MODEL_INVALID`: a file is damaged, or two files contradict each other.
 * - `MODEL_UNSUPPORTED`: intact, but of an architecture or a feature this program does not implement.
 * - `MODEL_NAN`: the weights produce NaN or infinite embeddings.
 */
export const MODEL_ERROR = {
  notFound: 'MODEL_NOT_FOUND',
  invalid: 'MODEL_INVALID',
  unsupported: 'MODEL_UNSUPPORTED',
  nan: 'MODEL_NAN',
} as const

export type ModelErrorCode = (typeof MODEL_ERROR)[keyof typeof MODEL_ERROR]

/** A model folder that cannot be used. The message names the file and ends with the remedy. */
export class ModelError extends Error {
  readonly code: ModelErrorCode

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ModelError'
    this.code = code
  }
}
