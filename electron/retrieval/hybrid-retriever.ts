import type { FusedPassage } from './reciprocal-rank-fusion.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'
import { fuseScores } from './score-fusion.ts'

/** Each leg is asked for more than is shown: fusion needs depth, and copies fold into one hit. */
export const LEG_DEPTH = 200
/**
 * Share of the meaning leg in the fused score, chosen for the embedded model on the dev benchmarks and pages (table in
 * resources/models/dmr-static-en/README.md). Scores are stretched over the {@link LEG_DEPTH} first, so the two go together.
 */
const DENSE_SHARE = 0.3

export type LegName = 'lexical' | 'dense'

/** Keywords and meaning as one ranking. */
export function fuseLegs(lexical: readonly RankedPassage[], dense: readonly RankedPassage[]): FusedPassage<LegName>[] {
  return fuseScores<LegName>([
    { name: 'lexical', ranking: lexical, weight: 1 - DENSE_SHARE },
    { name: 'dense', ranking: dense, weight: DENSE_SHARE },
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
