import { shareOfPositive, type Candidate, type MiningQuery } from './hard-negatives.ts'
import { HistogramBuilder, type ScoreHistogram } from './score-histogram.ts'

/**
 * [Note: counts for every threshold]
 * A query keeps its candidates below a threshold, the best `perQuery` of them: min(perQuery, candidates below). That is the
 * number of its `perQuery` lowest candidates that lie below, so the counts of all queries at any threshold are read off
 * three histograms of fixed size: of each query's `perQuery` lowest candidates (negatives kept), of its lowest one (queries
 * with a negative), and of its `wanted`-th lowest (queries with as many as training draws). Moving alpha in the window
 * costs no retrieval and no pass over the pairs, and the counts are exact at the edges of the bins.
 */
export interface CutProfile {
  /** Of all candidates: what the threshold cuts through. */
  readonly all: ScoreHistogram
  readonly kept: ScoreHistogram
  readonly first: ScoreHistogram
  readonly full: ScoreHistogram
}

export interface NegativeProfile {
  readonly queries: number
  /** By the share of its positive's score that a candidate reaches; alpha is a cut. */
  readonly share: CutProfile
  /** By candidate score minus positive score; a margin m is a cut at -m. */
  readonly difference: CutProfile
}

export interface ProfileOptions {
  readonly perQuery: number
  readonly wanted: number
  /** Width of the scores' range, 1.2 for cosines. */
  readonly span: number
}

/** Of the shares: alpha can be moved in steps of 0.005. */
const SHARE_RANGE = { min: 0, max: 1.2, bins: 240 }

/** Collects the profile query by query. */
export class ProfileBuilder {
  readonly #options: ProfileOptions
  readonly #share: CutBuilders
  readonly #difference: CutBuilders
  #queries: number

  constructor(options: ProfileOptions, from?: NegativeProfile) {
    this.#options = options
    const { span } = options
    this.#share = cutBuilders(SHARE_RANGE, from?.share)
    this.#difference = cutBuilders({ min: -span, max: span / 6, bins: 280 }, from?.difference)
    this.#queries = from?.queries ?? 0
  }

  /** @param candidates those that are not excluded, best first */
  add({ positive }: MiningQuery, candidates: readonly Candidate[]): void {
    this.#queries++
    const lowest = candidates.toReversed()
    const { perQuery, wanted } = this.#options
    for (const [i, { score }] of lowest.entries()) {
      const share = shareOfPositive(positive.score, score)
      const difference = score - positive.score
      const count = (name: keyof CutProfile): void => {
        this.#share[name].add(share)
        this.#difference[name].add(difference)
      }
      count('all')
      if (i < perQuery) count('kept')
      if (i === 0) count('first')
      if (i === wanted - 1) count('full')
    }
  }

  build(): NegativeProfile {
    return { queries: this.#queries, share: built(this.#share), difference: built(this.#difference) }
  }
}

type CutBuilders = Readonly<Record<keyof CutProfile, HistogramBuilder>>

function cutBuilders(
  { min, max, bins }: { readonly min: number; readonly max: number; readonly bins: number },
  from: CutProfile | undefined,
): CutBuilders {
  const open = (name: keyof CutProfile): HistogramBuilder =>
    from ? HistogramBuilder.from(from[name]) : new HistogramBuilder(min, max, bins)
  return { all: open('all'), kept: open('kept'), first: open('first'), full: open('full') }
}

function built({ all, kept, first, full }: CutBuilders): CutProfile {
  return { all: all.build(), kept: kept.build(), first: first.build(), full: full.build() }
}
