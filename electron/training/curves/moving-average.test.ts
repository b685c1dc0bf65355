import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../platform/seeded-random.ts'
import { averageAfter, movingAverage, NO_VALUES } from './moving-average.ts'

const WEIGHTS = [0, 0.6, 0.9, 0.97, 0.99, 0.997]

/** The textbook form: a biased sum and its divisor. */
function textbook(values: readonly number[], weight: number): number[] {
  let sum = 0
  return values.map((x, i) => (sum = weight * sum + (1 - weight) * x) / (1 - weight ** (i + 1)))
}

function noisy(count: number): number[] {
  const random = seededRandom(3)
  return Array.from({ length: count }, (_, i) => 2 + Math.exp(-i / 300) + (random() - 0.5))
}

describe('the debiased moving average', () => {
  it.each(WEIGHTS)('with weight %d leaves a constant exactly constant', (weight) => {
    expect([...movingAverage(new Array<number>(5_000).fill(0.1), weight)].every((value) => value === 0.1)).toBe(true)
  })

  it.each(WEIGHTS)('with weight %d begins at the first value, without a spike or a rise from zero', (weight) => {
    const averages = movingAverage([7, 7.1, 6.9, 7.05], weight)
    expect(averages[0]).toBe(7)
    for (const value of averages) expect(Math.abs(value - 7)).toBeLessThan(0.11)
  })

  it.each(WEIGHTS)('with weight %d is the textbook quotient', (weight) => {
    const values = noisy(3_000)
    const expected = textbook(values, weight)
    for (const [i, value] of movingAverage(values, weight).entries()) expect(value).toBeCloseTo(expected[i]!, 12)
  })

  it('follows a step as 1 - w^n says', () => {
    const values = [...new Array<number>(2_000).fill(0), ...new Array<number>(50).fill(1)]
    const averages = movingAverage(values, 0.9)
    expect(averages[2_049]).toBeCloseTo(1 - 0.9 ** 50, 10)
  })

  it('goes on from a state as if it had never stopped', () => {
    const values = noisy(1_000)
    const whole = movingAverage(values, 0.97)
    const half = movingAverage(values.slice(0, 400), 0.97)
    const rest = movingAverage(values.slice(400), 0.97, { value: half[399]!, count: 400 })
    expect([...half, ...rest]).toEqual([...whole])
  })

  it('passes over NaN and infinite values', () => {
    const averages = movingAverage([NaN, 3, Infinity, NaN, 5, -Infinity], 0.5)
    expect([...averages]).toEqual([NaN, 3, 3, 3, 3 + (0.5 / 0.75) * 2, 3 + (0.5 / 0.75) * 2])
    expect(averageAfter(NO_VALUES, NaN, 0.5)).toEqual(NO_VALUES)
  })
})
