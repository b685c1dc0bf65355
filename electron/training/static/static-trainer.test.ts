import { describe, expect, it } from 'vitest'
import { packBags } from './token-bags.ts'
import { type StaticTrainingOptions, trainStatic } from './static-trainer.ts'

const OPTIONS: StaticTrainingOptions = {
  vocabularySize: 64,
  width: 8,
  batch: 16,
  epochs: 1,
  learningRate: 0.02,
  initialScale: 0.05,
  weightScale: 0.2,
  temperature: 0.5,
  matryoshka: [8, 4],
  tokenDropout: 0.25,
  window: 6,
  seed: 7,
}
const numbers = Array.from({ length: 64 }, (_, i) => i)
const PAIRS = {
  queries: packBags(numbers.map((i) => [i, (i * 7) % 64])),
  passages: packBags(numbers.map((i) => numbers.slice(0, 9).map((k) => (i * 5 + k * 11) % 64))),
}
const train = (options: Partial<StaticTrainingOptions> = {}, onLoss?: (loss: number) => void) =>
  trainStatic(PAIRS, new Float32Array(64).fill(1), { ...OPTIONS, ...options }, undefined, ({ loss }) => onLoss?.(loss))

describe('training a static table', () => {
  it('gives the same table for the same seed, and another one for another seed', async () => {
    const [first, again, other] = [await train(), await train(), await train({ seed: 8 })]
    expect(again.table).toEqual(first.table)
    expect(again.weights).toEqual(first.weights)
    expect(other.table).not.toEqual(first.table)
  })

  it('starts about at the loss of a blind guess, ln of the batch', async () => {
    const losses: number[] = []
    await train({}, (loss) => losses.push(loss))
    expect(losses).toHaveLength(64 / 16)
    expect(Math.abs(losses[0]! - Math.log(16))).toBeLessThan(0.8)
  })

  it('refuses sizes that leave part of the vector untrained, and too few pairs', async () => {
    await expect(train({ matryoshka: [4] })).rejects.toThrow('Add 8 to them')
    await expect(train({ batch: 65 })).rejects.toThrow('64 pairs do not fill one batch of 65')
  })
})
