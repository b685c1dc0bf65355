import { describe, expect, it } from 'vitest'
import { padBatch, planBatches } from './batches.ts'
import { float32ToInt8Columns } from './int8.ts'

const limits = { tokens: 1024, texts: 64, lengthStep: 1, maxSequence: 512 }

describe('batches', () => {
  it('hold every text once, within the token and text bounds, longest first', () => {
    const lengths = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 300))
    const batches = planBatches(lengths, limits)
    expect(batches.flatMap((batch) => batch.indices).sort((a, b) => a - b)).toEqual([...lengths.keys()])
    for (const { indices, sequence } of batches) {
      expect(indices.length * sequence).toBeLessThanOrEqual(1024)
      expect(indices.length).toBeLessThanOrEqual(64)
      expect(sequence).toBe(Math.max(...indices.map((i) => lengths[i]!)))
    }
    const padded = batches.reduce((sum, batch) => sum + batch.indices.length * batch.sequence, 0)
    expect(padded / lengths.reduce((a, b) => a + b)).toBeLessThan(1.05)
  })

  it('give a text above the token bound a batch of its own, and an empty text a token', () => {
    expect(planBatches([2000, 0], limits)).toEqual([
      { indices: [0], sequence: 2000 },
      { indices: [1], sequence: 1 },
    ])
  })

  it('round lengths up in steps, but not beyond what the model has positions for', () => {
    const stepped = { ...limits, lengthStep: 16, maxSequence: 40 }
    expect(planBatches([17], stepped)[0]!.sequence).toBe(32)
    expect(planBatches([39], stepped)[0]!.sequence).toBe(40)
  })

  it('are padded on the right', () => {
    const { ids, mask } = padBatch([[5, 6], [7]], 3, 9)
    expect([...ids]).toEqual([5n, 6n, 9n, 7n, 9n, 9n])
    expect([...mask]).toEqual([1n, 1n, 0n, 1n, 0n, 0n])
  })
})

it('int8 weights are transposed and off by at most half a step of their own output', () => {
  const [outputs, inputs] = [3, 4]
  const weights = Float32Array.of(1, -2, 0.5, 0.25, 0, 0, 0, 0, 100, -50, 1e-3, 7)
  const { values, scales } = float32ToInt8Columns(weights, outputs, inputs)
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const error = Math.abs(values[i * outputs + o]! * scales[o]! - weights[o * inputs + i]!)
      expect(error).toBeLessThanOrEqual(scales[o]! * 0.5001)
    }
  }
  expect(scales[1]).toBe(1)
})
