import { describe, expect, it } from 'vitest'
import { calibratedScale, defaultScale, quantise } from './quantise.ts'
import { normals } from './testing/random.ts'

describe('quantise', () => {
  it('rounds to the nearest code, ties to even, and clamps to -127..127', () => {
    const vector = Float32Array.of(0, 0.5, 1.5, -1.5, -0.4, 126.6, 1000, -1000)
    expect([...quantise(vector, 1)]).toEqual([0, 0, 2, -2, 0, 127, 127, -127])
  })

  it('writes where it is told', () => {
    const target = new Int8Array(2)
    expect(quantise(Float32Array.of(1, -2), 10, target)).toBe(target)
    expect([...target]).toEqual([10, -20])
  })
})

describe('the scale', () => {
  it('spends the codes on five standard deviations of a unit vector by default', () => {
    expect(5 * (1 / Math.sqrt(384)) * defaultScale(384)).toBeCloseTo(127)
  })

  it('clamps the given share of a sample when calibrated', () => {
    const sample = new Float32Array(200_000).map(normals(1))
    const scale = calibratedScale(sample, 0.99)
    const clamped = sample.filter((x) => Math.abs(x) * scale > 127).length / sample.length
    expect(clamped).toBeCloseTo(0.01, 3)
  })

  it('is that of the largest component where nearly all are zero, and refuses a sample of zeros', () => {
    const sample = new Float32Array(100_000)
    sample[7] = -2
    expect(calibratedScale(sample, 0.99)).toBe(63.5)
    expect(() => calibratedScale(new Float32Array(4))).toThrow('Cannot calibrate the int8 scale: 4 components')
  })
})
