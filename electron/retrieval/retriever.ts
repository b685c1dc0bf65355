import type { Intent } from '../contracts/intents.ts'
import type { SearchFilters } from '../contracts/search.ts'

export interface RetrievalQuery {
  readonly text: string
  /** The text is no instruction: quotes and capitals in it are words like others (benchmarks, passages as queries). */
  readonly plain?: boolean
  readonly intent: Intent
  /** How many passages at most. */
  readonly k: number
  readonly filters?: SearchFilters
  readonly signal?: AbortSignal
}

export interface RankedPassage {
  readonly passageId: number
  /** Higher is better; the scale is the retriever's own. */
  readonly score: number
}

/**
 * Anything that ranks passages for a query: keywords, an embedding model, a fusion, a reranker. Search, mutual agreement,
 * mining and evaluation all use it.
 */
export interface Retriever {
  /** Stable name for runs and reports, such as "lexical" or a model id. */
  readonly id: string
  /** Best first; ties by passage id, so that two runs agree. */
  retrieve(query: RetrievalQuery): Promise<RankedPassage[]>
}
