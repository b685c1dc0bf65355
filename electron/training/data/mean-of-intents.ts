import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { quantile, type Interval } from '../../platform/bootstrap.ts'
import { seededRandom } from '../../platform/seeded-random.ts'

const RESAMPLES = 2_000

/**
 * Mean of the intents' means with its 95 % percentile bootstrap interval. Queries are resampled within their intents, which are
 * strata of this mean: how many queries an intent has is no chance.
 *
 * @returns undefined without scores
 */
export function meanOfIntents(
  scores: readonly (readonly [key: string, intent: Intent, value: number])[],
): Interval | undefined {
  const strata = INTENTS.flatMap((intent) => {
    const values = scores.flatMap(([, own, value]) => (own === intent ? [value] : []))
    return values.length === 0 ? [] : [Float64Array.from(values)]
  })
  if (strata.length === 0) return undefined
  const random = seededRandom(1)
  const resampledMean = (values: Float64Array): number => {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)]!
    return sum / values.length
  }
  const over = (meanOf: (values: Float64Array) => number): number =>
    strata.reduce((sum, values) => sum + meanOf(values), 0) / strata.length
  const means = Float64Array.from({ length: RESAMPLES }, () => over(resampledMean)).sort()
  const value = over((values) => values.reduce((sum, one) => sum + one, 0) / values.length)
  return { value, low: quantile(means, 0.025), high: quantile(means, 0.975) }
}
