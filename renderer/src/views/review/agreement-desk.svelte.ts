import type { AgreementReport } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** How far judges agree with each other, with the filter and with a language model. */
export class AgreementDesk {
  #report = $state.raw<AgreementReport | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw(false)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** null until the first answer. */
  get report(): AgreementReport | null {
    return this.#report
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Being worked out: the intervals are drawn again and again from the judgements. */
  get busy(): boolean {
    return this.#busy
  }

  async load(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      this.#report = await this.#client.curation.agreement({ intents: true })
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}
