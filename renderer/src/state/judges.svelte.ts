import type { Judge } from '../../../electron/contracts/curation.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'

type Store = Pick<Storage, 'getItem' | 'setItem'>

const KEY = 'review-judge'

/** Who judges in this window, and everyone who has judged in this library. */
export class Judges {
  #all = $state.raw<readonly Judge[] | null>(null)
  #key = $state.raw<string | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw(false)
  readonly #client: Client
  readonly #storage: Store | undefined

  constructor(client: Client, storage: Store | undefined = globalThis.localStorage) {
    this.#client = client
    this.#storage = storage
    this.#key = storage?.getItem(KEY) ?? null
  }

  /** null until the first answer. */
  get all(): readonly Judge[] | null {
    return this.#all
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get busy(): boolean {
    return this.#busy
  }
  readonly people: readonly Judge[] = $derived((this.#all ?? []).filter(({ kind }) => kind === 'person'))
  /** Who judges here now; undefined until someone has said so. */
  readonly current: Judge | undefined = $derived(this.people.find(({ key }) => key === this.#key))

  byId(id: number): Judge | undefined {
    return this.#all?.find((judge) => judge.id === id)
  }

  async load(): Promise<void> {
    try {
      this.#all = await this.#client.curation.judges()
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  choose(judge: Judge): void {
    this.#key = judge.key
    this.#storage?.setItem(KEY, judge.key)
  }

  /** Adds a person, who judges from now on. A name that is there already is that person. */
  async add(name: string): Promise<boolean> {
    const wanted = name.trim()
    if (wanted === '' || this.#busy) return false
    const known = this.people.find((one) => one.name.toLocaleLowerCase() === wanted.toLocaleLowerCase())
    if (known !== undefined) {
      this.choose(known)
      return true
    }
    this.#busy = true
    try {
      const judge = await this.#client.curation.saveJudge({ name: wanted })
      this.#all = [...(this.#all ?? []), judge]
      this.#problem = null
      this.choose(judge)
      return true
    } catch (error) {
      this.#problem = toProblem(error)
      return false
    } finally {
      this.#busy = false
    }
  }
}
