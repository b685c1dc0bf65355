import type { Database } from 'better-sqlite3'
import type { JobContext, JobHandler } from '../jobs/index.ts'
import type { FileState, Source } from '../contracts/library.ts'
import { said, type Wording } from '../contracts/wording.ts'
import { WorkbenchError, textOf } from '../contracts/errors.ts'
import type { DocumentRepository, FileRepository, SourceRepository } from '../storage/index.ts'
import { applyScan } from './apply-scan.ts'
import type { NearCopyFinder } from './near-copies.ts'
import { FileReader, type DocumentExtractor } from './read-files.ts'

export interface IndexParams {
  /** Sources to look through for changes; absent: all. Files that wait are read whatever source they are in. */
  readonly sourceIds?: readonly number[]
  /** Only read what waits, without looking for changes. */
  readonly withoutScan?: boolean
  /** Leave what was read to keyword search. */
  readonly withoutEmbedding?: boolean
}

export interface IndexResult {
  readonly files: Record<'total' | 'unchanged' | 'removed' | FileState, number>
  readonly pages: number
  readonly passages: number
  readonly seconds: number
}

export interface IndexJobDependencies {
  readonly db: Database
  readonly sources: SourceRepository
  readonly files: FileRepository
  readonly documents: DocumentRepository
  readonly nearCopies: NearCopyFinder
  /** Starts the extraction processes when there is something to read; they end with the job. */
  openExtractor(): DocumentExtractor & { close(): Promise<void> }
  readonly passwords: ReadonlyMap<number, string>
  excludeEverywhere(): readonly string[]
  /** Called when everything that waited was read. */
  afterReading(params: IndexParams): Promise<void>
}

/** Looks through the sources for changes and reads what is new: the job behind "Add folder", watching and `dmr index`. */
export class IndexJob implements JobHandler<IndexParams, IndexResult> {
  readonly kind = 'index'
  readonly lane = 'ingest'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: IndexJobDependencies

  constructor(dependencies: IndexJobDependencies) {
    this.#deps = dependencies
  }

  title(params: IndexParams): Wording {
    const [only] = params.sourceIds ?? []
    const source = params.sourceIds?.length === 1 && only !== undefined ? this.#deps.sources.byId(only) : undefined
    return source ? said`Add ${source.name}` : said`Update the library`
  }

  async run(context: JobContext<IndexParams>): Promise<IndexResult> {
    const started = performance.now()
    const { db, files, documents, nearCopies } = this.#deps
    files.requeueInterrupted()
    const progress = new IndexProgress(context)
    const counts: Record<string, number> = { total: 0, unchanged: 0, removed: 0 }
    if (!context.params.withoutScan) await this.#scanAll(context, progress, counts)
    progress.startReading(files.countWaiting())
    if (progress.filesTotal > 0) await this.#readAll(context, progress, counts)
    context.signal.throwIfAborted()
    db.transaction(() => {
      documents.removeOrphans()
      this.#promoteLoneDuplicates()
      nearCopies.settle()
    }).immediate()
    progress.finish()
    await this.#deps.afterReading(context.params)
    return {
      files: counts as IndexResult['files'],
      pages: progress.pagesRead,
      passages: documents.passageCount(),
      seconds: (performance.now() - started) / 1_000,
    }
  }

  async #scanAll(
    context: JobContext<IndexParams>,
    progress: IndexProgress,
    counts: Record<string, number>,
  ): Promise<void> {
    const { sources } = this.#deps
    const wanted = sources
      .all()
      .filter((source) => !source.paused && (context.params.sourceIds?.includes(source.id) ?? true))
    for (const source of wanted) {
      context.signal.throwIfAborted()
      const outcome = await this.#scan(source, context, progress)
      if (!outcome) continue
      counts['total']! += outcome.total
      counts['unchanged']! += outcome.unchanged
      counts['removed']! += outcome.removed
      counts['excluded'] = (counts['excluded'] ?? 0) + outcome.excluded
      counts['unsupported'] = (counts['unsupported'] ?? 0) + outcome.unsupported
      for (const { path, reason } of outcome.unreadable) context.log('warning', said`${path}: ${reason}`)
    }
  }

  async #scan(source: Source, context: JobContext<IndexParams>, progress: IndexProgress) {
    const { db, files, sources } = this.#deps
    try {
      const outcome = await applyScan(db, files, source, {
        excludeEverywhere: this.#deps.excludeEverywhere(),
        signal: context.signal,
        onProgress: (found) => progress.scanned(source.name, found),
      })
      if (!source.available) sources.update(source.id, { available: true })
      return outcome
    } catch (error) {
      if (!(error instanceof WorkbenchError && error.code === 'FOLDER_UNREADABLE')) throw error
      sources.update(source.id, { available: false })
      context.log('warning', said`${textOf(error)} What was indexed from it stays searchable.`)
      return undefined
    }
  }

  async #readAll(
    context: JobContext<IndexParams>,
    progress: IndexProgress,
    counts: Record<string, number>,
  ): Promise<void> {
    const extractor = this.#deps.openExtractor()
    try {
      await new FileReader({ ...this.#deps, extractor }).readWaiting({
        signal: context.signal,
        onFile: (file) => progress.reading(file.path),
        onPages: (pages) => progress.readPages(pages),
        onDone: (file, state, reason) => {
          counts[state] = (counts[state] ?? 0) + 1
          progress.readFile(state)
          if (state !== 'indexed' && state !== 'duplicate')
            context.log('warning', said`${file.path}: ${reason ?? state}`)
        },
      })
    } finally {
      await extractor.close()
    }
  }

  /** A duplicate whose twin was removed is the document now. */
  #promoteLoneDuplicates(): void {
    this.#deps.db.exec(`
      UPDATE file SET state = 'indexed', reason = NULL, reason_wording = NULL
      WHERE state = 'duplicate' AND NOT EXISTS (
        SELECT 1 FROM file AS other WHERE other.document_id = file.document_id AND other.state <> 'duplicate')
      AND id = (SELECT min(id) FROM file AS twin WHERE twin.document_id = file.document_id)`)
  }
}

/** What people see of an index job: looking for files, then files and pages read. */
class IndexProgress {
  readonly #context: JobContext<IndexParams>
  #found = 0
  #scanDone = false
  #filesDone = 0
  #failed = 0
  #current = ''
  filesTotal = 0
  pagesRead = 0

  constructor(context: JobContext<IndexParams>) {
    this.#context = context
    this.#report()
  }

  scanned(sourceName: string, found: number): void {
    this.#found = Math.max(this.#found, found)
    this.#current = sourceName
    this.#report()
  }

  startReading(files: number): void {
    this.#scanDone = true
    this.filesTotal = files
    this.#report()
  }

  reading(path: string): void {
    this.#current = path
    this.#report()
  }

  readPages(pages: number): void {
    this.pagesRead += pages
    this.#report()
  }

  readFile(state: FileState): void {
    this.#filesDone += 1
    this.filesTotal = Math.max(this.filesTotal, this.#filesDone)
    if (state !== 'indexed' && state !== 'duplicate') this.#failed += 1
    this.#report()
  }

  finish(): void {
    this.#current = ''
    this.#report()
  }

  #report(): void {
    this.#context.report({
      stages: [
        { name: said`Find files`, unit: 'files', done: this.#found, total: this.#scanDone ? this.#found : null },
        {
          name: said`Read files`,
          unit: 'files',
          done: this.#filesDone,
          total: this.#scanDone ? this.filesTotal : null,
        },
        { name: said`Read pages`, unit: 'pages', done: this.pagesRead, total: null },
      ],
      current: this.#current,
      itemsFailed: this.#failed,
    })
  }
}
