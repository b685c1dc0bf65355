import type { Database } from 'better-sqlite3'
import type { LatentSemanticIndex } from './latent-semantic/latent-semantic-index.ts'
import { PassageBitmap } from './passage-bitmap.ts'
import { passageFilter, passingIds } from './passage-filter.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'

export const LATENT_SEMANTIC_ID = 'latent-semantic'

/** Search by words that occur together in this library. See {@link LatentSemanticIndex}. */
export class LatentSemanticRetriever implements Retriever {
  readonly id = LATENT_SEMANTIC_ID
  readonly #db: Database
  readonly #index: LatentSemanticIndex

  constructor(db: Database, index: LatentSemanticIndex) {
    this.#db = db
    this.#index = index
  }

  /** Scores are cosines. One query at a time; thousands go through `BatchRetriever`. */
  retrieve({ text, k, filters, signal }: RetrievalQuery): Promise<RankedPassage[]> {
    signal?.throwIfAborted()
    const query = this.#index.encode(text)
    if (!query) return Promise.resolve([])
    const filter = passageFilter(filters)
    const allowed = filter.sql === undefined ? undefined : PassageBitmap.of(passingIds(this.#db, filter))
    const ranked: RankedPassage[] = []
    for (const { passageIds, vectors } of this.#index.blocks()) {
      for (let row = 0; row < passageIds.length; row++) {
        const passageId = passageIds[row]!
        if (allowed && !allowed.has(passageId)) continue
        let score = 0
        const from = row * query.length
        for (let i = 0; i < query.length; i++) score += query[i]! * vectors[from + i]!
        ranked.push({ passageId, score })
      }
    }
    return Promise.resolve(ranked.sort((a, b) => b.score - a.score || a.passageId - b.passageId).slice(0, k))
  }
}
