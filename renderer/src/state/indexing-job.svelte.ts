import type { Job, JobKind } from '../../../electron/contracts/jobs.ts'
import { isUnfinished, type Jobs } from './jobs.svelte.ts'

/** A job shorter than this never shows: one changed file must not push the table down and up again. */
const SHORT_MS = 1_500

const KINDS: readonly JobKind[] = ['index', 'ocr', 'embed']

/**
 * Which job the Library's progress card shows: the first unfinished one that works on files. When it ends the card stays,
 * as it ended, until it is dismissed or another job begins: nothing moves away under a person's eyes.
 */
export class IndexingJob {
  #dismissed = $state.raw<number | null>(null)
  #seen: Job | undefined
  /** When each unfinished job began, or was first seen where the clock of the services' machine is ahead of this one's. */
  readonly #since = new Map<number, number>()
  readonly #jobs: Jobs
  readonly #now: () => number

  constructor(jobs: Jobs, now: () => number = Date.now) {
    this.#jobs = jobs
    this.#now = now
  }

  readonly job: Job | undefined = $derived.by(() => {
    const recent = this.#jobs.recent.filter((job) => KINDS.includes(job.kind))
    const unfinished = recent.filter(isUnfinished)
    for (const job of unfinished) {
      if (!this.#since.has(job.id)) this.#since.set(job.id, Math.min(this.#now(), job.startedAt ?? Infinity))
    }
    const lasting = unfinished.filter((job) => this.#now() - (this.#since.get(job.id) ?? 0) >= SHORT_MS)
    const seen = this.#seen
    const current = lasting.find((job) => job.state === 'running') ?? lasting[0]
    const shown =
      current ?? recent.find((job) => job.id === seen?.id) ?? (seen && !isUnfinished(seen) ? seen : undefined)
    this.#seen = shown
    return shown?.id === this.#dismissed ? undefined : shown
  })

  dismiss(): void {
    this.#dismissed = this.job?.id ?? null
  }
}
