import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'

/** What can be done to files from a row, the drawer or the filter bar; remembers per file what is under way and what went wrong. */
export class FileOperations {
  readonly #busy = new SvelteSet<number>()
  readonly #problems = new SvelteMap<number, Problem>()
  readonly #client: Client
  readonly #onchange: () => void

  /** @param onchange something in the library is different now: ask again */
  constructor(client: Client, onchange: () => void) {
    this.#client = client
    this.#onchange = onchange
  }

  isBusy(id: number): boolean {
    return this.#busy.has(id)
  }

  problemOf(id: number): Problem | undefined {
    return this.#problems.get(id)
  }

  forget(id: number): void {
    this.#problems.delete(id)
  }

  /** @returns whether it was accepted */
  async retry(id: number): Promise<boolean> {
    return (await this.#do([id], () => this.#client.library.retry({ ids: [id] }))) !== undefined
  }

  /** Shows it in the system's file manager. */
  async reveal(id: number): Promise<void> {
    await this.#do([id], () => this.#client.library.reveal({ id }))
  }

  /** @returns whether it was accepted; a wrong password is a problem of the file */
  async unlock(id: number, password: string): Promise<boolean> {
    return (await this.#do([id], () => this.#client.library.unlock({ id, password }))) !== undefined
  }

  /** @returns pages queued, or undefined when refused */
  async recognise(id: number): Promise<number | undefined> {
    return (await this.#do([id], () => this.#client.library.recognise({ ids: [id] })))?.pages
  }

  /** Queues every scanned page of the library. Throws what the services say: there is no one file to blame. */
  async recogniseAll(): Promise<number> {
    const { pages } = await this.#client.library.recognise({})
    this.#onchange()
    return pages
  }

  /** @returns whether anything changed */
  async setExcluded(ids: readonly number[], excluded: boolean): Promise<boolean> {
    const answer = await this.#do(ids, () => this.#client.library.setExcluded({ ids: [...ids], excluded }))
    return answer !== undefined
  }

  async #do<Value>(ids: readonly number[], work: () => Promise<Value>): Promise<Value | undefined> {
    if (ids.some((id) => this.#busy.has(id))) return undefined
    for (const id of ids) {
      this.#busy.add(id)
      this.#problems.delete(id)
    }
    try {
      const value = await work()
      this.#onchange()
      return value
    } catch (error) {
      const problem = toProblem(error)
      for (const id of ids) this.#problems.set(id, problem)
      return undefined
    } finally {
      for (const id of ids) this.#busy.delete(id)
    }
  }
}
