// Ratings as every agreement coefficient reads them.

/** A judge's verdict: a grade or a label. null and undefined mean "did not judge". */
export type Rating = string | number | null | undefined

/** `table[unit][judge]`. Rows may differ in length; a judge keeps one column. */
export type RatingTable = readonly (readonly Rating[])[]

/** How far apart two categories are: 0 for the same, larger for worse. Named scales, or a matrix of disagreement weights. */
export type WeightScheme = 'identity' | 'linear' | 'quadratic' | readonly (readonly number[])[]

export interface CategoryOptions {
  /**
   * Every category a judge may choose, in order. Unless given: those that occur, numbers ascending, then labels by
   * code unit. Give it when a weighted coefficient has a category nobody used, or labels have an order.
   */
  readonly categories?: readonly (string | number)[]
  /**
   * Weight of each disagreement. `linear` and `quadratic` measure by value when all categories are numbers, else by
   * position. `identity` (the default): every disagreement weighs the same.
   */
  readonly weights?: WeightScheme
}

/** Categories of a table, and each unit's number of ratings per category (missing ratings left out). */
export interface CategoryCounts {
  readonly categories: readonly (string | number)[]
  /** `[unit][category]` */
  readonly counts: readonly (readonly number[])[]
  /** Ratings per unit. */
  readonly totals: readonly number[]
}

/**
 * @throws RangeError for a rating outside the given categories and for a number that is not finite.
 */
export function countCategories(table: RatingTable, given?: readonly (string | number)[]): CategoryCounts {
  const categories = given ?? occurringCategories(table)
  const position = new Map(categories.map((category, i) => [category, i]))
  const counts = table.map((ratings) => {
    const row = new Array<number>(categories.length).fill(0)
    for (const rating of ratings) if (isRating(rating)) row[categoryIndex(position, rating)]! += 1
    return row
  })
  return { categories, counts, totals: counts.map((row) => row.reduce((sum, n) => sum + n, 0)) }
}

/** Index of a rating among the categories. @throws RangeError when it is not among them. */
export function categoryIndex(position: ReadonlyMap<string | number, number>, rating: string | number): number {
  const index = position.get(rating)
  if (index === undefined) {
    throw new RangeError(
      `rating ${JSON.stringify(rating)} is not among the categories ${[...position.keys()].join(', ')}; add it or correct it`,
    )
  }
  return index
}

export function isRating(rating: Rating): rating is string | number {
  if (typeof rating === 'number' && !Number.isFinite(rating)) {
    throw new RangeError(`rating ${rating} is not a finite number; use null for "did not judge"`)
  }
  return rating !== null && rating !== undefined
}

/**
 * Disagreement weights `[category][category]`, 0 on the diagonal and at most 1 for the named schemes.
 * @throws RangeError for a matrix of another size, or with a negative weight.
 */
export function disagreementWeights(
  categories: readonly (string | number)[],
  scheme: WeightScheme = 'identity',
): readonly (readonly number[])[] {
  const size = categories.length
  if (typeof scheme !== 'string') {
    if (scheme.length !== size || scheme.some((row) => row.length !== size || row.some((weight) => !(weight >= 0)))) {
      throw new RangeError(`weights must be a ${size} x ${size} matrix of numbers not below 0, one row per category`)
    }
    return scheme
  }
  const scale = categories.every((category) => typeof category === 'number') ? categories : categories.map((_, i) => i)
  const range = Math.max(...scale) - Math.min(...scale)
  return scale.map((a) =>
    scale.map((b) => {
      if (a === b) return 0
      if (scheme === 'identity') return 1
      const distance = Math.abs(a - b) / range
      return scheme === 'linear' ? distance : distance ** 2
    }),
  )
}

function occurringCategories(table: RatingTable): (string | number)[] {
  const seen = new Set(table.flat().filter(isRating))
  return [...seen].sort((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
    return a < b ? -1 : 1
  })
}
