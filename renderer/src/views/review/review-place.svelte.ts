import type { QueueOrder, ReviewFilter } from '../../../../electron/contracts/curation.ts'
import type { ParamChanges, Router } from '../../state/router.svelte.ts'
import { orderFromParams, orderToParams, reviewFilterFromParams, reviewFilterToParams } from './review-filters.ts'

export const REVIEW_TABS = ['queue', 'disagreements', 'agreement', 'packages'] as const
export type ReviewTab = (typeof REVIEW_TABS)[number]

/** What of the Review view stands in the address: which part of it, which pairs, in which order. */
export class ReviewPlace {
  readonly #router: Router

  constructor(router: Router) {
    this.#router = router
  }

  get #params(): Readonly<Record<string, string>> {
    return this.#router.paramsOf('review')
  }

  readonly tab: ReviewTab = $derived.by(() => REVIEW_TABS.find((tab) => tab === this.#params['tab']) ?? 'queue')
  readonly filter: ReviewFilter = $derived.by(() => reviewFilterFromParams(this.#params))
  readonly order: QueueOrder = $derived.by(() => orderFromParams(this.#params))

  setFilter(filter: ReviewFilter): void {
    this.#set(reviewFilterToParams(filter))
  }
  setOrder(order: QueueOrder): void {
    this.#set(orderToParams(order))
  }
  goTo(tab: ReviewTab): void {
    this.#set({ tab: tab === 'queue' ? null : tab })
  }

  /** From another view, such as by the button of a message, it is a way to here. */
  #set(changes: ParamChanges): void {
    if (this.#router.view === 'review') this.#router.set(changes)
    else this.#router.go('review', { ...this.#params, ...changes })
  }
}
