import type { ReviewItem, ReviewNegative } from '../../../../electron/contracts/curation.ts'

/** What the grades go to: the pair itself, or one of the passages that should not answer. */
export class PassageTarget {
  #textId = $state.raw<number | null>(null)
  readonly #item: () => ReviewItem | undefined

  constructor(item: () => ReviewItem | undefined) {
    this.#item = item
  }

  /** null: the pair itself. */
  get textId(): number | null {
    return this.#textId
  }
  readonly passage: ReviewNegative | undefined = $derived.by(() =>
    this.#item()?.negatives.find(({ textId }) => textId === this.#textId),
  )

  reset(): void {
    this.#textId = null
  }

  choose(textId: number | null): void {
    this.#textId = textId
  }

  /** On to the next passage; from the last one back to the pair. @returns whether there was a next one */
  next(): boolean {
    return this.#step(1)
  }
  previous(): boolean {
    return this.#step(-1)
  }

  #step(direction: 1 | -1): boolean {
    const ids = this.#item()?.negatives.map(({ textId }) => textId) ?? []
    const at = this.#textId === null ? (direction === 1 ? -1 : ids.length) : ids.indexOf(this.#textId)
    this.#textId = ids[at + direction] ?? null
    return this.#textId !== null
  }
}
