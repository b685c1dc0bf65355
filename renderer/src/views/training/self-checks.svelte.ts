import type { SelfCheck } from '../../../../electron/contracts/self-checks.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** The checks of the training engine, run when asked for. */
export class SelfChecks {
  #checks = $state.raw<readonly SelfCheck[]>([])
  #problem = $state.raw<Problem | null>(null)
  #running = $state.raw<AbortController | null>(null)
  /** Model that was checked last; null: small ones with random weights. */
  #model = $state.raw<string | null>(null)
  #seconds = $state.raw<number | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Empty before the first run. */
  get checks(): readonly SelfCheck[] {
    return this.#checks
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get running(): boolean {
    return this.#running !== null
  }
  get model(): string | null {
    return this.#model
  }
  /** What the last complete run took; null before one. */
  get seconds(): number | null {
    return this.#seconds
  }

  /** @param model id of an installed one; null: small models with random weights */
  async run(model: string | null): Promise<void> {
    if (this.#running) return
    const stop = new AbortController()
    this.#running = stop
    this.#model = model
    this.#problem = null
    this.#checks = []
    this.#seconds = null
    const started = performance.now()
    try {
      const input = model === null ? {} : { model }
      for await (const checks of await this.#client.selfChecks.run(input, { signal: stop.signal }))
        this.#checks = checks
      this.#seconds = (performance.now() - started) / 1_000
    } catch (error) {
      if (!stop.signal.aborted) this.#problem = toProblem(error)
    } finally {
      this.#running = null
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}
