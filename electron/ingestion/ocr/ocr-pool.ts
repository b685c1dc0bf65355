/** Recognises pages in worker processes, as many at a time as there are workers. */
import { said, type Wording } from '../../contracts/wording.ts'
import type { WorkerLauncher, WorkerProcess } from '../../platform/worker-launcher.ts'
import type { PageText } from '../../text/page.ts'
import { ExtractionError } from '../extraction/extraction-error.ts'
import type { OcrEngine } from './ocr-engines.ts'
import type { OcrReply, OcrRequest, RecogniseRequest } from './protocol.ts'
import { OcrUnavailableError } from './recognise-image.ts'

export interface OcrPoolOptions {
  readonly launcher: WorkerLauncher
  /** Pages recognised at the same time; each takes a processor core for seconds. */
  readonly size: number
  /** Longest time for one page, opening the file included. Default 3 minutes. */
  readonly pageCapMs?: number
}

export interface RecogniseOptions {
  /** Tesseract's codes, English unless given. */
  readonly languages?: readonly string[]
  readonly engine?: OcrEngine['kind']
  readonly password?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** V8's heap; page images and the WebAssembly memory of tesseract.js (about 150 MB) come on top. */
const MAX_HEAP_MIB = 512
const GRACE_MS = 500
/** A page whose process ended gets another one, once. */
const DEATHS_ALLOWED = 2

interface Task {
  readonly request: RecogniseRequest
  readonly signal: AbortSignal | undefined
  readonly resolve: (page: PageText) => void
  readonly reject: (error: unknown) => void
  /** Processes that ended while they worked on this page. */
  deaths: number
}

interface OcrWorker {
  readonly process: WorkerProcess<OcrRequest, OcrReply>
  readonly exited: Promise<void>
  task: Task | undefined
  /** Why the pool ended it. */
  verdict: unknown
}

export class OcrPool implements AsyncDisposable {
  readonly size: number
  readonly #launcher: WorkerLauncher
  readonly #pageCapMs: number
  readonly #queue: Task[] = []
  readonly #workers = new Set<OcrWorker>()
  #closed = false

  constructor({ launcher, size, pageCapMs = 180_000 }: OcrPoolOptions) {
    this.size = Math.max(1, size)
    this.#launcher = launcher
    this.#pageCapMs = pageCapMs
  }

  /**
   * Pages of one file should follow each other: a worker keeps the last file open.
   * @param pageNumber 1-based
   * @returns the page with `source: 'ocr'`, its boxes in points and its mean word confidence
   * @throws OcrUnavailableError when no engine has the languages, ExtractionError when the page cannot be read
   */
  recognisePage(path: string | Buffer, pageNumber: number, options: RecogniseOptions = {}): Promise<PageText> {
    const { languages = ['eng'], engine, password, signal } = options
    if (this.#closed) return Promise.reject(new Error('The OCR pool is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    const { promise, resolve, reject } = Promise.withResolvers<PageText>()
    const task: Task = {
      request: { kind: 'recognise', path, page: pageNumber, languages, engine, password },
      signal,
      resolve,
      reject,
      deaths: 0,
    }
    const onAbort = (): void => this.#cancel(task)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#queue.push(task)
    this.#dispatch()
    return promise.finally(() => signal?.removeEventListener('abort', onAbort))
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new Error('The OCR pool was closed')
    for (const task of this.#queue.splice(0)) task.reject(error)
    for (const worker of this.#workers) this.#end(worker, error)
    await Promise.all([...this.#workers].map((worker) => worker.exited))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Recognition cannot be interrupted inside the engine, so the process goes; the next page starts a new one. */
  #cancel(task: Task): void {
    const index = this.#queue.indexOf(task)
    if (index >= 0) {
      this.#queue.splice(index, 1)
      task.reject(task.signal?.reason)
      return
    }
    for (const worker of this.#workers) if (worker.task === task) this.#end(worker, task.signal?.reason)
  }

  /** Asked to stop, a worker ends the engine's process first; the kill is for one that does not answer. */
  #end(worker: OcrWorker, verdict: unknown): void {
    if (worker.verdict !== undefined) return
    worker.verdict = verdict
    worker.process.post({ kind: 'stop' })
    const timer = setTimeout(() => worker.process.kill(), GRACE_MS)
    void worker.exited.then(() => clearTimeout(timer))
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const worker = this.#freeWorker()
      if (!worker) return
      this.#run(worker, this.#queue.shift() as Task)
    }
  }

  #freeWorker(): OcrWorker | undefined {
    for (const worker of this.#workers) if (!worker.task && worker.verdict === undefined) return worker
    if (this.#workers.size >= this.size) return undefined
    const process = this.#launcher.launch<OcrRequest, OcrReply>('ocr', { label: 'dmr ocr', maxHeapMiB: MAX_HEAP_MIB })
    const { promise: exited, resolve } = Promise.withResolvers<void>()
    const worker: OcrWorker = { process, exited, task: undefined, verdict: undefined }
    process.onMessage((reply) => this.#receive(worker, reply))
    process.onExit(({ code, signal }) => {
      this.#workers.delete(worker)
      this.#settleDeath(worker, signal ?? `exit code ${code}`)
      resolve()
      this.#dispatch()
    })
    this.#workers.add(worker)
    return worker
  }

  #settleDeath({ task, verdict }: OcrWorker, how: string): void {
    if (!task) return
    if (verdict !== undefined) task.reject(verdict)
    else if (++task.deaths < DEATHS_ALLOWED && !this.#closed) this.#queue.unshift(task)
    else task.reject(new ExtractionError('CRASHED', crashReason(task, how)))
  }

  #run(worker: OcrWorker, task: Task): void {
    worker.task = task
    const { page } = task.request
    const timer = setTimeout(() => {
      const reason = said`Recognising page ${page} took longer than ${Math.round(this.#pageCapMs / 1_000)} s`
      if (worker.task === task) this.#end(worker, new ExtractionError('TIME_LIMIT', reason))
    }, this.#pageCapMs)
    timer.unref()
    worker.process.post(task.request)
  }

  #receive(worker: OcrWorker, reply: OcrReply): void {
    const { task } = worker
    worker.task = undefined
    if (reply.kind === 'page') task?.resolve(reply.page)
    else if (reply.kind === 'failed') task?.reject(ExtractionError.fromFailure(reply.failure))
    else task?.reject(new OcrUnavailableError(reply.reason))
    this.#dispatch()
  }
}

function crashReason({ request }: Task, how: string): Wording {
  return said`The recognition process ended on page ${request.page} (${how}), twice`
}
