// Difficulty-aware hard-negative mining (METHOD section 5; TopK-PercPos and TopK-MarginPos of NV-Retriever,
// arXiv 2407.15831). Pure: it reads ranked candidates and decides; retrieval happens elsewhere.

/** A retrieved passage. Candidates come ranked, best first. */
export interface Candidate {
  readonly passageId: string
  readonly score: number
  readonly documentId?: string
  /** Near-duplicate cluster. Passages of one cluster say the same. */
  readonly clusterId?: string
}

export interface MiningQuery {
  readonly queryId: string
  /** The positive with its score under the same model as the candidates; it need not be among them. */
  readonly positive: Candidate
  /** Other passages known to answer the query. */
  readonly otherPositiveIds?: ReadonlySet<string>
  /** Clusters of the other positives, whose copies are positives too. */
  readonly otherPositiveClusterIds?: ReadonlySet<string>
  readonly candidates: readonly Candidate[]
}

/**
 * Which candidates are hard negatives. A rule with several levels mines them all in one pass.
 * - `percentage`: score below T = s+ - |s+| (1 - alpha). For s+ > 0 this is alpha * s+; see [Note: sign-safe threshold].
 * - `margin`: score below s+ - margin.
 * - `absolute`: low <= score < high, whatever s+ is.
 * - `rank`: first <= rank <= last, ranks from 1 in the list as retrieved (exclusions keep their rank).
 */
export type NegativeRule =
  | { readonly kind: 'percentage'; readonly alphas: readonly number[] }
  | { readonly kind: 'margin'; readonly margins: readonly number[] }
  | { readonly kind: 'absolute'; readonly ranges: readonly { readonly low: number; readonly high: number }[] }
  | { readonly kind: 'rank'; readonly ranges: readonly { readonly first: number; readonly last: number }[] }

export interface MiningOptions {
  /** Also leaves out the other passages of the positive's document, which often continue the answer. Off unless set. */
  readonly excludeSameDocument?: boolean
  /**
   * Candidates that reach this share of the positive's score (threshold form of `percentage`) may be unmarked answers
   * and are listed for review. 1 unless given: they score at least as high as the positive itself.
   */
  readonly suspectShare?: number
  /** At most this many negatives per query and level, the best ranked first. No limit unless given. */
  readonly perQuery?: number
}

/** Why a candidate is no negative at any level. */
export const EXCLUSIONS = ['positive', 'duplicate', 'otherPositive', 'sameDocument'] as const
export type Exclusion = (typeof EXCLUSIONS)[number]

export interface RankedCandidate extends Candidate {
  /** From 1, in the list as retrieved. */
  readonly rank: number
}

export interface MinedQuery {
  readonly queryId: string
  /** One entry per level of the rule, in its order. */
  readonly levels: readonly {
    readonly negatives: readonly RankedCandidate[]
    /** Candidates that the level kept beyond `perQuery`. */
    readonly overLimit: number
    /** Candidates that were not excluded and that the level did not keep. */
    readonly rejected: number
  }[]
  readonly excluded: Readonly<Record<Exclusion, number>>
  readonly suspects: readonly RankedCandidate[]
}

/**
 * [Note: sign-safe threshold] alpha * s+ moves the wrong way when the positive's score is negative (0.85 * -0.4 is above
 * -0.4), so that with dot products or logits every candidate, even one better than the positive, became a "negative".
 * Taking the tolerance from |s+| always puts the threshold below the positive.
 */
export function percentageThreshold(positiveScore: number, alpha: number): number {
  return positiveScore - Math.abs(positiveScore) * (1 - alpha)
}

/**
 * The share of the positive's score that a candidate reaches: it is a hard negative at every alpha above this number.
 * 1 is as good as the positive. For a positive scored 0, every alpha gives threshold 0: -Infinity below it, else Infinity.
 */
export function shareOfPositive(positiveScore: number, score: number): number {
  if (positiveScore === 0) return score < 0 ? -Infinity : Infinity
  return 1 - (positiveScore - score) / Math.abs(positiveScore)
}

/**
 * Mines one query at every level of the rule, in one pass over its candidates.
 * @throws RangeError for a rule that makes no sense, a score that is not finite, and candidates that are not ranked.
 */
export function mineHardNegatives(query: MiningQuery, rule: NegativeRule, options: MiningOptions = {}): MinedQuery {
  const { suspectShare = 1, perQuery = Infinity } = options
  const positiveScore = finiteScore(query.positive, query.queryId)
  const keeps = levelTests(rule, positiveScore)
  const suspectThreshold = percentageThreshold(positiveScore, suspectShare)
  const excluded: Record<Exclusion, number> = { positive: 0, duplicate: 0, otherPositive: 0, sameDocument: 0 }
  const levels = keeps.map(() => ({ negatives: [] as RankedCandidate[], overLimit: 0, rejected: 0 }))
  const suspects: RankedCandidate[] = []
  let previous = Infinity
  for (const [i, candidate] of query.candidates.entries()) {
    const score = finiteScore(candidate, query.queryId)
    if (score > previous) {
      throw new RangeError(
        `candidates of query "${query.queryId}" are not ranked: number ${i + 1} scores above the one before it`,
      )
    }
    previous = score
    const exclusion = exclusionOf(candidate, query, options)
    if (exclusion) {
      excluded[exclusion]++
      continue
    }
    const ranked: RankedCandidate = { ...candidate, rank: i + 1 }
    if (score >= suspectThreshold) suspects.push(ranked)
    for (const [level, keep] of keeps.entries()) {
      const result = levels[level] as (typeof levels)[number]
      if (!keep(score, i + 1)) result.rejected++
      else if (result.negatives.length < perQuery) result.negatives.push(ranked)
      else result.overLimit++
    }
  }
  return { queryId: query.queryId, levels, excluded, suspects }
}

/** Why a candidate is no negative whatever the rule; undefined for an eligible one. */
export function exclusionOf(candidate: Candidate, query: MiningQuery, options: MiningOptions): Exclusion | undefined {
  const { positive, otherPositiveIds, otherPositiveClusterIds } = query
  if (candidate.passageId === positive.passageId) return 'positive'
  if (otherPositiveIds?.has(candidate.passageId)) return 'otherPositive'
  if (candidate.clusterId !== undefined) {
    if (candidate.clusterId === positive.clusterId || otherPositiveClusterIds?.has(candidate.clusterId))
      return 'duplicate'
  }
  const sameDocument = candidate.documentId !== undefined && candidate.documentId === positive.documentId
  return options.excludeSameDocument && sameDocument ? 'sameDocument' : undefined
}

function levelTests(rule: NegativeRule, positiveScore: number): ((score: number, rank: number) => boolean)[] {
  switch (rule.kind) {
    case 'percentage':
      return rule.alphas.map((alpha) => {
        check(
          Number.isFinite(alpha) && alpha <= 1,
          `alpha ${alpha} is above 1; give a share of the positive's score such as 0.85`,
        )
        const threshold = percentageThreshold(positiveScore, alpha)
        return (score) => score < threshold
      })
    case 'margin':
      return rule.margins.map((margin) => {
        check(margin >= 0, `margin ${margin} is below 0; give a distance below the positive's score`)
        return (score) => score < positiveScore - margin
      })
    case 'absolute':
      return rule.ranges.map(({ low, high }) => {
        check(low < high, `range ${low} to ${high} is empty; give low < high`)
        return (score) => score >= low && score < high
      })
    case 'rank':
      return rule.ranges.map(({ first, last }) => {
        check(first >= 1 && first <= last, `ranks ${first} to ${last} are empty; ranks count from 1`)
        return (_, rank) => rank >= first && rank <= last
      })
  }
}

/** How many levels a rule mines. */
export function levelCount(rule: NegativeRule): number {
  switch (rule.kind) {
    case 'percentage':
      return rule.alphas.length
    case 'margin':
      return rule.margins.length
    default:
      return rule.ranges.length
  }
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(message)
}

function finiteScore(candidate: Candidate, queryId: string): number {
  if (Number.isFinite(candidate.score)) return candidate.score
  throw new RangeError(
    `passage "${candidate.passageId}" of query "${queryId}" has the score ${candidate.score}; scores must be finite`,
  )
}
