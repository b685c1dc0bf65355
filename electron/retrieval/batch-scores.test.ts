import { describe, expect, it } from 'vitest'
import { topPassages } from './batch-scores.ts'
import { unitVectors } from './testing/vectors.ts'
import type { VectorBlock } from './vector-blocks.ts'

const DIMENSIONS = 16

/** Blocks of 1,024 passages, as a vector store gives them; ids count down so that none equals its row. */
function blocksOf(vectors: Float32Array): VectorBlock[] {
  const count = vectors.length / DIMENSIONS
  const blocks: VectorBlock[] = []
  for (let first = 0; first < count; first += 1024) {
    const rows = Math.min(1024, count - first)
    blocks.push({
      passageIds: Float64Array.from({ length: rows }, (_, i) => 1_000_000 - first - i),
      vectors: vectors.subarray(first * DIMENSIONS, (first + rows) * DIMENSIONS),
    })
  }
  return blocks
}

function exact(query: Float32Array, vectors: Float32Array, k: number): { passageId: number; score: number }[] {
  const scored = Array.from({ length: vectors.length / DIMENSIONS }, (_, row) => ({
    passageId: 1_000_000 - row,
    score: query.reduce((sum, x, d) => sum + x * vectors[row * DIMENSIONS + d]!, 0),
  }))
  return scored.sort((a, b) => b.score - a.score).slice(0, k)
}

describe('topPassages', () => {
  it('equals sorting all dot products, across blocks of queries and of passages', async () => {
    const passages = unitVectors(26_030, DIMENSIONS)
    const queries = unitVectors(501, DIMENSIONS, 8)
    const progress: number[] = []
    const top = await topPassages(queries, blocksOf(passages), {
      dimensions: DIMENSIONS,
      k: 50,
      onProgress: (done) => progress.push(done),
    })
    expect(progress).toEqual([25_000, 26_030])
    expect([top.queries, top.found]).toEqual([501, 50])
    for (const query of [0, 1, 250, 499, 500]) {
      const expected = exact(queries.subarray(query * DIMENSIONS, (query + 1) * DIMENSIONS), passages, 50)
      const ranked = top.of(query)
      expect(ranked.map(({ passageId }) => passageId)).toEqual(expected.map(({ passageId }) => passageId))
      ranked.forEach(({ score }, rank) => expect(score).toBeCloseTo(expected[rank]!.score, 5))
    }
  })

  it('keeps more results than the last block of passages has', async () => {
    const passages = unitVectors(25_007, DIMENSIONS)
    const queries = unitVectors(2, DIMENSIONS, 8)
    const top = await topPassages(queries, blocksOf(passages), { dimensions: DIMENSIONS, k: 30 })
    const expected = exact(queries.subarray(0, DIMENSIONS), passages, 30)
    expect(top.of(0).map(({ passageId }) => passageId)).toEqual(expected.map(({ passageId }) => passageId))
  })

  it('returns all passages where there are fewer than k, and none where there are none', async () => {
    const queries = unitVectors(3, DIMENSIONS, 8)
    const few = await topPassages(queries, blocksOf(unitVectors(4, DIMENSIONS)), { dimensions: DIMENSIONS, k: 10 })
    expect(few.found).toBe(4)
    expect(few.of(2)).toHaveLength(4)
    const none = await topPassages(queries, [], { dimensions: DIMENSIONS, k: 10 })
    expect(none.of(0)).toEqual([])
  })

  it('ranks equal scores in the order in which the passages came', async () => {
    const vector = unitVectors(1, DIMENSIONS)
    const copies = new Float32Array(25_100 * DIMENSIONS)
    for (let i = 0; i < 25_100; i++) copies.set(vector, i * DIMENSIONS)
    const top = await topPassages(vector, blocksOf(copies), { dimensions: DIMENSIONS, k: 3 })
    expect(top.of(0).map(({ passageId }) => passageId)).toEqual([1_000_000, 999_999, 999_998])
  })

  it('stops when it is aborted, between two blocks', async () => {
    const controller = new AbortController()
    let blocks = 0
    const running = topPassages(unitVectors(2, DIMENSIONS), blocksOf(unitVectors(80_000, DIMENSIONS)), {
      dimensions: DIMENSIONS,
      k: 5,
      signal: controller.signal,
      onProgress: () => {
        blocks++
        controller.abort(new Error('enough'))
      },
    })
    await expect(running).rejects.toThrow('enough')
    expect(blocks).toBe(1)
  })

  it('refuses shapes that do not fit and queries that are not finite', async () => {
    const options = { dimensions: DIMENSIONS, k: 5 }
    await expect(topPassages(new Float32Array(17), [], options)).rejects.toThrow('17 numbers are not a whole number')
    await expect(topPassages(new Float32Array(16), [], { ...options, k: 0 })).rejects.toThrow('1 or more, not 0')
    const queries = unitVectors(3, DIMENSIONS)
    queries[40] = NaN
    await expect(topPassages(queries, [], options)).rejects.toThrow('The vector of query 2 is not finite')
    const block = { passageIds: new Float64Array(2), vectors: new Float32Array(5) }
    await expect(topPassages(unitVectors(1, DIMENSIONS), [block], options)).rejects.toThrow('5 numbers, not 16 each')
  })
})
