import type { OpenAiSettings } from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** The dialog that says which language model is asked, and where. */
export class LanguageModel {
  asking = $state(false)
  baseUrl = $state('')
  model = $state('')
  keyVariable = $state('OPENAI_API_KEY')
  parallel = $state('4')
  /** Empty: no limit. */
  perMinute = $state('')
  #isSet = $state.raw(false)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  /** Kept as they are; they are set on the command line. */
  #others: Pick<OpenAiSettings, 'timeoutSeconds' | 'prices'> | undefined
  readonly #client: Client
  readonly #onsaved: (model: string | null) => void

  constructor(client: Client, onsaved: (model: string | null) => void) {
    this.#client = client
    this.#onsaved = onsaved
  }

  get isSet(): boolean {
    return this.#isSet
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }
  readonly complete: boolean = $derived(
    this.baseUrl.trim() !== '' && this.model.trim() !== '' && Number(this.parallel) >= 1,
  )

  async ask(): Promise<void> {
    this.#problem = null
    this.asking = true
    try {
      const settings = await this.#client.refinement.languageModel()
      this.#isSet = settings !== null
      if (!settings) return
      const { baseUrl, model, keyVariable, parallel, requestsPerMinute, timeoutSeconds, prices } = settings
      Object.assign(this, { baseUrl, model, keyVariable, parallel: String(parallel) })
      this.perMinute = requestsPerMinute === null ? '' : String(requestsPerMinute)
      this.#others = { timeoutSeconds, prices }
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  cancel(): void {
    this.asking = false
  }

  save(): Promise<void> {
    const { baseUrl, model, keyVariable, parallel, perMinute } = this
    return this.#set(model.trim(), {
      ...{ baseUrl, model, keyVariable, parallel: Number(parallel) },
      requestsPerMinute: perMinute.trim() === '' ? null : Number(perMinute),
      ...this.#others,
    })
  }

  remove(): Promise<void> {
    return this.#set(null, null)
  }

  async #set(name: string | null, settings: Parameters<Client['refinement']['setLanguageModel']>[0]): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      await this.#client.refinement.setLanguageModel(settings)
      this.asking = false
      this.#onsaved(name)
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}
