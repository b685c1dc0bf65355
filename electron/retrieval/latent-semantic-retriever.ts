import type { Database } from 'better-sqlite3'
import { FilteredPassages } from './filtered-passages.ts'
import type { LatentSemanticIndex } from './latent-semantic/latent-semantic-index.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'

export const LATENT_SEMANTIC_ID = 'latent-semantic'

/** Search by words that occur together in this library. See {@link LatentSemanticIndex}. */
export class LatentSemanticRetriever implements Retriever {
  readonly id = LATENT_SEMANTIC_ID
  readonly #filtered: FilteredPassages
  readonly #index: LatentSemanticIndex

  constructor(db: Database, index: LatentSemanticIndex) {
    this.#filtered = FilteredPassages.in(db)
    this.#index = index
  }

  /** Scores are cosines. One query at a time; thousands go through `BatchRetriever`. */
  retrieve({ text, k, filters, signal }: RetrievalQuery): Promise<RankedPassage[]> {
    signal?.throwIfAborted()
    const query = this.#index.encode(text)
    if (!query) return Promise.resolve([])
    const among = this.#filtered.passing(filters)
    const ranked: RankedPassage[] = []
    for (const { passageIds, vectors } of this.#index.blocks()) {
      for (let row = 0; row < passageIds.length; row++) {
        const passageId = passageIds[row]!
        if (among && !among.has(passageId)) continue
        let score = 0
        const from = row * query.length
        for (let i = 0; i < query.length; i++) score += query[i]! * vectors[from + i]!
        ranked.push({ passageId, score })
      }
    }
    return Promise.resolve(ranked.sort((a, b) => b.score - a.score || a.passageId - b.passageId).slice(0, k))
  }
}
