import Database from 'better-sqlite3'
import pino from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import * as sqliteVec from 'sqlite-vec'
import { loadKernels } from '../../native/index.ts'
import { migrate } from '../storage/index.ts'
import { PassageSet } from './passage-set.ts'
import { addPassages, unitVectors } from './testing/vectors.ts'
import { VectorSearch } from './vector-search.ts'
import { VectorStore } from './vector-store.ts'

const DIMENSIONS = 32
const COUNT = 500
const kernels = loadKernels({ only: 'wasm' })
const vectors = unitVectors(COUNT + 1, DIMENSIONS)
const row = (i: number) => vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)

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
  store.insert(ids, vectors.subarray(0, COUNT * DIMENSIONS))
})

const open = (load = () => kernels) => new VectorSearch({ store, kernels: load, logger: pino({ level: 'silent' }) })
const best = async (search: VectorSearch, query: Float32Array, among?: number[]) =>
  (await search.search(query, 5, among && PassageSet.of(among))).map(({ passageId }) => passageId)

describe('vectors as search uses them', () => {
  it('are found the same way from memory and, while there is no index, from SQLite', async () => {
    const never = open(() => new Promise(() => {}))
    const broken = open(() => Promise.reject(new Error('no kernels here')))
    const loaded = open()
    await loaded.load()
    for (const i of [0, 77, 499]) {
      const expected = await best(loaded, row(i))
      expect(expected[0]).toBe(ids[i])
      expect(await best(never, row(i))).toEqual(expected)
      expect(await best(broken, row(i))).toEqual(expected)
    }
    const among = ids.slice(10, 20)
    const filtered = await best(loaded, row(0), among)
    expect(filtered.every((id) => among.includes(id))).toBe(true)
    expect(await best(never, row(0), among)).toEqual(filtered)
    await expect(broken.load()).rejects.toThrow('no kernels here')
  })

  it('that are added through it are found at once, without reading the index anew', async () => {
    const search = open()
    const index = await search.load()
    const [added] = addPassages(db, 1)
    search.add([added!], row(COUNT))
    expect((await best(search, row(COUNT)))[0]).toBe(added)
    expect(await search.load()).toBe(index)
  })

  it('that were changed past it are read anew', async () => {
    const search = open()
    const index = await search.load()
    const [added] = addPassages(db, 1)
    store.insert([added!], row(COUNT))
    expect(index.isStale).toBe(true)
    const fresh = await search.load()
    expect(fresh).not.toBe(index)
    expect((await best(search, row(COUNT)))[0]).toBe(added)
    db.prepare('DELETE FROM passage WHERE id = ?').run(added)
    expect(await best(search, row(COUNT))).not.toContain(added)
  })
})
