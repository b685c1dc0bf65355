import { countCategories, type RatingTable } from './agreement-table.ts'

/** What the distance between two values means. `ordinal` counts the ratings that lie between them. */
export type MeasurementLevel = 'nominal' | 'ordinal' | 'interval'

/**
 * Krippendorff's alpha: any number of judges, missing ratings allowed (Krippendorff 2011, "Computing Krippendorff's
 * Alpha-Reliability", sections C and D: coincidence matrix and its difference functions).
 * @param options.categories the order of labels for `ordinal`; numbers need none.
 * @returns undefined when no unit has two ratings or all ratings are the same: without variation there is nothing to
 * be reliable about.
 * @throws RangeError for `interval` with labels instead of numbers.
 */
export function krippendorffAlpha(
  table: RatingTable,
  level: MeasurementLevel = 'nominal',
  options: { readonly categories?: readonly (string | number)[] } = {},
): number | undefined {
  const { categories, counts, totals } = countCategories(table, options.categories)
  const size = categories.length
  const coincidences = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const marginals = new Array<number>(size).fill(0)
  let pairable = 0
  for (const [unit, row] of counts.entries()) {
    const n = totals[unit] as number
    // A value without a partner in its unit cannot agree or disagree.
    if (n < 2) continue
    for (let c = 0; c < size; c++) {
      const ofC = row[c] as number
      if (ofC === 0) continue
      marginals[c]! += ofC
      for (let k = 0; k < size; k++) coincidences[c]![k]! += (ofC * (row[k]! - (c === k ? 1 : 0))) / (n - 1)
    }
    pairable += n
  }
  const distance = squaredDistance(level, categories, marginals)
  let observed = 0
  let expected = 0
  for (let c = 0; c < size; c++) {
    for (let k = c + 1; k < size; k++) {
      const delta = distance(c, k)
      observed += coincidences[c]![k]! * delta
      expected += marginals[c]! * marginals[k]! * delta
    }
  }
  return expected === 0 ? undefined : 1 - ((pairable - 1) * observed) / expected
}

function squaredDistance(
  level: MeasurementLevel,
  categories: readonly (string | number)[],
  marginals: readonly number[],
): (c: number, k: number) => number {
  if (level === 'nominal') return () => 1
  if (level === 'interval') {
    const values = categories.map((category) => {
      if (typeof category === 'number') return category
      throw new RangeError(
        `rating "${category}" is not a number; interval alpha needs numbers, use ordinal with given categories`,
      )
    })
    return (c, k) => (values[c]! - values[k]!) ** 2
  }
  return (c, k) => {
    let between = -(marginals[c]! + marginals[k]!) / 2
    for (let g = c; g <= k; g++) between += marginals[g]!
    return between ** 2
  }
}
