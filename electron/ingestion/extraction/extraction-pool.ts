/** Reads files in worker processes, as many at a time as there are workers, and survives whatever a file does to one. */
import { residentBytes } from '../../platform/resident-bytes.ts'
import type { WorkerLauncher } from '../../platform/worker-launcher.ts'
import type { ExtractedDocument } from '../../text/extracted-document.ts'
import { ExtractionError } from './extraction-error.ts'
import { ExtractionWorker, type ExtractOptions, type WorkerLimits } from './extraction-worker.ts'

export interface ExtractionPoolOptions {
  readonly launcher: WorkerLauncher
  /** Worker processes at most; they start when files arrive. */
  readonly size: number
  /** A worker that holds more is ended, and its file fails. Default 640 MiB. */
  readonly memoryCapMiB?: number
  /** Longest time for one file. Default 30 minutes. */
  readonly timeCapMs?: number
  /** Longest time for opening a file, for one page, and for the work after the last page. Default 60 s. */
  readonly pageCapMs?: number
  /** How long a cancelled worker may take to stop by itself before it is ended. Default 2 s. */
  readonly graceMs?: number
  /** A worker is replaced after this many files. Default 250. */
  readonly filesPerWorker?: number
}

interface Task {
  readonly path: string | Buffer
  readonly options: ExtractOptions
  readonly resolve: (document: ExtractedDocument) => void
  readonly reject: (error: unknown) => void
  /** Workers that died over this file. */
  deaths: number
}

const DEATHS_ALLOWED = 2

export class ExtractionPool implements AsyncDisposable {
  readonly size: number
  readonly #launcher: WorkerLauncher
  readonly #limits: WorkerLimits
  readonly #queue: Task[] = []
  readonly #workers = new Set<ExtractionWorker>()
  #closed = false

  constructor(options: ExtractionPoolOptions) {
    this.size = Math.max(1, options.size)
    this.#launcher = options.launcher
    this.#limits = {
      memoryCapMiB: options.memoryCapMiB ?? 640,
      timeCapMs: options.timeCapMs ?? 30 * 60_000,
      pageCapMs: options.pageCapMs ?? 60_000,
      graceMs: options.graceMs ?? 2_000,
      filesPerWorker: options.filesPerWorker ?? 250,
    }
  }

  /** Process ids of the living workers. */
  get pids(): readonly number[] {
    return [...this.#workers].flatMap((worker) => worker.pid ?? [])
  }

  /**
   * Files are taken in the order of the calls; biggest first keeps the processes busy to the end.
   * @throws ExtractionError when the file cannot be read, the signal's reason when it was cancelled
   */
  extract(path: string | Buffer, options: ExtractOptions = {}): Promise<ExtractedDocument> {
    if (this.#closed) return Promise.reject(new Error('The extraction pool is closed'))
    if (options.signal?.aborted) return Promise.reject(options.signal.reason as Error)
    const { promise, resolve, reject } = Promise.withResolvers<ExtractedDocument>()
    const task: Task = { path, options, resolve, reject, deaths: 0 }
    const onAbort = (): void => this.#dequeue(task)
    options.signal?.addEventListener('abort', onAbort, { once: true })
    this.#queue.push(task)
    this.#dispatch()
    return promise.finally(() => options.signal?.removeEventListener('abort', onAbort))
  }

  /** Ends all workers. Files under way and files that wait are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    const error = new Error('The extraction pool was closed')
    for (const task of this.#queue.splice(0)) task.reject(error)
    await Promise.all([...this.#workers].map((worker) => worker.end()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #dequeue(task: Task): void {
    const index = this.#queue.indexOf(task)
    if (index < 0) return
    this.#queue.splice(index, 1)
    task.reject(task.options.signal?.reason)
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const worker = this.#freeWorker()
      if (!worker) return
      void this.#run(worker, this.#queue.shift() as Task)
    }
  }

  #freeWorker(): ExtractionWorker | undefined {
    for (const worker of this.#workers) if (!worker.isBusy && !worker.isSpent) return worker
    if (this.#workers.size >= this.size) return undefined
    const worker = new ExtractionWorker(this.#launcher, this.#limits, residentBytes)
    this.#workers.add(worker)
    return worker
  }

  async #run(worker: ExtractionWorker, task: Task): Promise<void> {
    try {
      task.resolve(await worker.extract(task.path, task.options))
    } catch (error) {
      this.#settleFailure(task, error)
    }
    if (worker.isSpent) {
      // Counted as gone only when it is, so that there are never more processes than allowed.
      await worker.end()
      this.#workers.delete(worker)
    }
    this.#dispatch()
  }

  /** A death may be the fault of what the worker read before, so the file gets a second worker of its own. */
  #settleFailure(task: Task, error: unknown): void {
    const died = error instanceof ExtractionError && (error.code === 'CRASHED' || error.code === 'MEMORY_LIMIT')
    if (died && ++task.deaths < DEATHS_ALLOWED && !this.#closed && !task.options.signal?.aborted) {
      this.#queue.unshift(task)
      return
    }
    task.reject(error)
  }
}
