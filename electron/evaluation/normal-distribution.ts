/**
 * P(Z > z) for a standard normal Z, to about 1e-13 relative: the Taylor series of the distribution function near the
 * middle, the continued fraction of Mills' ratio in the tails (Abramowitz and Stegun 26.2.11 and 26.2.14).
 */
export function normalSurvival(z: number): number {
  if (Number.isNaN(z)) return NaN
  if (z < 0) return 1 - normalSurvival(-z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z < 2.5) {
    let term = z
    let sum = z
    for (let k = 3; term > sum * 1e-17; k += 2) {
      term *= (z * z) / k
      sum += term
    }
    return 0.5 - density * sum
  }
  let fraction = z
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction
  return density / fraction
}
