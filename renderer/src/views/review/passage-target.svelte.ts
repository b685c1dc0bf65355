import type { ReviewItem, ReviewNegative } from '../../../../electron/contracts/curation.ts'

/** What the grades go to: the pair itself, or one of the passages that should not answer. */
export class PassageTarget {
  /** undefined: nothing was chosen since the pair came. */
  #chosen = $state.raw<number | null | undefined>(undefined)
  readonly #item: () => ReviewItem | undefined
  readonly #forSuspects: () => boolean

  /** @param forSuspects the queue is about passages that may be answers: then a pair begins with the first without a grade */
  constructor(item: () => ReviewItem | undefined, forSuspects: () => boolean) {
    this.#item = item
    this.#forSuspects = forSuspects
  }

  /** Passages to step through: blind, nobody is told which of them are suspected. */
  readonly #steps: readonly ReviewNegative[] = $derived.by(() => {
    const all = this.#item()?.negatives ?? []
    const suspects = this.#forSuspects() ? all.filter(({ mined }) => mined?.suspect) : []
    return suspects.length > 0 ? suspects : all
  })
  readonly #first: number | null = $derived.by(() =>
    this.#forSuspects()
      ? (this.#steps.find(({ decision }) => (decision?.grade ?? null) === null)?.textId ?? null)
      : null,
  )
  /** null: the pair itself. */
  readonly textId: number | null = $derived.by(() => (this.#chosen === undefined ? this.#first : this.#chosen))
  readonly passage: ReviewNegative | undefined = $derived.by(() =>
    this.#item()?.negatives.find(({ textId }) => textId === this.textId),
  )

  reset(): void {
    this.#chosen = undefined
  }

  choose(textId: number | null): void {
    this.#chosen = textId
  }

  /** On to the next passage; from the last one back to the pair. @returns whether there was a next one */
  next(): boolean {
    return this.#step(1)
  }
  previous(): boolean {
    return this.#step(-1)
  }

  #step(direction: 1 | -1): boolean {
    const ids = this.#steps.map(({ textId }) => textId)
    const at = this.textId === null ? (direction === 1 ? -1 : ids.length) : ids.indexOf(this.textId)
    this.#chosen = ids[at + direction] ?? null
    return this.#chosen !== null
  }
}
