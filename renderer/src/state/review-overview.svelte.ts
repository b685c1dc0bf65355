import type { Client } from '../connection/client.ts'
import { follow } from '../connection/follow.ts'
import { toProblem, type Problem } from '../connection/problem.ts'
import type { Jobs } from './jobs.svelte.ts'
import type { Judges } from './judges.svelte.ts'

type Overview = Awaited<ReturnType<Client['curation']['overview']>>

/** While somebody decides quickly the services count this often, not after every decision. */
const COUNT_EVERY_MS = 1_500

/** How much there is to review, for the rail and the head of the Review view; live. */
export class ReviewOverview {
  #now = $state.raw<Overview | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0
  readonly #client: Client
  readonly #judges: Judges

  constructor(client: Client, judges: Judges, jobs: Pick<Jobs, 'onended'>) {
    this.#client = client
    this.#judges = judges
    // Pairs come from jobs; the log of decisions knows nothing of them.
    jobs.onended((job) => {
      if (job.kind === 'synthesize' || job.kind === 'mine') this.refresh()
    })
  }

  /** null until the first answer. */
  get now(): Overview | null {
    return this.#now
  }
  /** Pairs that wait for whoever judges here; 0 until it is known. */
  get waiting(): number {
    return this.#now?.waiting ?? 0
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Counts for whoever judges here now. */
  async load(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const asked = ++this.#asked
    try {
      if (this.#judges.all === null) await this.#judges.load()
      const judgeId = this.#judges.current?.id
      const now = await this.#client.curation.overview(judgeId === undefined ? {} : { judgeId })
      if (asked !== this.#asked) return
      this.#now = now
      this.#problem = null
    } catch (error) {
      if (asked === this.#asked) this.#problem = toProblem(error)
    }
  }

  /** Counts again soon; calls until then are one. */
  refresh(): void {
    this.#timer ??= setTimeout(() => void this.load(), COUNT_EVERY_MS)
  }

  /** Keeps up with what anybody decides in this library, until the signal. */
  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.curation.watch(undefined, { signal }),
      () => (this.#now === null ? void this.load() : this.refresh()),
      signal,
    )
  }
}
