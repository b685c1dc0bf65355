import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LibraryDatabase } from '../storage/index.ts'
import { addPassages, unitVectors } from './testing/vectors.ts'
import { VectorStore } from './vector-store.ts'

const KEY = { modelId: 'em-small', version: '1' }
const DIMENSIONS = 24

let directory: string
let library: LibraryDatabase

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vector-store-'))
  library = LibraryDatabase.open(join(directory, 'library.db'))
})
afterEach(() => {
  library.close()
  rmSync(directory, { recursive: true })
})

function filled(count: number): { store: VectorStore; ids: number[]; vectors: Float32Array } {
  const ids = addPassages(library.db, count)
  const vectors = unitVectors(count, DIMENSIONS)
  const store = VectorStore.create(library.db, KEY, DIMENSIONS)
  store.insert(ids, vectors)
  return { store, ids, vectors }
}

/** Passage id to vector, whatever the order of the blocks. */
function contents(store: VectorStore, by: 'chunks' | 'rows'): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const { passageIds, vectors } of store.blocks(by)) {
    passageIds.forEach((id, i) => found.set(id, [...vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)]))
  }
  return found
}

describe('a vector store', () => {
  it('gives back each vector it was given', () => {
    const { store, ids, vectors } = filled(50)
    expect(store.count).toBe(50)
    ids.forEach((id, i) => expect(store.vector(id)).toEqual(vectors.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS)))
    expect(store.vector(99_999)).toBeUndefined()
  })

  it('reads the same vectors from vec0’s chunks as row by row, with holes and after refilling', () => {
    const { store, ids } = filled(2500)
    store.delete(ids.filter((_, i) => i % 7 === 0 || (i > 1000 && i < 1100)))
    const fresh = addPassages(library.db, 30)
    store.insert(fresh, unitVectors(30, DIMENSIONS, 9))
    const byChunks = contents(store, 'chunks')
    expect(byChunks.size).toBe(store.count)
    expect(byChunks).toEqual(contents(store, 'rows'))
  })

  it('leaves the connection free between two blocks', () => {
    const { store, ids } = filled(1500)
    for (const block of store.blocks()) if (block.passageIds.length === 1024) store.delete([ids[1400]!])
    expect(store.count).toBe(1499)
  })

  it('replaces the vector of a passage that has one', () => {
    const { store, ids } = filled(3)
    const other = unitVectors(1, DIMENSIONS, 5)
    store.insert([ids[1]!], other)
    expect(store.vector(ids[1]!)).toEqual(other)
    expect(store.count).toBe(3)
  })

  it('searches exactly, among all passages or some', () => {
    const { store, ids, vectors } = filled(300)
    const query = unitVectors(1, DIMENSIONS, 77)
    const score = (i: number) => query.reduce((sum, x, d) => sum + x * vectors[i * DIMENSIONS + d]!, 0)
    const expected = ids.map((id, i) => ({ id, score: score(i) })).sort((a, b) => b.score - a.score)
    const hits = store.search(query, 20)
    expect(hits.map(({ passageId }) => passageId)).toEqual(expected.slice(0, 20).map(({ id }) => id))
    hits.forEach((hit, i) => expect(hit.score).toBeCloseTo(expected[i]!.score, 5))
    const some = expected.filter((_, i) => i % 10 === 3).map(({ id }) => id)
    expect(store.search(query, 5, some).map(({ passageId }) => passageId)).toEqual(some.slice(0, 5))
  })

  it('forgets the vectors of a deleted document and says that it changed', () => {
    const { store, ids } = filled(10)
    const before = store.revision
    library.db.exec('DELETE FROM document')
    expect(store.count).toBe(0)
    expect(store.vector(ids[0]!)).toBeUndefined()
    expect(store.revision).toBeGreaterThan(before)
  })

  it('lists the passages that are left to embed', () => {
    const { store } = filled(4)
    const more = addPassages(library.db, 3)
    expect(store.passagesWithoutVector(2)).toEqual(more.slice(0, 2))
    store.insert(more, unitVectors(3, DIMENSIONS, 2))
    expect(store.passagesWithoutVector(10)).toEqual([])
  })

  it('keeps the vectors of two versions apart and drops one without the other', () => {
    const { store, ids } = filled(5)
    const second = VectorStore.create(library.db, { ...KEY, version: '2' }, 8)
    second.insert(ids, unitVectors(5, 8))
    expect(VectorStore.list(library.db).map(({ version, dimensions }) => [version, dimensions])).toEqual([
      ['1', DIMENSIONS],
      ['2', 8],
    ])
    store.drop()
    expect(VectorStore.open(library.db, KEY)).toBeUndefined()
    expect(VectorStore.open(library.db, { ...KEY, version: '2' })?.count).toBe(5)
    library.db.exec('DELETE FROM document')
    expect(second.count).toBe(0)
  })

  it('is found again in a library opened for reading only', () => {
    filled(5)
    const reader = LibraryDatabase.open(library.path, { readOnly: true })
    expect(VectorStore.open(reader.db, KEY)?.count).toBe(5)
    expect(VectorStore.open(reader.db, { modelId: 'other', version: '1' })).toBeUndefined()
    reader.close()
  })
})

describe('a vector store refuses', () => {
  it('another number of dimensions for the same model and version', () => {
    filled(1)
    expect(() => VectorStore.create(library.db, KEY, 32)).toThrow(
      /em-small \(version 1\) gives vectors of 32 dimensions, but its index in .* has 24\. Give the changed model/,
    )
  })

  it.for([
    ['a vector that is not finite', NaN, 'The vector of passage 2 is not finite'],
    ['a vector that was not normalised', 3, 'The vector of passage 2 has length'],
  ] as const)('%s, by the passage, and stores none of the batch', ([, value, message]) => {
    const store = VectorStore.create(library.db, KEY, DIMENSIONS)
    const ids = addPassages(library.db, 3)
    const vectors = unitVectors(3, DIMENSIONS)
    vectors[DIMENSIONS + 4] = value
    expect(() => store.insert(ids, vectors)).toThrow(message)
    expect(store.count).toBe(0)
  })

  it('vectors that do not fit the passages, a passage twice, and a query of other dimensions', () => {
    const { store, ids } = filled(2)
    expect(() => store.insert(ids, new Float32Array(DIMENSIONS))).toThrow('2 passages need 48 numbers')
    expect(() => store.insert([1, 1], unitVectors(2, DIMENSIONS))).toThrow('two vectors in one batch')
    expect(() => store.search(new Float32Array(3), 1)).toThrow('The query has 3 dimensions, the index 24')
    expect(() => store.search(unitVectors(1, DIMENSIONS), 5000)).toThrow('1 to 4096 passages, not 5000')
  })
})
