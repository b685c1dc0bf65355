import { fuse, type FusedPassage } from './reciprocal-rank-fusion.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'

/** Each leg is asked for more than is shown: fusion needs depth, and copies fold into one hit. */
export const LEG_DEPTH = 200
/** Weight of the meaning leg in the fusion, chosen on the dev benchmarks (docs/search-quality.md). */
const DENSE_WEIGHT = 0.5

export type LegName = 'lexical' | 'dense'

/** Keywords and meaning as one ranking. */
export function fuseLegs(lexical: readonly RankedPassage[], dense: readonly RankedPassage[]): FusedPassage<LegName>[] {
  return fuse<LegName>([
    { name: 'lexical', ranking: lexical },
    { name: 'dense', ranking: dense, weight: DENSE_WEIGHT },
  ])
}

/** Keywords and meaning, fused as search does it: for evaluation and mining. */
export class HybridRetriever implements Retriever {
  readonly id: string
  readonly #lexical: Retriever
  readonly #dense: Retriever

  constructor(lexical: Retriever, dense: Retriever) {
    this.id = `hybrid:${dense.id}`
    this.#lexical = lexical
    this.#dense = dense
  }

  async retrieve(query: RetrievalQuery): Promise<RankedPassage[]> {
    const deep = { ...query, k: Math.max(LEG_DEPTH, query.k) }
    const [lexical, dense] = await Promise.all([this.#lexical.retrieve(deep), this.#dense.retrieve(deep)])
    return fuseLegs(lexical, dense)
      .slice(0, query.k)
      .map(({ passageId, score }) => ({ passageId, score }))
  }
}
