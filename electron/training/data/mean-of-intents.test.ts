import { expect, it } from 'vitest'
import { seededRandom } from '../../platform/seeded-random.ts'
import { meanOfIntents } from './mean-of-intents.ts'

it('averages over intents, however many queries each has', () => {
  const scores = [...new Array(90).fill(['k', 'QA', 1]), ...new Array(10).fill(['k', 'NLI', 0])] as [
    'k',
    'QA' | 'NLI',
    number,
  ][]
  // Within each intent nothing varies, so nothing is uncertain.
  expect(meanOfIntents(scores)).toEqual({ value: 0.5, low: 0.5, high: 0.5 })
  expect(meanOfIntents([])).toBeUndefined()
})

it('has an interval as wide as theory says', () => {
  const random = seededRandom(2)
  const values = Array.from({ length: 400 }, random)
  const { value, low, high } = meanOfIntents(values.map((one, i) => [String(i), 'QA', one]))!
  // 1.96 standard errors of a uniform distribution, to either side.
  const half = 1.96 * Math.sqrt(1 / 12 / 400)
  expect(value - low).toBeCloseTo(half, 2)
  expect(high - value).toBeCloseTo(half, 2)
})
