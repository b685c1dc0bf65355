const KEY = 'recent-searches'
const KEPT = 12

/** The queries last searched for, newest first; kept by this window's profile only. */
export class RecentSearches {
  #queries = $state.raw<readonly string[]>([])
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

  add(query: string): void {
    const text = query.trim()
    if (text === '' || text.length > 300) return
    this.#queries = [text, ...this.#queries.filter((one) => one !== text)].slice(0, KEPT)
    this.#storage?.setItem(KEY, JSON.stringify(this.#queries))
  }
}
