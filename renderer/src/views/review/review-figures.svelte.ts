import type { ReviewFilter, ReviewProgress, Decision } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { counted } from './decisions.ts'

type Facets = Awaited<ReturnType<Client['curation']['facets']>>

/** While somebody decides quickly the figures are counted here, and compared with the services' this often. */
const COMPARE_EVERY_MS = 1_500

/** How far the queue is, and what it can be filtered by. */
export class ReviewFigures {
  #progress = $state.raw<ReviewProgress | null>(null)
  #facets = $state.raw<Facets | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Of the present filter without its state; null until the first answer. */
  get progress(): ReviewProgress | null {
    return this.#progress
  }
  /** Values to filter by; null until read. */
  get facets(): Facets | null {
    return this.#facets
  }
  get problem(): Problem | null {
    return this.#problem
  }

  async load(judgeId: number, filter: ReviewFilter): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      this.#progress = await this.#client.curation.progress({ judgeId, filter })
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  async loadFacets(): Promise<void> {
    try {
      this.#facets = await this.#client.curation.facets()
    } catch {
      // Without them the filter menus are short; reviewing works all the same.
    }
  }

  /** A decision that is not known to the services yet. */
  count(before: Decision | null, after: Decision | null): void {
    if (this.#progress !== null) this.#progress = counted(this.#progress, before, after)
  }

  /** Asks again soon; calls until then are one. */
  refresh(judgeId: number, filter: ReviewFilter): void {
    this.#timer ??= setTimeout(() => void this.load(judgeId, filter), COMPARE_EVERY_MS)
  }
}
