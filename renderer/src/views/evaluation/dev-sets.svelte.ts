import type { DevSet } from '../../../../electron/contracts/evaluation.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'

/** Small test sets made from full ones: the list, and the dialog that makes one. Its choices stay for the next time. */
export class DevSets {
  asking = $state(false)
  dataset = $state('')
  split = $state('')
  output = $state('')
  queries = $state('100')
  poolDepth = $state('20')
  /** Percent of the documents. */
  fill = $state('2')
  #all = $state.raw<readonly DevSet[] | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #onstarted: () => void

  constructor(client: Client, onstarted: () => void) {
    this.#client = client
    this.#onstarted = onstarted
  }

  /** null until the first answer. */
  get all(): readonly DevSet[] | null {
    return this.#all
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }
  readonly complete: boolean = $derived(
    this.dataset.trim() !== '' &&
      this.output.trim() !== '' &&
      isWhole(this.queries) &&
      isWhole(this.poolDepth) &&
      Number(this.fill) >= 0 &&
      Number(this.fill) <= 100 &&
      this.fill.trim() !== '',
  )

  async load(): Promise<void> {
    try {
      this.#all = await this.#client.evaluation.devSets.list()
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** @param dataset folder to start from, where one is known */
  ask(dataset = this.dataset): void {
    this.dataset = dataset
    this.#problem = null
    this.asking = true
  }

  cancel(): void {
    this.asking = false
    this.#problem = null
  }

  async build(): Promise<void> {
    if (this.#busy || !this.complete) return
    this.#busy = true
    this.#problem = null
    try {
      const split = this.split.trim()
      await this.#client.evaluation.devSets.build({
        dataset: cleanPath(this.dataset),
        output: cleanPath(this.output),
        queries: Number(this.queries),
        poolDepth: Number(this.poolDepth),
        fillShare: Number(this.fill) / 100,
        ...(split === '' ? {} : { split }),
      })
      this.asking = false
      this.#onstarted()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }

  async remove({ id }: DevSet): Promise<void> {
    try {
      await this.#client.evaluation.devSets.remove({ id })
    } catch (error) {
      this.#problem = toProblem(error)
    }
    await this.load()
  }
}

function isWhole(text: string): boolean {
  return /^\s*[1-9]\d{0,6}\s*$/u.test(text)
}
