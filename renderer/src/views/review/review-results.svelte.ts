import type { ResolutionPolicy, ReviewedDataset } from '../../../../electron/contracts/curation.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { strings } from '../../strings/index.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

/** What comes of reviewing: data sets that hold what was settled; and a language model as one more judge. */
export class ReviewResults {
  policy = $state.raw<ResolutionPolicy>('majority')
  #asking = $state.raw(false)
  #sets = $state.raw<readonly ReviewedDataset[] | null>(null)
  #model = $state.raw<string | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #desk: ReviewDesk

  constructor(desk: ReviewDesk) {
    this.#desk = desk
  }

  /** The dialog that builds data sets is open. */
  get asking(): boolean {
    return this.#asking
  }
  /** What was built; null before. */
  get sets(): readonly ReviewedDataset[] | null {
    return this.#sets
  }
  /** Name of the language model that can rate; null where none is set up. */
  get model(): string | null {
    return this.#model
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  async load(): Promise<void> {
    try {
      this.#model = (await this.#desk.client.curation.rater()).model
    } catch {
      // Then rating is not offered; reviewing works all the same.
    }
  }

  ask(): void {
    this.#sets = null
    this.#problem = null
    this.#asking = true
  }
  close(): void {
    this.#asking = false
  }

  async build(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      await this.#desk.outbox.settled()
      this.#sets = await this.#desk.client.curation.buildDatasets({ policy: this.policy })
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }

  /** Has the language model grade the pairs of the queue's intents, in the background. */
  async rate(): Promise<void> {
    const { client, place, toasts } = this.#desk
    const { intents, suspects } = place.filter
    try {
      await client.curation.rate({ ...(intents ? { intents } : {}), suspects: suspects ?? false })
      toasts.show(strings.review.results.rating)
    } catch (error) {
      this.#desk.fail(error)
    }
  }
}
