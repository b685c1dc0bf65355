// Resampling over queries: confidence intervals and the paired randomisation test.
import { bootstrapInterval, type BootstrapOptions, type Interval } from '../platform/bootstrap.ts'
import { seededRandom } from '../platform/seeded-random.ts'
import type { Alternative } from './significance.ts'

/**
 * Mean of per-query values with its percentile bootstrap interval.
 * @returns undefined for no value.
 */
export function bootstrapMean(values: readonly number[], options?: BootstrapOptions): Interval | undefined {
  return bootstrapInterval(
    values.length,
    (indices) => {
      let sum = 0
      for (const i of indices) sum += values[i] as number
      return sum / indices.length
    },
    options,
  )
}

export interface RandomisationOptions {
  readonly alternative?: Alternative
  /** Number of random sign patterns when there are too many to try all. */
  readonly permutations?: number
  readonly seed?: number
}

export interface RandomisationResult {
  readonly p: number
  /** Whether every one of the 2^n sign patterns was tried. */
  readonly exact: boolean
  readonly permutations: number
}

const EXACT_PAIRS = 16

/**
 * Fisher's paired randomisation test on the mean difference (Smucker, Allan and Carterette, CIKM 2007): under the null
 * hypothesis the labels of the two systems may be swapped query by query. Tries every pattern up to 16 queries, else
 * draws patterns and counts the observed one among them, so that p is never 0.
 * @param differences per-query A - B; `greater` asks whether A is better.
 */
export function randomisationTest(
  differences: readonly number[],
  { alternative = 'two-sided', permutations = 10_000, seed = 1 }: RandomisationOptions = {},
): RandomisationResult {
  const observed = differences.reduce((sum, d) => sum + d, 0)
  // Sums of the same numbers in another sign order differ by rounding; they must still count as equal.
  const slack = differences.reduce((sum, d) => sum + Math.abs(d), 0) * 1e-12
  const isExtreme = (sum: number) =>
    alternative === 'greater'
      ? sum >= observed - slack
      : alternative === 'less'
        ? sum <= observed + slack
        : Math.abs(sum) >= Math.abs(observed) - slack
  const exact = differences.length <= EXACT_PAIRS
  let extreme = 0
  if (exact) {
    const patterns = 2 ** differences.length
    for (let pattern = 0; pattern < patterns; pattern++) {
      let sum = 0
      for (const [i, d] of differences.entries()) sum += pattern & (1 << i) ? -d : d
      if (isExtreme(sum)) extreme++
    }
    return { p: extreme / patterns, exact, permutations: patterns }
  }
  const random = seededRandom(seed)
  for (let r = 0; r < permutations; r++) {
    let sum = 0
    for (const d of differences) sum += random() < 0.5 ? -d : d
    if (isExtreme(sum)) extreme++
  }
  return { p: (extreme + 1) / (permutations + 1), exact, permutations }
}
