import { describe, expect, it } from 'vitest'
import {
  addGradient,
  addRows,
  learningRateAt,
  type LearningRateSchedule,
  ParameterLayout,
  warmupSteps,
} from './index.ts'

describe('learningRateAt', () => {
  const schedule = (decay: LearningRateSchedule['decay']): LearningRateSchedule => ({
    peak: 2,
    totalSteps: 12,
    warmupSteps: 4,
    decay,
  })
  const rates = (decay: LearningRateSchedule['decay']) =>
    Array.from({ length: 12 }, (_, index) => learningRateAt(schedule(decay), index + 1))

  it('rises to the peak over the warm-up, whatever comes after', () => {
    for (const decay of ['constant', 'linear', 'cosine'] as const)
      expect(rates(decay).slice(0, 5)).toEqual([0.5, 1, 1.5, 2, 2])
  })

  it('falls in a straight line and never to zero within the run', () => {
    expect(rates('linear').slice(4)).toEqual([2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25])
  })

  it('falls as half a cosine, through half of the peak in the middle', () => {
    const falling = rates('cosine').slice(4)
    expect(falling[4]).toBeCloseTo(1, 12)
    falling.forEach((rate, index) => expect(rate).toBeCloseTo(1 + Math.cos((Math.PI * index) / 8), 12))
    expect(falling.at(-1)).toBeGreaterThan(0)
  })

  it('works without warm-up, with warm-up only, and after the end', () => {
    expect(learningRateAt({ peak: 1, totalSteps: 2, warmupSteps: 0, decay: 'linear' }, 1)).toBe(1)
    expect(learningRateAt({ peak: 1, totalSteps: 2, warmupSteps: 2, decay: 'cosine' }, 2)).toBe(1)
    expect(learningRateAt(schedule('linear'), 99)).toBe(0.25)
    expect(() => learningRateAt(schedule('linear'), 0)).toThrow('steps count from 1')
    expect(() => learningRateAt({ ...schedule('linear'), warmupSteps: 13 }, 1)).toThrow(
      '13 warm-up steps in a run of 12',
    )
  })

  it('rounds a share of warm-up steps up', () => {
    expect(warmupSteps(250, 0.01)).toBe(3)
    expect(warmupSteps(250, 0)).toBe(0)
  })
})

describe('ParameterLayout', () => {
  const layout = new ParameterLayout([
    ['a.bias', [3]],
    ['norm.weight', [2]],
    ['a.weight', [2, 3]],
    ['b.bias', [1]],
  ])

  it('places parameters one after the other and gives views', () => {
    expect(layout.slots.map(({ offset }) => offset)).toEqual([0, 3, 5, 11])
    const buffer = new Float32Array(layout.length)
    layout.view(buffer, 'a.weight').fill(7)
    expect([...buffer].map((value, index) => (value === 7 ? index : -1)).filter((index) => index >= 0)).toEqual([
      5, 6, 7, 8, 9, 10,
    ])
  })

  it('keeps biases and normalization scales from decaying, and joins neighbours', () => {
    expect(layout.noDecayRanges()).toEqual([
      [0, 5],
      [11, 12],
    ])
  })

  it('names what is missing and refuses names that come twice', () => {
    expect(() => layout.view(new Float32Array(12), 'c')).toThrow('no parameter c in the layout')
    expect(() => new ParameterLayout([['a', [1]], ['a', [1]]])).toThrow('occurs twice') // prettier-ignore
  })
})

describe('accumulation', () => {
  it('adds gradients and rows with repeated indices', () => {
    const dense = Float32Array.of(1, 1, 1, 1, 1, 1)
    addGradient(dense, Float32Array.of(0, 1, 2, 3, 4, 5))
    addRows(dense, 2, BigInt64Array.of(2n, 0n, 2n), Float32Array.of(10, 20, 30, 40, 50, 60))
    expect([...dense]).toEqual([31, 42, 3, 4, 65, 86])
  })

  it('refuses what does not fit', () => {
    expect(() => addGradient(new Float32Array(2), new Float32Array(3))).toThrow(
      'a gradient of 3 elements for 2 weights',
    )
    expect(() => addRows(new Float32Array(4), 2, [2], new Float32Array(2))).toThrow(
      'row 2 lies outside of a table of 2',
    )
    expect(() => addRows(new Float32Array(4), 2, [-1], new Float32Array(2))).toThrow('row -1 lies outside')
    expect(() => addRows(new Float32Array(4), 2, [1, 1], new Float32Array(2))).toThrow('2 numbers are not 2 rows of 2')
  })
})
