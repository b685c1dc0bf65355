import { setTimeout as sleep } from 'node:timers/promises'
import type { Kernels } from '../../native/index.ts'
import type { Logger } from '../platform/logger.ts'
import { DenseIndex } from './dense-index.ts'
import type { PassageSet } from './passage-set.ts'
import type { RankedPassage } from './retriever.ts'
import { MAX_EXACT_RESULTS, type VectorStore } from './vector-store.ts'

/** A search waits this long for an index that is being read; small ones are there by then, large ones answer from SQLite. */
const LOAD_PATIENCE_MS = 250
/** While vectors keep coming, at most this share of the time goes into reading them anew. */
const RELOAD_SHARE = 0.1

/**
 * The vectors of one model as search uses them: an index in memory, read when first needed and again after changes, and
 * SQLite's exact search for as long as there is none. A search never waits for a large index.
 */
export class VectorSearch {
  readonly store: VectorStore
  readonly #kernels: () => Promise<Kernels>
  readonly #logger: Logger
  #index: DenseIndex | undefined
  #loading: Promise<void> | undefined
  #loadedAt = 0
  #loadMs = 0

  constructor(parts: { store: VectorStore; kernels: () => Promise<Kernels>; logger: Logger }) {
    this.store = parts.store
    this.#kernels = parts.kernels
    this.#logger = parts.logger
  }

  /**
   * The `k` passages with the largest dot product, best first.
   * @param among only these passages.
   */
  async search(query: Float32Array, k: number, among?: PassageSet): Promise<RankedPassage[]> {
    const most = Math.min(k, MAX_EXACT_RESULTS)
    if (this.#needsLoad()) {
      this.#loading ??= this.#tryLoad().finally(() => (this.#loading = undefined))
      await Promise.race([this.#loading, sleep(LOAD_PATIENCE_MS, undefined, { ref: false })])
    }
    return this.#index ? this.#index.search(query, most, among) : this.store.search(query, most, among?.ids())
  }

  /** Stores vectors and, where the index is in memory and up to date, makes them searchable at once. */
  add(passageIds: readonly number[], vectors: Float32Array): void {
    if (this.#index && !this.#index.isStale) this.#index.add(passageIds, vectors)
    else this.store.insert(passageIds, vectors)
  }

  /** The index in memory, read anew if it is not up to date. @throws what reading it throws; the signal's reason. */
  async load(signal?: AbortSignal): Promise<DenseIndex> {
    await this.#loading
    return this.#index && !this.#index.isStale ? this.#index : this.#load(signal)
  }

  #needsLoad(): boolean {
    if (this.#index && !this.#index.isStale) return false
    if (this.#loadedAt === 0) return true
    return performance.now() - this.#loadedAt > this.#loadMs / RELOAD_SHARE
  }

  /** Where it fails, SQLite goes on answering: exactly, but more slowly. */
  async #tryLoad(): Promise<void> {
    try {
      await this.#load()
    } catch (error) {
      this.#logger.warn({ err: error, index: this.store.info }, 'the vector index could not be read into memory')
      this.#loadedAt = performance.now()
    }
  }

  async #load(signal?: AbortSignal): Promise<DenseIndex> {
    const started = performance.now()
    const index = await DenseIndex.load(this.store, await this.#kernels(), signal ? { signal } : {})
    this.#index = index
    this.#loadedAt = performance.now()
    this.#loadMs = this.#loadedAt - started
    return index
  }
}
