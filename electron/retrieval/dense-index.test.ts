import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import * as sqliteVec from 'sqlite-vec'
import { loadKernels } from '../../native/index.ts'
import { migrate } from '../storage/index.ts'
import { DenseIndex } from './dense-index.ts'
import { PassageSet } from './passage-set.ts'
import { addPassages, unitVectors } from './testing/vectors.ts'
import { VectorStore } from './vector-store.ts'

const DIMENSIONS = 48
const COUNT = 3000
const kernels = await loadKernels({ only: 'wasm' })

let db: Database.Database
let store: VectorStore
let ids: number[]

beforeEach(() => {
  db = new Database(':memory:')
  sqliteVec.load(db)
  migrate(db)
  db.pragma('foreign_keys = ON')
  ids = addPassages(db, COUNT)
  store = VectorStore.create(db, { modelId: 'm', version: '1' }, DIMENSIONS)
  store.insert(ids, unitVectors(COUNT, DIMENSIONS))
})

const queries = unitVectors(20, DIMENSIONS, 42)
const query = (i: number) => queries.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)
const idsOf = (hits: readonly { passageId: number }[]) => hits.map(({ passageId }) => passageId)

describe('a dense index', () => {
  it('finds what the exact search finds, with exact scores', async () => {
    const index = await DenseIndex.load(store, kernels)
    expect(index.length).toBe(COUNT)
    for (let i = 0; i < 20; i++) {
      const exact = store.search(query(i), 10)
      const hits = index.search(query(i), 10)
      expect(idsOf(hits)).toEqual(idsOf(exact))
      hits.forEach((hit, rank) => expect(hit.score).toBeCloseTo(exact[rank]!.score, 5))
    }
  })

  it('searches among the passages of a filter only', async () => {
    const index = await DenseIndex.load(store, kernels)
    const some = ids.filter((_, i) => i % 13 === 5)
    expect(idsOf(index.search(query(0), 10, PassageSet.of(some)))).toEqual(idsOf(store.search(query(0), 10, some)))
    expect(index.search(query(0), 10, PassageSet.of([]))).toEqual([])
    expect(idsOf(index.search(query(0), 10, PassageSet.of([ids[7]!, 99_999])))).toEqual([ids[7]])
  })

  it('stays equal to the store through additions, replacements and removals', async () => {
    const index = await DenseIndex.load(store, kernels)
    const more = addPassages(db, 500)
    index.add(more, unitVectors(500, DIMENSIONS, 3))
    index.remove([...ids.slice(100, 900), more.at(-1)!])
    index.add(ids.slice(0, 50), unitVectors(50, DIMENSIONS, 4))
    index.add(ids.slice(100, 200), unitVectors(100, DIMENSIONS, 5))
    expect(index.length).toBe(store.count)
    expect(index.isStale).toBe(false)
    for (let i = 0; i < 20; i++) {
      expect(idsOf(index.search(query(i), 10))).toEqual(idsOf(store.search(query(i), 10)))
    }
  })

  it('notices what others change, and does not return deleted passages meanwhile', async () => {
    const index = await DenseIndex.load(store, kernels)
    const best = index.search(query(0), 1)[0]!.passageId
    db.prepare('DELETE FROM passage WHERE id = ?').run(best)
    expect(index.isStale).toBe(true)
    expect(idsOf(index.search(query(0), 10))).not.toContain(best)
    expect((await DenseIndex.load(store, kernels)).length).toBe(COUNT - 1)
  })

  it('measures its recall against exact scores', async () => {
    const index = await DenseIndex.load(store, kernels)
    expect(await index.measureRecall(queries)).toEqual({ recall: 1, queries: 20, k: 10 })
    // The codes of the removed half are missing, the exact search still sees it: about half is found.
    const half = new Set(ids.filter((_, i) => i % 2 === 0))
    const crippled = await DenseIndex.load(store, kernels)
    crippled.search = (vector, k) => index.search(vector, k, PassageSet.of([...half]))
    const { recall } = await crippled.measureRecall(queries)
    expect(recall).toBeGreaterThan(0.3)
    expect(recall).toBeLessThan(0.7)
  })

  it('can be loaded from an empty store and grown', async () => {
    const empty = VectorStore.create(db, { modelId: 'm', version: '2' }, DIMENSIONS)
    const index = await DenseIndex.load(empty, kernels)
    expect(index.search(query(0), 5)).toEqual([])
    index.add(ids.slice(0, 3), unitVectors(3, DIMENSIONS))
    expect(index.search(query(0), 5)).toHaveLength(3)
  })

  it('stops loading when it is aborted', async () => {
    const controller = new AbortController()
    controller.abort()
    await expect(DenseIndex.load(store, kernels, { signal: controller.signal })).rejects.toThrow('abort')
  })

  it('refuses a query of other dimensions and a k out of range', async () => {
    const index = await DenseIndex.load(store, kernels)
    expect(() => index.search(new Float32Array(3), 1)).toThrow('The query has 3 dimensions, the index 48')
    expect(() => index.search(query(0), 0)).toThrow('1 to 4096 passages, not 0')
  })
})
