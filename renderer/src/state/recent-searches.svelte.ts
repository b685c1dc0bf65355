const KEY = 'recent-searches'
const KEPT = 12

/** The queries last searched for, newest first; kept by this window's profile only. */
export class RecentSearches {
  #queries = $state.raw<readonly string[]>([])
  /** Index of the query gone back to; -1: none. */
  #back = -1
  #draft = ''
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | undefined

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined = globalThis.localStorage) {
    this.#storage = storage
    try {
      const stored: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]')
      if (Array.isArray(stored)) this.#queries = stored.filter((query) => typeof query === 'string').slice(0, KEPT)
    } catch {
      // what another version left behind is not worth a message
    }
  }

  get queries(): readonly string[] {
    return this.#queries
  }

  /** Goes back by one query, as a command line does. @returns what to show; the same text at the oldest one */
  earlier(text: string): string {
    if (!this.isBack(text)) {
      this.#back = -1
      this.#draft = text
    }
    const next = this.#queries.findIndex((query, index) => index > this.#back && query !== text.trim())
    if (next < 0) return text
    this.#back = next
    return this.#queries[next] ?? text
  }

  /** What is shown is a query gone back to, not one being written. */
  isBack(text: string): boolean {
    return this.#back >= 0 && this.#queries[this.#back] === text
  }

  /** Comes forward again, at last to what was being written. */
  later(): string {
    this.#back -= 1
    return this.#queries[this.#back] ?? this.#draft
  }

  add(query: string): void {
    const text = query.trim()
    this.#back = -1
    if (text === '' || text.length > 300) return
    this.#queries = [text, ...this.#queries.filter((one) => one !== text)].slice(0, KEPT)
    this.#storage?.setItem(KEY, JSON.stringify(this.#queries))
  }
}
