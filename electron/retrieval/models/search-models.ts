import type { Database } from 'better-sqlite3'
import { join } from 'node:path'
import * as v from 'valibot'
import { loadKernels, type Kernels } from '../../../native/index.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { Intent } from '../../contracts/intents.ts'
import type { Device } from '../../ml/session/index.ts'
import type { Logger } from '../../platform/logger.ts'
import type { WorkerLauncher } from '../../platform/worker-launcher.ts'
import type { SettingRepository, VectorIndexReports } from '../../storage/index.ts'
import { DenseRetriever, type QueryEncoder } from '../dense-retriever.ts'
import { PASSAGE_INPUT_VERSION } from '../passage-input.ts'
import { Reranker, type PassageScorer } from '../reranking.ts'
import { VectorSearch } from '../vector-search.ts'
import { VectorStore, type VectorIndexKey } from '../vector-store.ts'
import { ComputeClient } from './compute-client.ts'
import { ModelRegistry, modelSpec, type InstalledModel } from './model-registry.ts'
import type { ModelSpec } from './protocol.ts'

/** Settings of the library. The index in use and the one before change together, in one transaction. */
const ACTIVE = 'search.index'
const PREVIOUS = 'search.previousIndex'

const BACKGROUND_IDLE_MS = 30_000
/** A model that answers searches stays ready through a coffee break. */
const INTERACTIVE_IDLE_MS = 15 * 60_000

const storedKey = v.nullable(v.object({ modelId: v.string(), version: v.string() }))

export interface SearchModelsParts {
  readonly db: Database
  readonly settings: SettingRepository
  readonly reports: VectorIndexReports
  readonly launcher: WorkerLauncher
  readonly logger: Logger
  readonly dataFolder: string
  readonly resourcesFolder: string
  /** Threads that background work may use now. */
  readonly threads: () => number
  /** Runs every model there, whatever its manifest says. */
  readonly device?: Device | 'auto' | undefined
  /** SHA-256 of the weight files that a policy allows; undefined: any. */
  readonly allowedModels?: readonly string[] | undefined
}

/**
 * The models of this computer and what this library makes of them: which index search uses, which one it used before, and
 * the processes that run them. Searches have a process of their own, so that a query never waits for a batch of passages.
 */
export class SearchModels {
  readonly registry: ModelRegistry
  /** Embedding, evaluation and probing. */
  readonly background: ComputeClient
  readonly #interactive: ComputeClient
  readonly #parts: SearchModelsParts
  readonly #searches = new Map<string, VectorSearch>()
  #kernels: Promise<Kernels> | undefined

  constructor(parts: SearchModelsParts) {
    this.#parts = parts
    const { launcher, logger } = parts
    this.background = new ComputeClient({ launcher, logger, label: 'dmr embedding', idleMs: BACKGROUND_IDLE_MS })
    this.#interactive = new ComputeClient({ launcher, logger, label: 'dmr search model', idleMs: INTERACTIVE_IDLE_MS })
    this.registry = new ModelRegistry({
      place: join(parts.dataFolder, 'models'),
      builtIn: join(parts.resourcesFolder, 'models'),
      allowed: parts.allowedModels,
      probe: (model) => this.background.open({ ...model, device: parts.device ?? model.device }),
    })
  }

  /** The index that search uses; undefined: keywords only. */
  get active(): VectorIndexKey | undefined {
    return this.#stored(ACTIVE)
  }

  /** The index that search used before: what roll-back switches to. */
  get previous(): VectorIndexKey | undefined {
    return this.#stored(PREVIOUS)
  }

  /** False until a person or the first indexing decided on a model. */
  get isDecided(): boolean {
    return this.#parts.settings.get(ACTIVE) !== undefined
  }

  /** The model in use or, as long as nobody chose, the one that came with the application. */
  get preferredId(): string | undefined {
    if (this.active || this.isDecided) return this.active?.modelId
    return this.registry.list().find(({ origin, kind }) => origin === 'built-in' && kind === 'embedding')?.id
  }

  /** Search uses this index from the next query on; undefined: none. */
  switchTo(key: VectorIndexKey | undefined): void {
    const { db, settings } = this.#parts
    db.transaction(() => {
      const before = this.active
      if (before && !isSame(before, key)) settings.set(PREVIOUS, before)
      else if (key && isSame(this.previous, key)) settings.set(PREVIOUS, null)
      settings.set(ACTIVE, key ? { modelId: key.modelId, version: key.version } : null)
    })()
  }

  /** Forgets a previous index that is to be removed. */
  forgetPrevious(): void {
    this.#parts.settings.set(PREVIOUS, null)
  }

  /** The index that belongs to a model as it is now. */
  keyOf(model: InstalledModel): VectorIndexKey {
    return { modelId: model.id, version: `${model.version}.${PASSAGE_INPUT_VERSION}` }
  }

  /** Vectors of a model in this library, undefined where none were made. */
  vectors(key: VectorIndexKey): VectorSearch | undefined {
    const name = `${key.modelId} ${key.version}`
    const known = this.#searches.get(name)
    if (known) return known
    const store = VectorStore.open(this.#parts.db, key)
    return store && this.#keep(name, store)
  }

  /** The same, made now if missing. @throws WorkbenchError MODEL_INVALID for other dimensions than it has. */
  createVectors(key: VectorIndexKey, dimensions: number): VectorSearch {
    const store = VectorStore.create(this.#parts.db, key, dimensions)
    return this.vectors(key) ?? this.#keep(`${key.modelId} ${key.version}`, store)
  }

  /** Removes an index. Search must not be using it. */
  dropVectors(key: VectorIndexKey): void {
    VectorStore.open(this.#parts.db, key)?.drop()
    this.#searches.delete(`${key.modelId} ${key.version}`)
    this.#parts.reports.remove(key)
    if (isSame(this.previous, key)) this.forgetPrevious()
  }

  /** Removes indexes of files that a model no longer has: no query can be encoded for them. */
  dropOtherVersions(key: VectorIndexKey): void {
    for (const other of VectorStore.list(this.#parts.db))
      if (other.modelId === key.modelId && other.version !== key.version) this.dropVectors(other)
  }

  /**
   * Searches by meaning with the model in use, or with another one that has an index.
   * @returns undefined when no model is in use.
   * @throws WorkbenchError NO_MODEL, MODEL_INVALID saying what is missing.
   */
  retriever(modelId?: string): DenseRetriever | undefined {
    const key = modelId === undefined ? this.active : this.keyOf(this.#embedder(modelId))
    if (!key) return undefined
    const model = this.#embedder(key.modelId)
    const vectors = this.vectors(key)
    if (!isSame(this.keyOf(model), key) || !vectors) {
      throw new WorkbenchError(
        'NO_MODEL',
        said`"${key.modelId}" has no search index in this library for its present version. Build it: dmr models use ${key.modelId}.`,
      )
    }
    return new DenseRetriever({ id: model.id, db: this.#parts.db, encoder: this.#queryEncoder(model), vectors })
  }

  /** The installed cross-encoder. @throws WorkbenchError NO_MODEL when there is none. */
  reranker(): Reranker {
    const model = this.installedReranker()
    if (!model) {
      throw new WorkbenchError(
        'NO_MODEL',
        said`No reranker is installed. Import a cross-encoder folder: dmr models import FOLDER.`,
      )
    }
    return new Reranker(this.#parts.db, this.passageScorer(model))
  }

  /** The first cross-encoder that can be used. */
  installedReranker(): InstalledModel | undefined {
    return this.registry.list().find((model) => model.kind === 'cross-encoder' && model.problem === undefined)
  }

  passageScorer(model: InstalledModel): PassageScorer {
    return {
      id: model.id,
      scorePassages: (query, passages, signal) =>
        this.#interactive.score(
          modelSpec(model),
          passages.map((passage) => [query, passage] as const),
          signal ? { signal } : {},
        ),
    }
  }

  /** How background work runs a model. */
  specOf(model: InstalledModel): ModelSpec {
    return { ...modelSpec(model, this.#parts.threads()), ...this.#device() }
  }

  kernels = (): Promise<Kernels> => (this.#kernels ??= loadKernels())

  /** Makes every process let go of a model's files. */
  async releaseFiles(model: InstalledModel): Promise<void> {
    await Promise.all([this.background.release(model.path), this.#interactive.release(model.path)])
  }

  close(): void {
    this.background.close()
    this.#interactive.close()
  }

  #queryEncoder(model: InstalledModel): QueryEncoder {
    const spec = { ...modelSpec(model), ...this.#device() }
    // A table of token vectors reads a hundred sentences in the time a transformer takes for one.
    const sentences: Pick<QueryEncoder, 'encodeSentences'> =
      model.architecture !== 'static'
        ? {}
        : {
            encodeSentences: async (texts, signal) =>
              (await this.#interactive.encode(spec, texts, { kind: 'passage', ...(signal ? { signal } : {}) })).vectors,
          }
    return {
      ...sentences,
      encodeQuery: async (text, intent: Intent, signal) =>
        (await this.#interactive.encode(spec, [text], { kind: 'query', intent, ...(signal ? { signal } : {}) }))
          .vectors,
    }
  }

  #device(): { device?: Device | 'auto' } {
    return this.#parts.device === undefined ? {} : { device: this.#parts.device }
  }

  #embedder(id: string): InstalledModel {
    const model = this.registry.require(id)
    if (model.kind === 'embedding') return model
    throw new WorkbenchError('BAD_INPUT', said`"${id}" is a reranker; it cannot search. Choose an embedding model.`)
  }

  #keep(name: string, store: VectorStore): VectorSearch {
    const search = new VectorSearch({ store, kernels: this.kernels, logger: this.#parts.logger })
    this.#searches.set(name, search)
    return search
  }

  #stored(setting: string): VectorIndexKey | undefined {
    const parsed = v.safeParse(storedKey, this.#parts.settings.get(setting))
    return parsed.success ? (parsed.output ?? undefined) : undefined
  }
}

export function isSame(a: VectorIndexKey | undefined, b: VectorIndexKey | undefined): boolean {
  return a !== undefined && b !== undefined && a.modelId === b.modelId && a.version === b.version
}
