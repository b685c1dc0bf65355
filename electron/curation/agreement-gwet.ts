import { type CategoryOptions, countCategories, disagreementWeights, type RatingTable } from './agreement-table.ts'

/**
 * Gwet's AC1 (Gwet 2008), which stays meaningful where nearly all ratings fall into one category and kappa collapses;
 * with weights, AC2 (Gwet 2014, Handbook of Inter-Rater Reliability, chapter 5). Any number of judges, missing ratings
 * allowed: units with one rating count towards the chance term only.
 * @returns undefined when no unit has two ratings.
 */
export function gwetAC(table: RatingTable, options: CategoryOptions = {}): number | undefined {
  const { categories, counts, totals } = countCategories(table, options.categories)
  const size = categories.length
  const agreement = agreementWeights(disagreementWeights(categories, options.weights))
  let observedSum = 0
  let pairedUnits = 0
  let ratedUnits = 0
  const prevalence = new Array<number>(size).fill(0)
  for (const [unit, row] of counts.entries()) {
    const n = totals[unit] as number
    if (n === 0) continue
    ratedUnits++
    for (let k = 0; k < size; k++) prevalence[k]! += row[k]! / n
    if (n < 2) continue
    pairedUnits++
    for (let k = 0; k < size; k++) {
      const weighted = row.reduce((sum, count, l) => sum + agreement[k]![l]! * count, 0)
      observedSum += (row[k]! * (weighted - 1)) / (n * (n - 1))
    }
  }
  if (pairedUnits === 0) return undefined
  if (size < 2) return 1 // One possible category: judges cannot but agree, and chance plays no part.
  const totalWeight = agreement.flat().reduce((sum, weight) => sum + weight, 0)
  const spread = prevalence.reduce((sum, p) => sum + (p / ratedUnits) * (1 - p / ratedUnits), 0)
  const chance = (totalWeight / (size * (size - 1))) * spread
  return (observedSum / pairedUnits - chance) / (1 - chance)
}

/** 1 - disagreement, scaled so that the worst pair has weight 0. */
function agreementWeights(disagreement: readonly (readonly number[])[]): number[][] {
  const worst = Math.max(...disagreement.flat(), Number.MIN_VALUE)
  return disagreement.map((row) => row.map((weight) => 1 - weight / worst))
}
