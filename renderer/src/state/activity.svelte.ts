import type { Job, JobEvent } from '../../../electron/contracts/jobs.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'
import { worded } from '../strings/index.ts'
import { inWindowLanguage, isUnfinished, type Jobs } from './jobs.svelte.ts'

/** The jobs of now and before, and the log of the one that is open. */
export class Activity {
  #past = $state.raw<readonly Job[]>([])
  #loaded = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #events = $state.raw<readonly JobEvent[] | null>(null)
  #eventsOf: number | null = null
  readonly #client: Client
  readonly #jobs: Jobs

  constructor(client: Client, jobs: Jobs) {
    this.#client = client
    this.#jobs = jobs
  }

  get unfinished(): readonly Job[] {
    return this.#jobs.unfinished
  }

  /** Ended jobs, the latest first; what ended a moment ago comes from the live list. */
  readonly past: readonly Job[] = $derived.by(() => {
    const live = new Map(this.#jobs.recent.map((job) => [job.id, job]))
    const fresh = [...live.values()].filter((job) => !this.#past.some((one) => one.id === job.id))
    return [...fresh, ...this.#past.map((job) => live.get(job.id) ?? job)]
      .filter((job) => !isUnfinished(job))
      .toSorted((a, b) => (b.endedAt ?? b.createdAt) - (a.endedAt ?? a.createdAt))
  })

  get loaded(): boolean {
    return this.#loaded
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Log of the open job; null until it is read. */
  get events(): readonly JobEvent[] | null {
    return this.#events
  }

  find(id: number): Job | undefined {
    return this.#jobs.recent.find((job) => job.id === id) ?? this.#past.find((job) => job.id === id)
  }

  async load(): Promise<void> {
    try {
      this.#past = (await this.#client.jobs.list({})).map(inWindowLanguage)
      this.#problem = null
      this.#loaded = true
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  async loadEvents(id: number): Promise<void> {
    if (this.#eventsOf !== id) this.#events = null
    this.#eventsOf = id
    try {
      const events = await this.#client.jobs.events({ id })
      if (this.#eventsOf === id)
        this.#events = events.map((event) => ({ ...event, text: worded(event.text, event.wording) }))
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** Pauses, resumes or cancels; a refusal is shown on the view. */
  async ask(work: Promise<void>): Promise<void> {
    try {
      await work
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
