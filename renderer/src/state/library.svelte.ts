import type { LibraryOverview } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { follow } from '../connection/follow.ts'
import { toProblem, type Problem } from '../connection/problem.ts'

/** The library's figures, kept up to date; whoever shows rows of it watches `revision`. */
export class Library {
  #overview = $state.raw<LibraryOverview | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #revision = $state.raw(0)
  readonly #client: Client
  #loading: Promise<void> | undefined
  #again = false

  constructor(client: Client) {
    this.#client = client
  }

  /** null until the first answer. */
  get overview(): LibraryOverview | null {
    return this.#overview
  }

  get problem(): Problem | null {
    return this.#problem
  }

  /** Grows with every change in the library. */
  get revision(): number {
    return this.#revision
  }

  /** Nothing was ever added. */
  get isEmpty(): boolean {
    return this.#overview !== null && this.#overview.sources.length === 0 && this.#overview.files === 0
  }

  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.library.changes(undefined, { signal }),
      () => this.changed(),
      signal,
    )
  }

  /** Something changed: asks again, and lets the lists ask again. */
  changed(): void {
    this.#revision += 1
    void this.load()
  }

  /** Asks for the overview. Calls during a call are answered by one more call after it. */
  load(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true
      return this.#loading
    }
    this.#loading = this.#ask().finally(() => {
      this.#loading = undefined
      if (this.#again) {
        this.#again = false
        void this.load()
      }
    })
    return this.#loading
  }

  async #ask(): Promise<void> {
    try {
      this.#overview = await this.#client.library.overview()
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
