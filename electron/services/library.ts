import { availableParallelism } from 'node:os'
import { realpath } from 'node:fs/promises'
import { basename, extname, join, sep } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said, type Text } from '../contracts/wording.ts'
import type { JobKind } from '../contracts/jobs.ts'
import type { Source } from '../contracts/library.ts'
import {
  ExtractionPool,
  IndexJob,
  NearCopyFinder,
  OcrJob,
  OcrPool,
  pathToOpen,
  requireReadableFolder,
  SourceWatcher,
  type IndexParams,
} from '../ingestion/index.ts'
import { JobQueue } from '../jobs/index.ts'
import type { Device } from '../ml/session/index.ts'
import { DevSetJob, EvaluateJob, type DevSetReport, type EvaluateDependencies } from '../evaluation/index.ts'
import type { HostPlatform } from '../platform/host-platform.ts'
import { EmbedJob, SearchModels, type EmbedParams } from '../retrieval/index.ts'
import {
  DocumentRepository,
  DevSetRepository,
  EvaluationRepository,
  explainStorageError,
  FileRepository,
  FileTable,
  JobRepository,
  LibraryDatabase,
  LibraryFacts,
  NearCopyRepository,
  SearchRepository,
  SettingRepository,
  SourceRepository,
  TrainingEventRepository,
  TrainingPointRepository,
  TrainingRunRepository,
  VectorIndexReports,
  type FileRecord,
  type OpenOptions,
} from '../storage/index.ts'
import { TrainJob } from '../training/index.ts'
import { requireAllowedFolder } from './allowed-folder.ts'
import { SettingsStore } from './settings.ts'
import { ChangeSignal } from './snapshots.ts'

const MEMORY_CAP_MIB = 640

export interface NewSourceOptions {
  readonly include?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly watched: boolean
  readonly isSample?: boolean
}

export interface LibraryOptions extends OpenOptions {
  /** Runs models there; without it each model runs where it was fastest. */
  readonly device?: Device | 'auto'
}

/** An open library with everything that works on it: its tables, its background jobs, its watches. */
export class Library {
  readonly platform: HostPlatform
  readonly repositories: ReturnType<typeof createRepositories>
  readonly settings: SettingsStore
  readonly queue: JobQueue
  readonly nearCopies: NearCopyFinder
  readonly models: SearchModels
  readonly evaluation: EvaluateDependencies
  readonly changes = new ChangeSignal()
  /** Passwords given in this session, by file id. Never stored. */
  readonly passwords = new Map<number, string>()
  readonly training: TrainJob
  readonly #database: LibraryDatabase
  readonly #watcher: SourceWatcher
  #watching = false

  constructor(platform: HostPlatform, path: string, options: LibraryOptions = {}) {
    this.platform = platform
    this.#database = LibraryDatabase.open(path, options)
    this.repositories = createRepositories(this.#database.db)
    this.settings = new SettingsStore(this.repositories.settings, platform.policy?.values)
    this.nearCopies = new NearCopyFinder(this.repositories.nearCopies)
    this.models = new SearchModels({
      db: this.#database.db,
      settings: this.repositories.settings,
      reports: this.repositories.vectorIndexes,
      launcher: platform.launcher,
      logger: platform.logger,
      dataFolder: platform.paths.data,
      resourcesFolder: platform.paths.resources,
      threads: () => this.threads,
      device: options.device,
      allowedModels: platform.policy?.values.allowedModels,
    })
    this.evaluation = {
      db: this.db,
      models: this.models,
      cacheFolder: join(platform.paths.data, 'cache', 'embeddings'),
    }
    this.training = new TrainJob({
      launcher: platform.launcher,
      runs: this.repositories.trainingRuns,
      points: this.repositories.trainingPoints,
      events: this.repositories.trainingEvents,
      notify: (message) => platform.shell.notify?.(message),
    })
    this.queue = new JobQueue(this.repositories.jobs, platform.logger, (error) => explainStorageError(path, error))
    this.#watcher = new SourceWatcher(platform.logger, (sourceId) => this.index({ sourceIds: [sourceId] }))
    this.#registerJobs()
    this.queue.onChange(() => this.changes.emit())
  }

  /** Takes up unfinished work and, where the host stays (a window, `serve`), watches the folders. */
  start(options: { watch: boolean }): void {
    if (this.readOnly) return
    this.#watching = options.watch
    this.queue.recover()
    this.followSources()
    if (options.watch) void this.registerBuiltIn().then(() => this.embedMissing())
  }

  get db() {
    return this.#database.db
  }

  get path(): string {
    return this.#database.path
  }

  get name(): string {
    return basename(this.path, extname(this.path))
  }

  get readOnly(): boolean {
    return this.#database.readOnly
  }

  get readOnlyReason(): Text | undefined {
    return this.#database.readOnlyReason
  }

  /** @throws WorkbenchError LIBRARY_READ_ONLY, saying why. */
  requireWritable(): void {
    if (!this.readOnly) return
    throw new WorkbenchError(
      'LIBRARY_READ_ONLY',
      said`${this.readOnlyReason ?? said`The library was opened for reading only.`} Searching works; changes have to be made there.`,
    )
  }

  followSources(): void {
    if (this.#watching) this.#watcher.follow(this.repositories.sources.all())
  }

  /**
   * Adds a folder; what it holds is read by the next index job. A folder that is there already gets the new globs.
   * @throws WorkbenchError FOLDER_UNREADABLE, or BAD_INPUT when it overlaps with another source or a policy forbids it.
   */
  async addSource(path: string, options: NewSourceOptions): Promise<Source> {
    this.requireWritable()
    await requireReadableFolder(path)
    const resolved = await realpath(path)
    await requireAllowedFolder(resolved, this.platform.policy?.values.watchedRoots)
    const { sources } = this.repositories
    const existing = sources.byPath(resolved)
    if (!existing) refuseNested(resolved, sources.all())
    const { include, exclude } = options
    if (existing) sources.update(existing.id, { ...(include ? { include } : {}), ...(exclude ? { exclude } : {}) })
    const source =
      existing ??
      sources.add({
        path: resolved,
        name: options.isSample ? 'Sample library' : basename(resolved) || resolved,
        isSample: options.isSample ?? false,
        watched: options.watched,
        include: include ?? [],
        exclude: exclude ?? [],
      })
    this.followSources()
    return source
  }

  /** Queues an index job, unless the same one waits already. @returns the job's id. */
  index(params: IndexParams): number {
    this.requireWritable()
    return this.#waiting('index', params) ?? this.queue.enqueue('index', params).id
  }

  /** Queues text recognition. @returns the job and how many pages it will look at. */
  recognise(fileIds: readonly number[] | undefined): { jobId: number; pages: number } {
    this.requireWritable()
    const documentIds = this.repositories.documents.withMissingText(fileIds)
    const pages = documentIds.reduce((sum, id) => sum + this.repositories.documents.pagesWithoutText(id).length, 0)
    if (pages === 0)
      throw new WorkbenchError('BAD_INPUT', said`No page of these files lacks text. There is nothing to recognise.`)
    return { jobId: this.queue.enqueue('ocr', { documentIds }).id, pages }
  }

  /**
   * Queues making passages searchable by meaning, where some are not yet: with the model in use or, as long as nobody chose,
   * with the one that came with the application. @returns the job's id, undefined when there is nothing to do.
   */
  embedMissing(): number | undefined {
    const { preferredId, registry } = this.models
    const model = preferredId === undefined ? undefined : registry.find(preferredId)
    if (this.readOnly || !model || model.problem !== undefined) return undefined
    const store = this.models.vectors(this.models.keyOf(model))?.store
    const isComplete = store
      ? store.passagesWithoutVector(1).length === 0
      : this.repositories.documents.passageCount() === 0
    return isComplete ? undefined : this.embed(model.id, { activate: true })
  }

  /** Queues giving every passage a vector of a model, unless that waits already. @returns the job's id. */
  embed(modelId: string, options: { activate: boolean }): number {
    this.requireWritable()
    const params: EmbedParams = { modelId, ...options }
    return this.#waiting('embed', params) ?? this.queue.enqueue('embed', params).id
  }

  /** Makes the models that came with the application known; a damaged one must not keep documents from being read. */
  async registerBuiltIn(): Promise<void> {
    try {
      await this.models.registry.registerBuiltIn()
    } catch (error) {
      this.platform.logger.warn({ err: error }, 'the model that comes with the application cannot be used')
    }
  }

  /** Threads that background work may use. */
  get threads(): number {
    // A command has the machine to itself; beside a window at least a part of a core stays free for it.
    const share = this.platform.kind === 'cli' ? 1 : this.settings.get().cpuShare
    return Math.max(1, Math.floor(availableParallelism() * share))
  }

  absolutePath(file: FileRecord): string {
    const source = this.repositories.sources.byId(file.sourceId)
    return pathToOpen(source?.path ?? '', file).toString()
  }

  async close(): Promise<void> {
    await this.#watcher.close()
    await this.queue.close()
    this.models.close()
    this.#database.close()
  }

  /** A job of the same kind and parameters that has not started. */
  #waiting(kind: JobKind, params: unknown): number | undefined {
    const wanted = JSON.stringify(params)
    return this.repositories.jobs
      .unfinished()
      .find((job) => job.kind === kind && job.state === 'queued' && JSON.stringify(job.params) === wanted)?.id
  }

  #registerJobs(): void {
    const openPool = (): ExtractionPool =>
      new ExtractionPool({
        launcher: this.platform.launcher,
        size: this.threads,
        memoryCapMiB: MEMORY_CAP_MIB,
      })
    const shared = { ...this.repositories, db: this.db, nearCopies: this.nearCopies }
    this.queue.register(
      new IndexJob({
        ...shared,
        openExtractor: openPool,
        passwords: this.passwords,
        excludeEverywhere: () => this.settings.get().excludeGlobs,
        afterReading: async ({ withoutEmbedding }) => {
          if (this.settings.get().ocrAutomatically && this.repositories.documents.withMissingText(undefined).length > 0)
            this.recognise(undefined)
          if (withoutEmbedding) return
          await this.registerBuiltIn()
          this.embedMissing()
        },
      }),
    )
    this.queue.register(
      new OcrJob({
        ...shared,
        openRecogniser: () => new OcrPool({ launcher: this.platform.launcher, size: this.threads }),
        passwords: this.passwords,
      }),
    )
    this.queue.register(
      new EmbedJob({
        db: this.db,
        models: this.models,
        reports: this.repositories.vectorIndexes,
        onChange: () => this.changes.emit(),
      }),
    )
    this.queue.register(this.training)
    this.queue.register(new EvaluateJob({ ...this.evaluation, evaluations: this.repositories.evaluations }))
    this.queue.register(new DevSetJob({ ...this.evaluation, devSets: this.repositories.devSets }))
  }
}

function createRepositories(db: LibraryDatabase['db']) {
  return {
    sources: new SourceRepository(db),
    files: new FileRepository(db),
    fileTable: new FileTable(db),
    documents: new DocumentRepository(db),
    nearCopies: new NearCopyRepository(db),
    facts: new LibraryFacts(db),
    jobs: new JobRepository(db),
    settings: new SettingRepository(db),
    searches: new SearchRepository(db),
    vectorIndexes: new VectorIndexReports(db),
    evaluations: new EvaluationRepository(db),
    devSets: new DevSetRepository<DevSetReport>(db),
    trainingRuns: new TrainingRunRepository(db),
    trainingPoints: new TrainingPointRepository(db),
    trainingEvents: new TrainingEventRepository(db),
  }
}

/** The same files in two sources would be listed twice and watched twice. */
function refuseNested(path: string, sources: readonly Source[]): void {
  const within = (inner: string, outer: string): boolean => inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)
  const outer = sources.find((source) => within(path, source.path))
  if (outer)
    throw new WorkbenchError('BAD_INPUT', said`${path} is inside ${outer.path}, which is in the library already.`)
  const inner = sources.find((source) => within(source.path, path))
  if (inner)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${inner.path} is inside ${path} and in the library already. Remove it first.`,
    )
}
