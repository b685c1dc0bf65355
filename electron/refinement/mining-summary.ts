// What the mining view shows over all queries: counts per level, score histograms and a calibrated alpha.
import { quantile } from '../platform/bootstrap.ts'
import {
  type Exclusion,
  exclusionOf,
  levelCount,
  type MinedQuery,
  mineHardNegatives,
  type MiningOptions,
  type MiningQuery,
  type NegativeRule,
  shareOfPositive,
} from './hard-negatives.ts'
import { ProfileBuilder, type NegativeProfile } from './negative-profile.ts'
import { HistogramBuilder, type ScoreHistogram } from './score-histogram.ts'

export interface LevelSummary {
  /** Queries with at least one negative. */
  readonly pairs: number
  readonly negatives: number
  /** Queries left without a negative. */
  readonly skipped: number
  /** Queries with fewer negatives than `wanted`, which training then repeats. */
  readonly belowWanted: number
}

export interface MiningSummary {
  readonly queries: number
  /** In the order of the rule's levels. */
  readonly levels: readonly LevelSummary[]
  readonly excluded: Readonly<Record<Exclusion, number>>
  readonly suspects: number
  readonly positiveScores: ScoreHistogram
  /** Scores of all candidates that are no known positive. */
  readonly candidateScores: ScoreHistogram
  /** The share of its positive's score that each of them reaches; alpha is a cut through this histogram. */
  readonly shares: ScoreHistogram
  /** What every other threshold would keep, by group of queries. See [Note: counts for every threshold]. */
  readonly profiles: Readonly<Record<string, NegativeProfile>>
}

export interface SummaryOptions extends MiningOptions {
  /** Negatives a training step draws, 9 unless given (METHOD section 6). */
  readonly wanted?: number
  /** Range and number of bins of the two score histograms: cosine similarity from -0.2 to 1 in 60 unless given. */
  readonly scoreRange?: { readonly min: number; readonly max: number; readonly bins: number }
}

const COSINES = { min: -0.2, max: 1, bins: 60 }
const USUAL_WANTED = 9

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Mines query after query and sums up as it goes; the mined queries themselves are handed on, not kept. */
export class HardNegativeMiner {
  readonly #rule: NegativeRule
  readonly #options: SummaryOptions
  readonly #levels: Mutable<LevelSummary>[]
  readonly #excluded: Record<Exclusion, number>
  readonly #positiveScores: HistogramBuilder
  readonly #candidateScores: HistogramBuilder
  readonly #shares: HistogramBuilder
  readonly #profiles: Map<string, ProfileBuilder>
  #queries: number
  #suspects: number

  /** @param from a summary of the same rule and options, to go on from */
  constructor(rule: NegativeRule, options: SummaryOptions = {}, from?: MiningSummary) {
    this.#rule = rule
    this.#options = options
    const none = (): LevelSummary => ({ pairs: 0, negatives: 0, skipped: 0, belowWanted: 0 })
    this.#levels = Array.from({ length: levelCount(rule) }, (_, i) => ({ ...(from?.levels[i] ?? none()) }))
    this.#excluded = { positive: 0, duplicate: 0, otherPositive: 0, sameDocument: 0, ...from?.excluded }
    const { min, max, bins } = options.scoreRange ?? COSINES
    const histogram = (known: ScoreHistogram | undefined, ...range: [number, number, number]) =>
      known ? HistogramBuilder.from(known) : new HistogramBuilder(...range)
    this.#positiveScores = histogram(from?.positiveScores, min, max, bins)
    this.#candidateScores = histogram(from?.candidateScores, min, max, bins)
    this.#shares = histogram(from?.shares, 0, 1.2, 60)
    this.#profiles = new Map(
      Object.entries(from?.profiles ?? {}).map(([group, profile]) => [group, this.#profile(profile)]),
    )
    this.#queries = from?.queries ?? 0
    this.#suspects = from?.suspects ?? 0
  }

  /**
   * Mines one query. Throws as {@link mineHardNegatives} does, and then counts nothing.
   * @param group of queries that are counted together, such as an intent
   */
  mine(query: MiningQuery, group = ''): MinedQuery {
    const mined = mineHardNegatives(query, this.#rule, this.#options)
    this.#queries++
    this.#suspects += mined.suspects.length
    for (const key of Object.keys(this.#excluded) as Exclusion[]) this.#excluded[key] += mined.excluded[key]
    for (const [i, { negatives }] of mined.levels.entries()) {
      const level = this.#levels[i] as Mutable<LevelSummary>
      level.negatives += negatives.length
      if (negatives.length === 0) level.skipped++
      else level.pairs++
      if (negatives.length < (this.#options.wanted ?? USUAL_WANTED)) level.belowWanted++
    }
    this.#positiveScores.add(query.positive.score)
    const open = query.candidates.filter((candidate) => !exclusionOf(candidate, query, this.#options))
    for (const { score } of open) {
      this.#candidateScores.add(score)
      this.#shares.add(shareOfPositive(query.positive.score, score))
    }
    const profile = this.#profiles.get(group) ?? this.#profile()
    this.#profiles.set(group, profile)
    profile.add(query, open)
    return mined
  }

  #profile(from?: NegativeProfile): ProfileBuilder {
    const { perQuery = Infinity, wanted = USUAL_WANTED, scoreRange = COSINES } = this.#options
    return new ProfileBuilder({ perQuery, wanted, span: scoreRange.max - scoreRange.min }, from)
  }

  summary(): MiningSummary {
    return {
      queries: this.#queries,
      levels: this.#levels.map((level) => ({ ...level })),
      excluded: { ...this.#excluded },
      suspects: this.#suspects,
      positiveScores: this.#positiveScores.build(),
      candidateScores: this.#candidateScores.build(),
      shares: this.#shares.build(),
      profiles: Object.fromEntries([...this.#profiles].map(([group, profile]) => [group, profile.build()])),
    }
  }
}

/**
 * The alpha under which a wanted share of all candidates lies: it carries a difficulty over to a model with another
 * score scale, where the same alpha would keep nearly all or nearly nothing.
 * @param keptShare 0 to 1. Queries weigh by their candidates; those whose positive scores 0 have no alpha and are left out.
 * @returns undefined without a candidate. May exceed 1 where positives score low; such an alpha is no use for mining.
 */
export function calibrateAlpha(
  queries: Iterable<MiningQuery>,
  keptShare: number,
  options: MiningOptions = {},
): number | undefined {
  if (!(keptShare >= 0 && keptShare <= 1)) throw new RangeError(`share ${keptShare} is not between 0 and 1`)
  const shares: number[] = []
  for (const query of queries) {
    const positiveScore = query.positive.score
    if (positiveScore === 0) continue
    for (const candidate of query.candidates) {
      if (!exclusionOf(candidate, query, options)) shares.push(shareOfPositive(positiveScore, candidate.score))
    }
  }
  return shares.length === 0 ? undefined : quantile(Float64Array.from(shares).sort(), keptShare)
}
