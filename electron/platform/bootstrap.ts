import { seededRandom } from './seeded-random.ts'

/** An estimate with its confidence interval. */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** Number of resamples; 2,000 settles the second decimal of a 95 % interval. */
  readonly resamples?: number
  /** Share of the resampled values inside the interval, 0.95 unless given. */
  readonly confidence?: number
  readonly seed?: number
}

/**
 * Percentile bootstrap (Efron and Tibshirani 1993, chapter 13): resamples `count` observations with repetition.
 * @param statistic the estimate for a list of observation indices; undefined where it does not exist (a resample
 * in which every judge gave the same grade has no kappa). Such resamples are left out.
 * @returns undefined when the estimate itself does not exist, or when fewer than half of the resamples have one.
 */
export function bootstrapInterval(
  count: number,
  statistic: (indices: Int32Array) => number | undefined,
  { resamples = 2_000, confidence = 0.95, seed = 1 }: BootstrapOptions = {},
): Interval | undefined {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence ${confidence} is not between 0 and 1; give a share such as 0.95`)
  }
  const indices = Int32Array.from({ length: count }, (_, i) => i)
  const value = count === 0 ? undefined : statistic(indices)
  if (value === undefined) return undefined
  const random = seededRandom(seed)
  const estimates: number[] = []
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < count; i++) indices[i] = Math.floor(random() * count)
    const estimate = statistic(indices)
    if (estimate !== undefined) estimates.push(estimate)
  }
  if (estimates.length * 2 < resamples || estimates.length === 0) return undefined
  const sorted = Float64Array.from(estimates).sort()
  const tail = (1 - confidence) / 2
  return { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
}

/**
 * The p-quantile with linear interpolation between order statistics (Hyndman and Fan 1996, type 7; numpy's default).
 * @param sorted finite values in ascending order, at least one.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('the quantile of no values is undefined; give at least one value')
  const position = Math.min(1, Math.max(0, p)) * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (high - low) * (position - below)
}
