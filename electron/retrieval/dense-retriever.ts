import type { Database } from 'better-sqlite3'
import type { Intent } from '../contracts/intents.ts'
import type { NearestTexts } from './answering-sentence.ts'
import { FilteredPassages } from './filtered-passages.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'
import type { VectorSearch } from './vector-search.ts'

/** Turns a query into a vector, with the model's wording for the intent. */
export interface QueryEncoder {
  encodeQuery(text: string, intent: Intent, signal?: AbortSignal): Promise<Float32Array>
  /** Vectors of short texts, row after row; only where the model reads them within a few milliseconds. */
  encodeSentences?(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>
}

/** Search by meaning: the passages whose vectors are nearest to the query's. */
export class DenseRetriever implements Retriever {
  /** The model's id. */
  readonly id: string
  readonly #filtered: FilteredPassages
  readonly #encoder: QueryEncoder
  readonly #vectors: VectorSearch

  constructor(parts: { id: string; db: Database; encoder: QueryEncoder; vectors: VectorSearch }) {
    this.id = parts.id
    this.#filtered = FilteredPassages.in(parts.db)
    this.#encoder = parts.encoder
    this.#vectors = parts.vectors
  }

  /** Ranks texts that are not in the index, such as the sentences of a hit; undefined for models too slow for that. */
  nearest({ text, intent, signal }: Pick<RetrievalQuery, 'text' | 'intent' | 'signal'>): NearestTexts | undefined {
    const encoder = this.#encoder
    if (!encoder.encodeSentences) return undefined
    return async (lists) => {
      const query = await encoder.encodeQuery(text, intent, signal)
      const rows = await encoder.encodeSentences!(lists.flat(), signal)
      let row = 0
      return lists.map((list) => {
        const scores = list.map(() => dot(query, rows, row++ * query.length))
        return scores.indexOf(Math.max(...scores))
      })
    }
  }

  /** Scores are dot products of unit vectors. @throws WorkbenchError MODEL_INVALID, NOT_AVAILABLE. */
  async retrieve({ text, intent, k, filters, signal }: RetrievalQuery): Promise<RankedPassage[]> {
    const vector = await this.#encoder.encodeQuery(text, intent, signal)
    const among = this.#filtered.passing(filters)
    return among?.size === 0 ? [] : this.#vectors.search(vector, k, among)
  }
}

function dot(query: Float32Array, rows: Float32Array, start: number): number {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += query[i]! * rows[start + i]!
  return sum
}
