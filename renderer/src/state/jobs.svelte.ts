import type { Job } from '../../../electron/contracts/jobs.ts'
import { worded, wordedJob } from '../strings/index.ts'
import type { Client } from '../connection/client.ts'
import { follow } from '../connection/follow.ts'

/** True for jobs that will go on by themselves or when resumed. */
export function isUnfinished(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running' || job.state === 'paused'
}

/**
 * Share of a job that is done, 0 to 1: the mean over its stages, because the units differ. A stage whose total is not
 * known yet counts as not begun.
 */
export function shareDone(job: Job): number {
  if (job.state === 'done') return 1
  if (job.stages.length === 0) return 0
  const sum = job.stages.reduce((total, stage) => total + stageShare(stage), 0)
  return sum / job.stages.length
}

export function stageShare(stage: Job['stages'][number]): number {
  if (stage.total === null) return 0
  return stage.total === 0 ? 1 : Math.min(1, stage.done / stage.total)
}

/** A job whose texts are in the window's language. */
export function inWindowLanguage(job: Job): Job {
  return {
    ...job,
    title: wordedJob(job.kind, job.title, job.titleWording),
    message: job.message && worded(job.message, job.messageWording),
    stages: job.stages.map((stage) => ({ ...stage, name: worded(stage.name, stage.nameWording) })),
  }
}

/** The unfinished jobs and those just ended, live. */
export class Jobs {
  #recent = $state.raw<readonly Job[]>([])
  readonly #client: Client
  readonly #listeners = new Set<(job: Job) => void>()

  constructor(client: Client) {
    this.#client = client
  }

  get recent(): readonly Job[] {
    return this.#recent
  }

  get unfinished(): readonly Job[] {
    return this.#recent.filter(isUnfinished)
  }

  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.jobs.watch(undefined, { signal }),
      (jobs) => this.accept(jobs.map(inWindowLanguage)),
      signal,
    )
  }

  /** Calls back when a job that was seen unfinished has ended; returns what stops it. */
  onended(listener: (job: Job) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  accept(jobs: readonly Job[]): void {
    const wereUnfinished = new Set(this.unfinished.map((job) => job.id))
    this.#recent = jobs
    for (const job of jobs) {
      if (wereUnfinished.has(job.id) && !isUnfinished(job)) for (const listener of this.#listeners) listener(job)
    }
  }

  async pause(id: number): Promise<void> {
    this.#replace(await this.#client.jobs.pause({ id }))
  }

  async resume(id: number): Promise<void> {
    this.#replace(await this.#client.jobs.resume({ id }))
  }

  async cancel(id: number): Promise<void> {
    this.#replace(await this.#client.jobs.cancel({ id }))
  }

  #replace(job: Job): void {
    this.accept(this.#recent.map((one) => (one.id === job.id ? inWindowLanguage(job) : one)))
  }
}
