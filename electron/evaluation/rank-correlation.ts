/**
 * Kendall's tau-b: how far two scorings order the same items alike, from -1 to 1, corrected for ties (Kendall 1945).
 * Quadratic in the number of items, which here are systems, not documents.
 * @returns undefined when one side has all its values tied, or with fewer than two items: there is no order to compare.
 * @throws RangeError when the two lists differ in length.
 */
export function kendallTauB(x: readonly number[], y: readonly number[]): number | undefined {
  if (x.length !== y.length) throw new RangeError(`tau-b compares lists of one length, got ${x.length} and ${y.length}`)
  let concordanceBalance = 0
  let untiedX = 0
  let untiedY = 0
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const signX = Math.sign((x[i] as number) - (x[j] as number))
      const signY = Math.sign((y[i] as number) - (y[j] as number))
      concordanceBalance += signX * signY
      untiedX += Math.abs(signX)
      untiedY += Math.abs(signY)
    }
  }
  return untiedX === 0 || untiedY === 0 ? undefined : concordanceBalance / Math.sqrt(untiedX * untiedY)
}
