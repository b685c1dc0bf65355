// Tests of "is system A better than system B", over per-query differences A - B.
import { normalSurvival } from './normal-distribution.ts'

/** `greater`: the differences tend to lie above zero (A is better). */
export type Alternative = 'greater' | 'less' | 'two-sided'

export interface WilcoxonOptions {
  readonly alternative?: Alternative
  /**
   * What becomes of zero differences. `wilcox` (the default) drops them; `pratt` ranks them, then drops their ranks;
   * `zsplit` ranks them and gives half of their ranks to each side.
   */
  readonly zeros?: 'wilcox' | 'pratt' | 'zsplit'
  /** `auto` takes the exact distribution for at most 50 differences without zeros and ties. */
  readonly method?: 'auto' | 'exact' | 'normal'
  /** Moves the statistic half a rank towards its mean before the normal approximation. On unless turned off. */
  readonly continuityCorrection?: boolean
}

export interface WilcoxonResult {
  /** undefined when there is no non-zero difference: nothing speaks for either system. */
  readonly p: number | undefined
  readonly method: 'exact' | 'normal'
  /** Rank sum of the positive and of the negative differences. */
  readonly rankSumPositive: number
  readonly rankSumNegative: number
  /** Number of differences that entered the ranking, and of those that were zero. */
  readonly ranked: number
  readonly zeroDifferences: number
  readonly z?: number
}

const EXACT_LIMIT = 50

/**
 * Wilcoxon's signed-rank test (Wilcoxon 1945; zeros as in Pratt 1959; tie correction as in Hollander and Wolfe 1999).
 * Differences of per-query measures carry rounding noise, so magnitudes are compared after rounding to 12 significant
 * digits: 0.3 - 0.2 and 0.2 - 0.1 are a tie.
 * @throws RangeError for a difference that is not finite, and for `exact` where zeros or ties rule it out.
 */
export function wilcoxonSignedRank(differences: readonly number[], options: WilcoxonOptions = {}): WilcoxonResult {
  const { alternative = 'greater', zeros = 'wilcox', method = 'auto', continuityCorrection = true } = options
  const cleaned = differences.map((d) => Number(finite(d).toPrecision(12)))
  const noise = cleaned.reduce((largest, d) => Math.max(largest, Math.abs(d)), 0) * 1e-12
  const values = cleaned.map((d) => (Math.abs(d) <= noise ? 0 : d))
  const zeroDifferences = values.filter((d) => d === 0).length
  const ranked = zeros === 'wilcox' ? values.filter((d) => d !== 0) : values
  const { ranks, tieSizes } = midranks(ranked.map(Math.abs))
  let rankSumPositive = 0
  let rankSumNegative = 0
  let rankSumZero = 0
  for (const [i, d] of ranked.entries()) {
    const rank = ranks[i] as number
    if (d > 0) rankSumPositive += rank
    else if (d < 0) rankSumNegative += rank
    else rankSumZero += rank
  }
  if (zeros === 'zsplit') {
    rankSumPositive += rankSumZero / 2
    rankSumNegative += rankSumZero / 2
  }
  const base = { rankSumPositive, rankSumNegative, ranked: ranked.length, zeroDifferences }
  if (zeroDifferences === values.length) return { ...base, method: 'normal', p: undefined }

  const zerosRanked = zeros !== 'wilcox' && zeroDifferences > 0
  const hasTies = tieSizes.some((size) => size > 1)
  if (method === 'exact' && (hasTies || zerosRanked)) {
    throw new RangeError(
      'the exact signed-rank distribution needs differences without ties and zeros; use method "normal"',
    )
  }
  if (method === 'exact' || (method === 'auto' && ranked.length <= EXACT_LIMIT && !hasTies && zeroDifferences === 0)) {
    return { ...base, method: 'exact', p: exactP(rankSumPositive, ranked.length, alternative) }
  }

  const n = ranked.length
  let mean = (n * (n + 1)) / 4
  let variance = (n * (n + 1) * (2 * n + 1)) / 24
  // The zeros themselves are one tie group of size `zeroDifferences`; under Pratt it leaves the distribution altogether.
  if (zeros === 'pratt') {
    mean -= (zeroDifferences * (zeroDifferences + 1)) / 4
    variance -= (zeroDifferences * (zeroDifferences + 1) * (2 * zeroDifferences + 1)) / 24
  }
  for (const [i, size] of tieSizes.entries()) {
    const isZeroGroup = zeros === 'pratt' && zeroDifferences > 0 && i === 0
    if (!isZeroGroup) variance -= (size ** 3 - size) / 48
  }
  const shift = rankSumPositive - mean
  const correction = !continuityCorrection
    ? 0
    : alternative === 'two-sided'
      ? 0.5 * Math.sign(shift)
      : alternative === 'greater'
        ? 0.5
        : -0.5
  const z = (shift - correction) / Math.sqrt(variance)
  const p =
    alternative === 'greater'
      ? normalSurvival(z)
      : alternative === 'less'
        ? normalSurvival(-z)
        : Math.min(1, 2 * normalSurvival(Math.abs(z)))
  return { ...base, method: 'normal', z, p }
}

/**
 * Holm's step-down correction for several tests at once (Holm 1979).
 * @returns adjusted p-values in the order given: reject where one is below the level. They hold for any dependence.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] as number) - (pValues[b] as number))
  const adjusted = new Array<number>(pValues.length)
  let running = 0
  for (const [step, index] of order.entries()) {
    running = Math.max(running, Math.min(1, (pValues.length - step) * (pValues[index] as number)))
    adjusted[index] = running
  }
  return adjusted
}

/** P of the positive rank sum when each of the ranks 1..n is positive or negative with equal chance. */
function exactP(rankSumPositive: number, n: number, alternative: Alternative): number {
  // counts[s]: number of sign patterns with positive rank sum s. Exact in doubles: the total is 2^n with n <= 50.
  const maximum = (n * (n + 1)) / 2
  const counts = new Float64Array(maximum + 1)
  counts[0] = 1
  for (let rank = 1; rank <= n; rank++) {
    for (let s = (rank * (rank + 1)) / 2; s >= rank; s--)
      counts[s] = (counts[s] as number) + (counts[s - rank] as number)
  }
  const total = 2 ** n
  let atMost = 0
  for (let s = 0; s <= rankSumPositive; s++) atMost += counts[s] as number
  const less = atMost / total
  const greater = (total - atMost + (counts[rankSumPositive] as number)) / total
  if (alternative === 'less') return less
  if (alternative === 'greater') return greater
  return Math.min(1, 2 * Math.min(less, greater))
}

/** Ranks from 1, ties sharing the mean of their ranks; `tieSizes` lists the groups in ascending order of value. */
function midranks(values: readonly number[]): { ranks: number[]; tieSizes: number[] } {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks = new Array<number>(values.length)
  const tieSizes: number[] = []
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2
    tieSizes.push(end - start)
    start = end
  }
  return { ranks, tieSizes }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`difference ${value} is not a finite number; leave that query out`)
  return value
}
