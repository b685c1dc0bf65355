type Store = Pick<Storage, 'getItem' | 'setItem'>

const KEY = 'review-settings'
export const PAGE_WIDTH = { usual: 456, min: 320, max: 900 } as const

/** How this window reviews; kept by its profile only. */
export class ReviewSettings {
  #blind = $state.raw(true)
  #moveOn = $state.raw(false)
  #pageWidth = $state.raw<number>(PAGE_WIDTH.usual)
  readonly #storage: Store | undefined

  constructor(storage: Store | undefined = globalThis.localStorage) {
    this.#storage = storage
    try {
      const stored: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}')
      const { blind, moveOn, pageWidth } = stored as Partial<Record<string, unknown>>
      this.#blind = blind !== false
      this.#moveOn = moveOn === true
      if (typeof pageWidth === 'number') this.pageWidth = pageWidth
    } catch {
      // what another version left behind is not worth a message
    }
  }

  /** Model ranks and automatic verdicts are hidden until a pair is judged. */
  get blind(): boolean {
    return this.#blind
  }
  set blind(blind: boolean) {
    this.#blind = blind
    this.#keep()
  }
  /** A grade is a decision: the next pair comes at once. */
  get moveOn(): boolean {
    return this.#moveOn
  }
  set moveOn(moveOn: boolean) {
    this.#moveOn = moveOn
    this.#keep()
  }
  /** px of the page beside the pair. */
  get pageWidth(): number {
    return this.#pageWidth
  }
  set pageWidth(width: number) {
    this.#pageWidth = Math.min(PAGE_WIDTH.max, Math.max(PAGE_WIDTH.min, Math.round(width)))
    this.#keep()
  }

  #keep(): void {
    const { blind, moveOn, pageWidth } = this
    this.#storage?.setItem(KEY, JSON.stringify({ blind, moveOn, pageWidth }))
  }
}
