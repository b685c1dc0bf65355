import { SvelteMap } from 'svelte/reactivity'
import type { ReviewItem } from '../../../../electron/contracts/curation.ts'

const KEPT = 60

/** Pairs with everything the view shows, read before they are needed. */
export class ItemShelf {
  readonly #items = new SvelteMap<number, ReviewItem>()
  readonly #reading = new Map<number, Promise<ReviewItem>>()
  readonly #read: (pairId: number) => Promise<ReviewItem>

  /** @param read asks the services */
  constructor(read: (pairId: number) => Promise<ReviewItem>) {
    this.#read = read
  }

  get(pairId: number): ReviewItem | undefined {
    return this.#items.get(pairId)
  }

  /** @throws what the services refused with */
  load(pairId: number): Promise<ReviewItem> {
    const known = this.#items.get(pairId)
    return known === undefined ? (this.#reading.get(pairId) ?? this.reload(pairId)) : Promise.resolve(known)
  }

  /** Asks again, also where an older question is not answered yet; what is there stays until the answer comes. */
  reload(pairId: number): Promise<ReviewItem> {
    const isLatest = (): boolean => this.#reading.get(pairId) === reading
    const reading: Promise<ReviewItem> = this.#read(pairId)
      .then((item) => {
        if (isLatest()) this.set(item)
        return item
      })
      .finally(() => {
        if (isLatest()) this.#reading.delete(pairId)
      })
    this.#reading.set(pairId, reading)
    return reading
  }

  /** Reads what will be needed soon; what cannot be read is asked for again when it is needed. */
  prefetch(pairIds: readonly number[]): void {
    for (const pairId of pairIds) void this.load(pairId).catch(() => undefined)
  }

  set(item: ReviewItem): void {
    this.#items.delete(item.pairId)
    this.#items.set(item.pairId, item)
    const [oldest] = this.#items.keys()
    if (this.#items.size > KEPT && oldest !== undefined) this.#items.delete(oldest)
  }

  change(pairId: number, change: (item: ReviewItem) => ReviewItem): void {
    const item = this.#items.get(pairId)
    if (item !== undefined) this.#items.set(pairId, change(item))
  }

  forget(pairId: number): void {
    this.#items.delete(pairId)
    this.#reading.delete(pairId)
  }

  /** Another judge, or another blindness: all is asked for again, and answers under way are not taken. */
  clear(): void {
    this.#items.clear()
    this.#reading.clear()
  }
}
