import { bootstrapInterval, type BootstrapOptions, type Interval } from '../platform/bootstrap.ts'
import type { RatingTable } from './agreement-table.ts'

/**
 * An agreement coefficient with its percentile bootstrap interval: units are resampled, judges stay.
 * @param coefficient any of the coefficients, with its options bound. Give it the full list of categories where it is
 * weighted, since a resample may lack one.
 * @returns undefined where the coefficient itself is, or where too few resamples have one to speak of an interval.
 */
export function agreementInterval(
  table: RatingTable,
  coefficient: (table: RatingTable) => number | undefined,
  options?: BootstrapOptions,
): Interval | undefined {
  return bootstrapInterval(
    table.length,
    (indices) => coefficient(Array.from(indices, (i) => table[i] as RatingTable[number])),
    options,
  )
}
