import type { BatchRetriever } from '../retrieval/index.ts'

/** The retrievers of a library that refinement may ask. */
export interface RetrieverShelf {
  /** Ids in the order in which they are preferred, as people write them: "lexical", "latent-semantic", a model's id. */
  ids(): readonly string[]
  /**
   * Makes one ready; fitting the latent semantic index takes seconds.
   * @throws WorkbenchError NO_MODEL naming the ids there are.
   */
  open(id: string, signal: AbortSignal): Promise<BatchRetriever>
}
