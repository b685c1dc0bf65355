import { describe, expect, it } from 'vitest'
import { fuseScores } from './score-fusion.ts'

const ranking = (...hits: [passageId: number, score: number][]) =>
  hits.map(([passageId, score]) => ({ passageId, score }))

describe('fusing scores', () => {
  it('adds scores scaled to the range of their leg, by the weights of the legs', () => {
    const fused = fuseScores([
      { name: 'lexical', ranking: ranking([1, 12], [2, 9], [3, 2]), weight: 3 },
      { name: 'dense', ranking: ranking([2, 0.9], [4, 0.8], [1, 0.4]), weight: 1 },
    ])
    expect(fused.map(({ passageId, score }) => [passageId, score])).toEqual([
      [2, expect.closeTo(0.75 * 0.7 + 0.25, 12)],
      [1, expect.closeTo(0.75, 12)],
      [4, expect.closeTo(0.25 * 0.8, 12)],
      [3, 0],
    ])
    expect(fused[0]!.legs).toEqual({ lexical: { rank: 2, score: 9 }, dense: { rank: 1, score: 0.9 } })
  })

  it('keeps a clear winner of one leg in front where ranks would not tell it from a narrow one', () => {
    const dense = ranking([2, 0.51], [1, 0.5], [3, 0.1])
    const clear = fuseScores([
      { name: 'lexical', ranking: ranking([1, 30], [2, 10], [3, 9]) },
      { name: 'dense', ranking: dense },
    ])
    const narrow = fuseScores([
      { name: 'lexical', ranking: ranking([1, 30], [2, 29.9], [3, 9]) },
      { name: 'dense', ranking: dense },
    ])
    expect([clear[0]!.passageId, narrow[0]!.passageId]).toEqual([1, 2])
  })

  it('is the order of the one leg that found something', () => {
    const fused = fuseScores([
      { name: 'lexical', ranking: [] },
      { name: 'dense', ranking: ranking([7, 0.8], [5, 0.3]), weight: 0.2 },
    ])
    expect(fused.map(({ passageId, score }) => [passageId, score])).toEqual([
      [7, 1],
      [5, 0],
    ])
  })

  it('takes hits that are all alike for the best, and breaks ties by passage', () => {
    const fused = fuseScores([
      { name: 'a', ranking: ranking([9, 1], [3, 1]) },
      { name: 'b', ranking: ranking([4, -2]) },
    ])
    expect(fused.map(({ passageId, score }) => [passageId, score])).toEqual([
      [3, 0.5],
      [4, 0.5],
      [9, 0.5],
    ])
  })

  it('finds nothing where no leg does', () => {
    expect(fuseScores([{ name: 'lexical', ranking: [] }])).toEqual([])
  })
})
