import {
  type Int8Index,
  type Kernels,
  MAX_SCAN_RESULTS,
  calibratedScale,
  defaultScale,
  quantise,
} from '../../native/index.ts'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { topPassages } from './batch-scores.ts'
import type { PassageSet } from './passage-set.ts'
import type { RankedPassage } from './retriever.ts'
import type { VectorStore } from './vector-store.ts'

/**
 * How many candidates of the int8 scan are scored exactly for k results. Reading a vector from the store costs more than
 * scanning thousands of codes, so no more than needed: 1.2 k already gave recall@10 and @100 of 1.000 on clustered
 * vectors, 0.997 and 1.000 on random ones, 1.5 k gave 1.000 throughout. `measureRecall` measures it on the library at hand.
 */
function candidatesFor(k: number): number {
  return Math.min(MAX_SCAN_RESULTS, Math.max(50, Math.ceil(1.5 * k)))
}

export interface LoadProgress {
  readonly signal?: AbortSignal
  /** Called about every 100 ms at most. @param loaded vectors so far. */
  readonly onProgress?: (loaded: number, total: number) => void
}

export interface MeasuredRecall {
  /** Share of the exact best `k` that the index finds, averaged over the queries. */
  readonly recall: number
  readonly queries: number
  readonly k: number
}

/**
 * The vectors of one store as int8 codes in memory (`dimensions` bytes each): scanned whole, the best rescored from the
 * exact vectors in the store. Rows carry passage ids; removing one moves the last row into its place.
 */
export class DenseIndex {
  readonly store: VectorStore
  readonly #codes: Int8Index
  readonly #scale: number
  #passageIds = new Float64Array(1024)
  /** The rows of the sets that were searched among, until the rows change. */
  #rowFilters = new WeakMap<PassageSet, Uint8Array>()
  /** Made when first needed: a search never asks for it. */
  #rows: Map<number, number> | undefined
  #revision: number

  private constructor(store: VectorStore, kernels: Kernels, scale: number) {
    this.store = store
    this.#codes = kernels.createInt8Index(store.info.dimensions)
    this.#scale = scale
    this.#revision = store.revision
  }

  /**
   * Reads all vectors of a store: about 0.3 s for 250,000 of 384 dimensions. The scale of the codes is measured on
   * the first block.
   * @throws the signal's reason when it is aborted; RangeError when the codes do not fit in memory.
   */
  static async load(
    store: VectorStore,
    kernels: Kernels,
    { signal, onProgress }: LoadProgress = {},
  ): Promise<DenseIndex> {
    const [first] = store.blocks()
    const scale = first ? calibratedScale(first.vectors) : defaultScale(store.info.dimensions)
    const index = new DenseIndex(store, kernels, scale)
    const total = store.count
    index.#codes.reserve(total)
    let reported = performance.now()
    for (const { passageIds, vectors } of store.blocks()) {
      signal?.throwIfAborted()
      index.#append(passageIds, vectors)
      if (performance.now() - reported < 100) continue
      // Other work of this process gets its turn, an abort among it.
      await new Promise(setImmediate)
      onProgress?.(index.length, total)
      reported = performance.now()
    }
    return index
  }

  get length(): number {
    return this.#codes.length
  }

  /** True when the store was changed other than through this index: load it anew. */
  get isStale(): boolean {
    return this.store.revision !== this.#revision
  }

  /** Stores vectors and makes them searchable; see `VectorStore.insert` for the errors. */
  add(passageIds: readonly number[], vectors: Float32Array): void {
    this.#changeStore(() => this.store.insert(passageIds, vectors))
    for (const id of passageIds) this.#forget(id)
    this.#append(passageIds, vectors)
  }

  /** Removes passages from the store and from the search. */
  remove(passageIds: readonly number[]): void {
    this.#changeStore(() => this.store.delete(passageIds))
    for (const id of passageIds) this.#forget(id)
  }

  /**
   * The `k` passages with the largest dot product, best first, ties by lower id; scores are exact.
   * @param among only these passages. The same object costs nothing the second time.
   * @throws WorkbenchError BAD_INPUT when the query has other dimensions than the index, or k is not 1 to 4096.
   */
  search(query: Float32Array, k: number, among?: PassageSet): RankedPassage[] {
    const { dimensions } = this.store.info
    if (query.length !== dimensions) {
      throw new WorkbenchError('BAD_INPUT', said`The query has ${query.length} dimensions, the index ${dimensions}.`)
    }
    if (!Number.isInteger(k) || k < 1 || k > MAX_SCAN_RESULTS) {
      throw new WorkbenchError('BAD_INPUT', said`A search returns 1 to ${MAX_SCAN_RESULTS} passages, not ${k}.`)
    }
    const allowed = among && this.#rowFilter(among)
    const { rows } = this.#codes.scan(quantise(query, this.#scale), candidatesFor(k), allowed)
    const hits: RankedPassage[] = []
    for (const row of rows) {
      const passageId = this.#passageIds[row]!
      const vector = this.store.vector(passageId)
      // A passage deleted since the load is still in the codes; its vector is gone.
      if (vector) hits.push({ passageId, score: dot(query, vector) })
    }
    return hits.sort((a, b) => b.score - a.score || a.passageId - b.passageId).slice(0, k)
  }

  /**
   * Compares `search` with an exact search over all vectors.
   * @param queries `[queries, dimensions]`; some 200 give the recall to about a percent.
   */
  async measureRecall(queries: Float32Array, k = 10, signal?: AbortSignal): Promise<MeasuredRecall> {
    const { dimensions } = this.store.info
    const exact = await topPassages(queries, this.store.blocks(), { dimensions, k, ...(signal ? { signal } : {}) })
    let found = 0
    let expected = 0
    for (let query = 0; query < exact.queries; query++) {
      const hits = this.search(queries.subarray(query * dimensions, (query + 1) * dimensions), k)
      // Passages of equal text have equal vectors: any of those tied with the last exact result is as good.
      const worst = exact.of(query).at(-1)?.score ?? 0
      expected += exact.of(query).length
      found += hits.filter(({ score }) => score >= worst - 1e-6).length
    }
    return { recall: expected === 0 ? 1 : found / expected, queries: exact.queries, k }
  }

  #rowFilter(among: PassageSet): Uint8Array {
    const known = this.#rowFilters.get(among)
    if (known) return known
    const made = among.forRows(this.#passageIds, this.length)
    this.#rowFilters.set(among, made)
    return made
  }

  #append(passageIds: ArrayLike<number>, vectors: Float32Array): void {
    this.#rowFilters = new WeakMap()
    const rows = this.length
    const needed = rows + passageIds.length
    if (needed > this.#passageIds.length) {
      const grown = new Float64Array(Math.max(needed, Math.ceil(this.#passageIds.length * 1.5)))
      grown.set(this.#passageIds)
      this.#passageIds = grown
    }
    this.#codes.append(quantise(vectors, this.#scale))
    for (let i = 0; i < passageIds.length; i++) {
      this.#passageIds[rows + i] = passageIds[i]!
      this.#rows?.set(passageIds[i]!, rows + i)
    }
  }

  #forget(passageId: number): void {
    this.#rows ??= new Map(Array.from(this.#passageIds.subarray(0, this.length), (id, row) => [id, row]))
    const row = this.#rows.get(passageId)
    if (row === undefined) return
    this.#codes.remove(row)
    this.#rowFilters = new WeakMap()
    const moved = this.#passageIds[this.length]!
    this.#passageIds[row] = moved
    this.#rows.set(moved, row)
    this.#rows.delete(passageId)
  }

  #changeStore(change: () => void): void {
    const stale = this.isStale
    change()
    if (!stale) this.#revision = this.store.revision
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!
  return sum
}
