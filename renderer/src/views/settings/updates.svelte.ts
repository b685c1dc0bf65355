import type { FetchedUpdate, UpdateCheck } from '../../../../electron/contracts/updates.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** Looking for an update and taking it, when asked. */
export class Updates {
  #found = $state.raw<UpdateCheck | null>(null)
  #fetched = $state.raw<FetchedUpdate | null>(null)
  #busy = $state.raw<'looking' | 'taking' | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get found(): UpdateCheck | null {
    return this.#found
  }
  get fetched(): FetchedUpdate | null {
    return this.#fetched
  }
  get busy(): 'looking' | 'taking' | null {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** What was found no longer holds: the folder or the key changed. */
  forget(): void {
    this.#found = null
    this.#fetched = null
    this.#problem = null
  }

  look(): Promise<void> {
    this.forget()
    return this.#run('looking', async () => {
      this.#found = await this.#client.updates.check()
    })
  }

  take(): Promise<void> {
    return this.#run('taking', async () => {
      this.#fetched = await this.#client.updates.fetch()
    })
  }

  async #run(what: 'looking' | 'taking', action: () => Promise<void>): Promise<void> {
    if (this.#busy) return
    this.#busy = what
    this.#problem = null
    try {
      await action()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = null
    }
  }
}
