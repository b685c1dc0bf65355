import type { SavedSearch, SearchRequest } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** Searches kept by name, each with how much is new since it was last looked at. */
export class SavedSearches {
  #list = $state.raw<readonly SavedSearch[]>([])
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get list(): readonly SavedSearch[] {
    return this.#list
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Passages that are new in any of them. */
  readonly newHits: number = $derived(this.#list.reduce((sum, saved) => sum + saved.newHits, 0))

  find(id: number): SavedSearch | undefined {
    return this.#list.find((saved) => saved.id === id)
  }

  load(): Promise<boolean> {
    return this.#guard(async () => {
      this.#list = await this.#client.search.saved()
    })
  }

  /** @returns whether it was saved; if not, see `problem` */
  save(name: string, request: SearchRequest): Promise<boolean> {
    return this.#guard(async () => {
      const saved = await this.#client.search.save({ name, request })
      this.#list = [...this.#list.filter((one) => one.id !== saved.id), saved]
    })
  }

  /** From now on only what comes later is new. */
  markSeen(id: number): Promise<boolean> {
    return this.#guard(async () => {
      await this.#client.search.markSeen({ id })
      this.#list = this.#list.map((one) => (one.id === id ? { ...one, newHits: 0, lastSeenAt: Date.now() } : one))
    })
  }

  remove(id: number): Promise<boolean> {
    return this.#guard(async () => {
      await this.#client.search.removeSaved({ id })
      this.#list = this.#list.filter((one) => one.id !== id)
    })
  }

  async #guard(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      this.#problem = null
      return true
    } catch (error) {
      this.#problem = toProblem(error)
      return false
    }
  }
}
