import type { Job, JobKind } from '../../../electron/contracts/jobs.ts'
import { isUnfinished, type Jobs } from './jobs.svelte.ts'

const KINDS: readonly JobKind[] = ['index', 'ocr', 'embed']

/**
 * Which job the Library's progress card shows: the first unfinished one that works on files. When it ends the card stays,
 * as it ended, until it is dismissed or another job begins: nothing moves away under a person's eyes.
 */
export class IndexingJob {
  #dismissed = $state.raw<number | null>(null)
  #seen: Job | undefined
  readonly #jobs: Jobs

  constructor(jobs: Jobs) {
    this.#jobs = jobs
  }

  readonly job: Job | undefined = $derived.by(() => {
    const recent = this.#jobs.recent.filter((job) => KINDS.includes(job.kind))
    const unfinished = recent.find((job) => job.state === 'running') ?? recent.find(isUnfinished)
    const seen = this.#seen
    const shown =
      unfinished ?? recent.find((job) => job.id === seen?.id) ?? (seen && !isUnfinished(seen) ? seen : undefined)
    this.#seen = shown
    return shown?.id === this.#dismissed ? undefined : shown
  })

  dismiss(): void {
    this.#dismissed = this.job?.id ?? null
  }
}
