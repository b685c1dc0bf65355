// What a curve looks like from afar: points in buckets of 64, these in buckets of 512, these of 4096.
import { SMOOTHINGS } from '../../contracts/training-curves.ts'
import { averageAfter, type AverageState } from './moving-average.ts'

/**
 * [Note: curves at any zoom]
 * A chart has a thousand columns, a run has up to millions of points. Beside the points lie, per metric, their values in blocks of
 * doubles and buckets of 64, 512 and 4096 points with smallest and largest value and the moving averages at the bucket's end. The
 * averages go over all points, so smoothing never depends on the zoom. A chart reads the coarsest level that still has an entry for
 * each column: at most eight entries a column, 64 at the finest. Buckets are written as points arrive and can be made again from them.
 */
export const BUCKET_SIZES = [64, 512, 4096] as const
export const POINTS_PER_BLOCK = 1024
export const BUCKETS_PER_BLOCK = 64

/** Weights whose averages are kept; without smoothing the average is the value. */
const WEIGHTS = SMOOTHINGS.slice(1)

/** A bucket is `[min, max, finite values up to its end, average of each weight at its end]`. */
export const BUCKET_DOUBLES = 3 + WEIGHTS.length
export const BUCKET = { min: 0, max: 1, finite: 2, averages: 3 } as const

/** Place of a weight's average in a bucket. @returns undefined for weight 0, which has none */
export function averageOffset(weight: number): number | undefined {
  const index = WEIGHTS.findIndex((known) => known === weight)
  return index < 0 ? undefined : BUCKET.averages + index
}

/** The state of an average at the end of a bucket. @param bucket undefined: before the first */
export function averageAt(bucket: Float64Array | undefined, weight: number): AverageState {
  const offset = averageOffset(weight)
  return {
    value: bucket && offset !== undefined ? bucket[offset]! : NaN,
    count: bucket ? bucket[BUCKET.finite]! : 0,
  }
}

/** The bucket of some points. @param before the bucket before it, undefined for the first */
export function bucketOf(values: ArrayLike<number>, before: Float64Array | undefined): Float64Array {
  const bucket = new Float64Array(BUCKET_DOUBLES).fill(NaN)
  let finite = before ? before[BUCKET.finite]! : 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) continue
    finite++
    if (!(bucket[BUCKET.min]! <= value)) bucket[BUCKET.min] = value
    if (!(bucket[BUCKET.max]! >= value)) bucket[BUCKET.max] = value
  }
  bucket[BUCKET.finite] = finite
  for (const [index, weight] of WEIGHTS.entries()) {
    let state = averageAt(before, weight)
    for (let i = 0; i < values.length; i++) state = averageAfter(state, values[i]!, weight)
    bucket[BUCKET.averages + index] = state.value
  }
  return bucket
}

/** The bucket of finer buckets, one behind the other. */
export function mergeBuckets(parts: Float64Array): Float64Array {
  const merged = parts.slice(-BUCKET_DOUBLES)
  for (let at = 0; at < parts.length; at += BUCKET_DOUBLES) {
    const [min, max] = [parts[at + BUCKET.min]!, parts[at + BUCKET.max]!]
    if (!(merged[BUCKET.min]! <= min) && !Number.isNaN(min)) merged[BUCKET.min] = min
    if (!(merged[BUCKET.max]! >= max) && !Number.isNaN(max)) merged[BUCKET.max] = max
  }
  return merged
}
