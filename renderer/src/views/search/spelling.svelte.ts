import type { SearchResponse } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'

/** Longer than the pause in which a query is asked: half a word is unknown until it is typed to its end. */
const PATIENCE_MS = 500

/** "Did you mean": asked for where no hit has all words of the query, and only once the typing has ended. */
export class SpellingHelp {
  #suggestion = $state.raw<string | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #request = new AbortController()
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** The query spelled with words that the library has. */
  get suggestion(): string | null {
    return this.#suggestion
  }

  /** Takes note of an answer; null: there is none any more. */
  look(response: SearchResponse | null, query: string): void {
    clearTimeout(this.#timer)
    this.#request.abort()
    this.#suggestion = null
    if (response === null || response.hits.some((hit) => hit.missingTerms.length === 0)) return
    this.#timer = setTimeout(() => void this.#ask(query), PATIENCE_MS)
  }

  async #ask(query: string): Promise<void> {
    const { signal } = (this.#request = new AbortController())
    try {
      const { query: suggestion } = await this.#client.search.spelling({ query }, { signal })
      if (!signal.aborted) this.#suggestion = suggestion
    } catch {
      // Only help: the answer is on show all the same.
    }
  }
}
