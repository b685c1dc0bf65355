/** One worker process and the limits it runs under. */
import type { WorkerExit, WorkerLauncher, WorkerProcess } from '../../platform/worker-launcher.ts'
import { said, type Text, type Wording } from '../../contracts/wording.ts'
import type { ExtractedDocument, ExtractedPage } from '../../text/extracted-document.ts'
import type { PassageDraft } from '../../text/page.ts'
import { ExtractionError } from './extraction-error.ts'
import type { DocumentFacts, ExtractionReply, ExtractionRequest } from './protocol.ts'

export interface WorkerLimits {
  readonly memoryCapMiB: number
  readonly timeCapMs: number
  readonly pageCapMs: number
  readonly graceMs: number
  readonly filesPerWorker: number
}

export interface ExtractOptions {
  readonly password?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((page: number, total: number) => void) | undefined
}

/** The file under way, and what has arrived of it. */
interface Running {
  readonly task: number
  readonly options: ExtractOptions
  readonly resolve: (document: ExtractedDocument) => void
  readonly reject: (error: unknown) => void
  startedAt: number
  readonly pages: ExtractedPage[]
  readonly passages: PassageDraft[]
  lastSignOfLife: number
  page: number
  pageCount: number | undefined
  removeAbortListener: () => void
}

const MIB = 2 ** 20
/** Part of the memory cap that V8's heap may take; the rest is for buffers, code and what pdf.js keeps outside. */
const HEAP_SHARE = 0.75
/** A worker that still holds this share of its cap after a file is replaced. */
const SPENT_SHARE = 0.7
const WATCH_EVERY_MS = 250
const START_CAP_MS = 60_000
/** Looks that come later than this many intervals mean that the computer slept, and the worker with it. */
const LATE_LOOK = 4

export class ExtractionWorker {
  readonly #process: WorkerProcess<ExtractionRequest, ExtractionReply>
  readonly #limits: WorkerLimits
  readonly #residentBytes: (pid: number) => Promise<number | undefined>
  readonly #exited: Promise<void>
  readonly #watchEveryMs: number
  readonly #watch: NodeJS.Timeout
  #lookedAt = performance.now()
  #running: Running | undefined
  /** Why the owner ended the process, when it did. */
  #verdict: unknown
  #hasExited = false
  #isReady = false
  #filesRead = 0
  #lastTask = 0
  #reportedBytes = 0

  constructor(
    launcher: WorkerLauncher,
    limits: WorkerLimits,
    measureResidentBytes: (pid: number) => Promise<number | undefined>,
  ) {
    this.#limits = limits
    this.#residentBytes = measureResidentBytes
    this.#process = launcher.launch('extract', {
      label: 'dmr extract',
      maxHeapMiB: Math.round(limits.memoryCapMiB * HEAP_SHARE),
      sandboxed: true,
    })
    this.#process.onMessage((reply) => this.#receive(reply))
    this.#exited = new Promise((resolve) => {
      this.#process.onExit((exit) => {
        this.#onExit(exit)
        resolve()
      })
    })
    this.#watchEveryMs = Math.min(WATCH_EVERY_MS, limits.pageCapMs / 2)
    this.#watch = setInterval(() => void this.#checkLimits(), this.#watchEveryMs)
    this.#watch.unref()
  }

  get pid(): number | undefined {
    return this.#hasExited ? undefined : this.#process.pid
  }

  get isBusy(): boolean {
    return this.#running !== undefined
  }

  /** Dead, or better replaced before the next file. */
  get isSpent(): boolean {
    return (
      this.#hasExited ||
      this.#verdict !== undefined ||
      this.#filesRead >= this.#limits.filesPerWorker ||
      this.#reportedBytes > this.#limits.memoryCapMiB * MIB * SPENT_SHARE
    )
  }

  extract(path: string | Buffer, options: ExtractOptions): Promise<ExtractedDocument> {
    return new Promise((resolve, reject) => {
      const task = ++this.#lastTask
      const now = performance.now()
      const onAbort = (): void => this.#cancel(task)
      options.signal?.addEventListener('abort', onAbort, { once: true })
      this.#running = {
        task,
        options,
        resolve,
        reject,
        startedAt: now,
        pages: [],
        passages: [],
        lastSignOfLife: now,
        page: 0,
        pageCount: undefined,
        removeAbortListener: () => options.signal?.removeEventListener('abort', onAbort),
      }
      if (this.#hasExited)
        this.#fail(new ExtractionError('CRASHED', said`The reading process ended before it was used`))
      else if (options.signal?.aborted) this.#fail(options.signal.reason)
      else this.#process.post({ kind: 'extract', task, path, password: options.password })
    })
  }

  /** Kills the process and waits until it is gone. */
  async end(): Promise<void> {
    clearInterval(this.#watch)
    this.#verdict ??= new Error('The extraction pool was closed')
    if (!this.#hasExited) this.#process.kill()
    await this.#exited
  }

  #receive(reply: ExtractionReply): void {
    if (reply.kind === 'ready') {
      this.#isReady = true
      if (this.#running) this.#running.lastSignOfLife = performance.now()
      return
    }
    const running = this.#running
    if (running?.task !== reply.task) return
    running.lastSignOfLife = performance.now()
    switch (reply.kind) {
      case 'progress':
        running.page = reply.page
        running.pageCount = reply.pageCount
        this.#reportedBytes = reply.residentBytes
        running.options.onProgress?.(reply.page, reply.pageCount)
        break
      case 'pages':
        running.pages.push(...reply.pages)
        break
      case 'passages':
        running.passages.push(...reply.passages)
        break
      case 'done':
        this.#filesRead++
        this.#reportedBytes = reply.residentBytes
        this.#finish().resolve(documentOf(reply.facts, running))
        break
      case 'failed':
        this.#filesRead++
        this.#fail(ExtractionError.fromFailure(reply.failure))
        break
      case 'cancelled':
        this.#fail(running.options.signal?.reason)
        break
    }
  }

  #finish(): Running {
    const running = this.#running as Running
    this.#running = undefined
    running.removeAbortListener()
    return running
  }

  #fail(error: unknown): void {
    this.#finish().reject(error)
  }

  /** Asks first: a worker that stops between two pages can be used again. */
  #cancel(task: number): void {
    this.#process.post({ kind: 'cancel', task })
    const timer = setTimeout(() => {
      if (this.#running?.task === task) this.#kill(this.#running.options.signal?.reason)
    }, this.#limits.graceMs)
    timer.unref()
  }

  #kill(verdict: unknown): void {
    this.#verdict ??= verdict
    this.#process.kill()
  }

  async #checkLimits(): Promise<void> {
    const running = this.#running
    const now = performance.now()
    const sinceLook = now - this.#lookedAt
    this.#lookedAt = now
    if (!running || this.#verdict !== undefined) return
    if (sinceLook > LATE_LOOK * this.#watchEveryMs) {
      // No file is to blame for the time in which everything stood still.
      running.startedAt += sinceLook
      running.lastSignOfLife += sinceLook
    }
    if (!this.#isReady) {
      // The time a process takes to start is the machine's, not the file's.
      if (now - running.startedAt > START_CAP_MS)
        this.#kill(new Error('The reading process did not start within a minute'))
      return
    }
    if (now - running.lastSignOfLife > this.#limits.pageCapMs) this.#kill(this.#pageTimeout(running))
    else if (now - running.startedAt > this.#limits.timeCapMs) this.#kill(this.#fileTimeout(running))
    const { pid } = this.#process
    const measured = pid === undefined ? undefined : await this.#residentBytes(pid)
    if (measured !== undefined) this.#reportedBytes = measured
    if (this.#running === running && this.#reportedBytes > this.#limits.memoryCapMiB * MIB) {
      this.#kill(this.#outOfMemory(running))
    }
  }

  #onExit(exit: WorkerExit): void {
    this.#hasExited = true
    clearInterval(this.#watch)
    const running = this.#running
    if (!running) return
    if (this.#verdict !== undefined) this.#fail(this.#verdict)
    // A fault of the installation, not of the file; a signal is the machine's doing (memory ran out, a person ended it).
    else if (!this.#isReady && exit.signal === null)
      this.#fail(new Error(`The reading process could not start: ${exit.stderrTail.trim()}`))
    else if (/heap out of memory|Allocation failed|Array buffer allocation/i.test(exit.stderrTail)) {
      this.#fail(this.#outOfMemory(running))
    } else {
      const how = exit.signal ?? said`exit code ${exit.code ?? '?'}`
      const reason = said`The reading process ended ${whereIn(running)} (${how}), twice; the file may be hostile`
      this.#fail(new ExtractionError('CRASHED', reason, { pageCount: running.pageCount, cause: exit.stderrTail }))
    }
  }

  #pageTimeout(running: Running): ExtractionError {
    const seconds = formatSeconds(this.#limits.pageCapMs)
    const { page, pageCount } = running
    const what =
      pageCount === undefined
        ? said`Opening the file`
        : page < pageCount
          ? said`Page ${page + 1}`
          : said`Working on the text`
    return new ExtractionError('TIME_LIMIT', said`${what} took longer than ${seconds}`, { pageCount })
  }

  #fileTimeout(running: Running): ExtractionError {
    const { page, pageCount } = running
    const reached = pageCount === undefined ? '' : said`; page ${page} of ${pageCount} was reached`
    return new ExtractionError(
      'TIME_LIMIT',
      said`The file took longer than ${formatSeconds(this.#limits.timeCapMs)}${reached}`,
      {
        pageCount,
      },
    )
  }

  #outOfMemory(running: Running): ExtractionError {
    return new ExtractionError(
      'MEMORY_LIMIT',
      said`The file needs more than ${this.#limits.memoryCapMiB} MiB of memory ${whereIn(running)}`,
      { pageCount: running.pageCount },
    )
  }
}

function documentOf(facts: DocumentFacts, { pages, passages }: Running): ExtractedDocument {
  return { ...facts, pages, passages, dropped: pages.flatMap((page) => page.dropped) }
}

function whereIn({ page, pageCount }: Running): Wording {
  if (pageCount === undefined) return said`while opening the file`
  return page < pageCount ? said`on page ${page + 1}` : said`after the last page`
}

function formatSeconds(ms: number): Text {
  if (ms < 1_000) return `${ms} ms`
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : said`${Math.round(ms / 60_000)} minutes`
}
