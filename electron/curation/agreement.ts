// Agreement between judges: percent agreement and the kappas. Alpha and AC1/AC2 have files of their own.
import {
  type CategoryOptions,
  categoryIndex,
  countCategories,
  disagreementWeights,
  isRating,
  type RatingTable,
} from './agreement-table.ts'

/**
 * Share of agreeing judge pairs, averaged over the units with at least two ratings. For two judges: percent agreement.
 * @returns undefined when no unit has two ratings.
 */
export function percentAgreement(table: RatingTable): number | undefined {
  const { counts, totals } = countCategories(table)
  const shares = counts.flatMap((row, unit) => {
    const n = totals[unit] as number
    return n < 2 ? [] : [row.reduce((sum, k) => sum + k * (k - 1), 0) / (n * (n - 1))]
  })
  return shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length
}

/**
 * Cohen's kappa of two judges, plain (Cohen 1960) or weighted (Cohen 1968). Units that one of them skipped are left out.
 * @param table two columns.
 * @returns undefined without a complete pair, and where chance alone would give full agreement (one category in use).
 * @throws RangeError for a row with more than two columns.
 */
export function cohenKappa(table: RatingTable, { categories, weights }: CategoryOptions = {}): number | undefined {
  const tooWide = table.findIndex((ratings) => ratings.length > 2)
  if (tooWide >= 0) {
    throw new RangeError(
      `unit ${tooWide} has ${table[tooWide]?.length} columns; Cohen's kappa compares two judges, use Fleiss or alpha`,
    )
  }
  const known = countCategories(table, categories).categories
  const position = new Map(known.map((category, i) => [category, i]))
  const weight = disagreementWeights(known, weights)
  const first = new Array<number>(known.length).fill(0)
  const second = new Array<number>(known.length).fill(0)
  let pairs = 0
  let observed = 0
  for (const [a, b] of table) {
    if (!isRating(a) || !isRating(b)) continue
    const i = categoryIndex(position, a)
    const j = categoryIndex(position, b)
    first[i]! += 1
    second[j]! += 1
    observed += weight[i]![j]!
    pairs++
  }
  let expected = 0
  for (const [i, n] of first.entries()) for (const [j, m] of second.entries()) expected += weight[i]![j]! * n * m
  // Both as mean disagreement per pair; kappa is 1 - observed / expected.
  return expected === 0 ? undefined : 1 - observed / (expected / pairs)
}

/**
 * Fleiss' kappa for any number of judges, who need not be the same ones per unit (Fleiss 1971).
 * @returns undefined for an empty table and where only one category is in use.
 * @throws RangeError when units differ in their number of ratings, or have fewer than two.
 */
export function fleissKappa(table: RatingTable): number | undefined {
  const { counts, totals, categories } = countCategories(table)
  if (table.length === 0) return undefined
  const judges = totals[0] as number
  const uneven = totals.findIndex((n) => n !== judges)
  if (uneven >= 0 || judges < 2) {
    const unit = Math.max(uneven, 0)
    throw new RangeError(
      `unit ${unit} has ${totals[unit]} ratings, unit 0 has ${judges}; Fleiss' kappa needs the same number, at least 2, for every unit: use Krippendorff's alpha`,
    )
  }
  const observed = percentAgreement(table) as number
  const expected = categories.reduce<number>((sum, _, k) => {
    const share = counts.reduce((n, row) => n + (row[k] as number), 0) / (table.length * judges)
    return sum + share ** 2
  }, 0)
  return categories.length === 1 ? undefined : (observed - expected) / (1 - expected)
}
