import type { Job, JobKind, JobState } from '../contracts/jobs.ts'
import { textOf, WorkbenchError } from '../contracts/errors.ts'
import { said, Wording, type Text } from '../contracts/wording.ts'
import type { Logger } from '../platform/logger.ts'
import type { JobRecord, JobRepository } from '../storage/index.ts'
import type { JobHandler } from './job-handler.ts'
import { ProgressKeeper } from './progress-keeper.ts'

/** Finished jobs stay in the watched list this long, so that people see how they ended. */
const SHOWN_AFTER_END_MS = 60_000

type Interruption = 'pause' | 'cancel' | 'shutdown'

interface Running {
  readonly controller: AbortController
  readonly progress: ProgressKeeper
  interruption: Interruption | undefined
}

/**
 * Runs jobs from the job table, one at a time in each lane, and survives restarts: the table is the only truth, memory
 * holds just what is running now.
 */
export class JobQueue {
  readonly #jobs: JobRepository
  readonly #logger: Logger
  readonly #explain: (error: unknown) => unknown
  readonly #handlers = new Map<JobKind, JobHandler>()
  readonly #running = new Map<number, Running>()
  readonly #listeners = new Set<() => void>()
  readonly #idle = new Set<() => void>()
  /** Messages of failures that a full disk kept out of the job table, where their jobs are still "running". */
  readonly #unstored = new Map<number, Text>()
  #closed = false

  /** @param explain turns what went wrong below a job into words for people; what it cannot explain it gives back */
  constructor(jobs: JobRepository, logger: Logger, explain: (error: unknown) => unknown = (error) => error) {
    this.#jobs = jobs
    this.#logger = logger
    this.#explain = explain
  }

  register<Params, Result>(handler: JobHandler<Params, Result>): void {
    this.#handlers.set(handler.kind, handler as JobHandler)
  }

  /** Takes up what an earlier process left unfinished. Call once, after all handlers are registered. */
  recover(): void {
    for (const job of this.#jobs.unfinished()) {
      if (job.state !== 'running') continue
      if (this.#handlers.get(job.kind)?.afterRestart === 'resume') this.#jobs.setState(job.id, 'queued')
      else this.#jobs.setState(job.id, 'failed', said`The application ended while this was running. Start it again.`)
    }
    this.#advance()
  }

  enqueue<Params>(kind: JobKind, params: Params): Job {
    const handler = this.#handler(kind)
    const job = this.#jobs.add(kind, handler.title(params), params)
    this.#changed()
    this.#advance()
    return this.#view(this.#jobs.byId(job.id)!)
  }

  /** An unfinished job of this kind, if there is one. */
  unfinishedOf(kind: JobKind): JobRecord | undefined {
    return this.#jobs.unfinished().find((job) => job.kind === kind)
  }

  get(id: number): Job {
    return this.#view(this.#require(id))
  }

  recent(limit: number): Job[] {
    return this.#jobs.recent(limit).map((job) => this.#view(job))
  }

  /** Unfinished jobs and those that ended within the last minute. */
  current(): Job[] {
    const ended = this.#jobs.endedSince(Date.now() - SHOWN_AFTER_END_MS)
    return [...this.#jobs.unfinished(), ...ended].map((job) => this.#view(job))
  }

  pause(id: number): Job {
    const job = this.#require(id)
    if (!this.#handler(job.kind).pausable)
      throw new WorkbenchError('BAD_INPUT', said`"${titleOf(job)}" cannot be paused. Cancel it instead.`)
    if (job.state === 'running') this.#interrupt(id, 'pause')
    if (job.state === 'queued' || job.state === 'running') this.#setState(id, 'paused')
    return this.get(id)
  }

  resume(id: number): Job {
    const job = this.#require(id)
    if (job.state === 'paused' || job.state === 'failed' || job.state === 'cancelled') this.#setState(id, 'queued')
    this.#advance()
    return this.get(id)
  }

  cancel(id: number): Job {
    const job = this.#require(id)
    if (job.state === 'running') this.#interrupt(id, 'cancel')
    if (job.state === 'queued' || job.state === 'paused' || job.state === 'running') this.#setState(id, 'cancelled')
    return this.get(id)
  }

  /** Called after every change; the listener asks for what it needs. @returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Waits for a job to end or to be paused. @returns its result. @throws the job's failure as a WorkbenchError. */
  async result(id: number, signal?: AbortSignal): Promise<unknown> {
    for (;;) {
      const job = this.#require(id)
      if (job.state === 'done') return job.result
      if (job.state === 'cancelled' || job.state === 'paused')
        throw new WorkbenchError('CANCELLED', said`"${titleOf(job)}" was stopped. Run it again to go on.`)
      if (job.state === 'failed')
        throw new WorkbenchError('INTERNAL', messageOf(job) ?? said`"${titleOf(job)}" failed.`)
      if (signal?.aborted) this.cancel(id)
      else await this.#nextChange(signal)
    }
  }

  /** Interrupts what is running, keeping it resumable, and waits until it has ended. */
  async close(): Promise<void> {
    this.#closed = true
    for (const id of this.#running.keys()) this.#interrupt(id, 'shutdown')
    while (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve))
  }

  #advance(): void {
    if (this.#closed) return
    const busy = new Set([...this.#running.keys()].map((id) => this.#handler(this.#require(id).kind).lane))
    for (const job of this.#jobs.unfinished()) {
      if (job.state !== 'queued' || this.#running.has(job.id)) continue
      const handler = this.#handler(job.kind)
      if (busy.has(handler.lane)) continue
      busy.add(handler.lane)
      void this.#run(job, handler)
    }
  }

  async #run(job: JobRecord, handler: JobHandler): Promise<void> {
    const progress = new ProgressKeeper((snapshot) => {
      try {
        this.#jobs.setProgress(job.id, snapshot)
      } catch (error) {
        // Called by a timer, where nobody could catch it. A full disk stops the job itself at its next write.
        this.#logger.warn({ err: error, job: job.id }, 'the progress of a job could not be stored')
      }
      this.#changed()
    })
    const running: Running = { controller: new AbortController(), progress, interruption: undefined }
    this.#running.set(job.id, running)
    try {
      this.#setState(job.id, 'running')
      const result = await handler.run({
        jobId: job.id,
        params: job.params,
        signal: running.controller.signal,
        report: (update) => progress.report(update),
        log: (level, text) => this.#jobs.addEvent(job.id, level, text),
      })
      progress.flush()
      if (running.interruption === undefined) {
        this.#jobs.setResult(job.id, result)
        this.#setState(job.id, 'done')
      }
    } catch (error) {
      progress.flush()
      if (running.interruption === undefined) this.#fail(job, this.#explain(error))
    } finally {
      progress.close()
      this.#running.delete(job.id)
      for (const resolve of this.#idle) resolve()
      this.#idle.clear()
      if (!this.#closed) {
        this.#changed()
        this.#advance()
      }
    }
  }

  #fail(job: JobRecord, error: unknown): void {
    const message = textOf(error)
    if (!(error instanceof WorkbenchError))
      this.#logger.error({ err: error, job: job.id, kind: job.kind }, 'job failed')
    try {
      this.#jobs.addEvent(job.id, 'error', message)
      this.#setState(job.id, 'failed', message)
    } catch (storageError) {
      // A full disk takes the job table with it: the job stays "running" there and is taken up again at the next start.
      this.#unstored.set(job.id, message)
      this.#changed()
      this.#logger.error({ err: storageError, job: job.id }, 'the failure of a job could not be stored')
    }
  }

  #interrupt(id: number, interruption: Interruption): void {
    const running = this.#running.get(id)
    if (!running) return
    running.interruption = interruption
    running.controller.abort(new WorkbenchError('CANCELLED', said`Stopped.`))
  }

  #setState(id: number, state: JobState, message?: Text): void {
    this.#jobs.setState(id, state, message)
    this.#unstored.delete(id)
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async #nextChange(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.onChange(done)
      signal?.addEventListener('abort', done)
      function done(): void {
        stop()
        signal?.removeEventListener('abort', done)
        resolve()
      }
    })
  }

  #handler(kind: JobKind): JobHandler {
    const handler = this.#handlers.get(kind)
    if (!handler) throw new Error(`no handler is registered for jobs of kind "${kind}"`)
    return handler
  }

  #require(id: number): JobRecord {
    const job = this.#jobs.byId(id)
    if (!job) throw new WorkbenchError('NOT_FOUND', said`There is no job ${id}.`)
    return this.#asEnded(job)
  }

  #asEnded(job: JobRecord): JobRecord {
    const message = this.#unstored.get(job.id)
    if (message === undefined) return job
    const messageWording = message instanceof Wording ? message.toJSON() : null
    return { ...job, state: 'failed', message: String(message), messageWording }
  }

  #view(job: JobRecord): Job {
    const { params: _params, result: _result, ...shown } = this.#asEnded(job)
    return { ...shown, pausable: this.#handlers.get(job.kind)?.pausable ?? false }
  }
}

function titleOf({ title, titleWording }: JobRecord): Text {
  return titleWording ? Wording.from(titleWording) : title
}

function messageOf({ message, messageWording }: JobRecord): Text | null {
  return messageWording ? Wording.from(messageWording) : message
}
