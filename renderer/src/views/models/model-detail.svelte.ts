import type { ModelBenchRow, ModelPapers } from '../../../../electron/contracts/models.ts'
import type { Client } from '../../connection/client.ts'
import { isAbort, toProblem, type Problem } from '../../connection/problem.ts'

/** What the drawer of one model shows beside its card: its papers, and a measurement of its speed here. */
export class ModelDetail {
  #id: string | null = null
  #papers = $state.raw<ModelPapers | null>(null)
  #bench = $state.raw<readonly ModelBenchRow[] | null>(null)
  #measuringSince = $state.raw<number | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #stop: AbortController | undefined
  readonly #client: Client
  readonly #onmeasured: () => void

  constructor(client: Client, onmeasured: () => void) {
    this.#client = client
    this.#onmeasured = onmeasured
  }

  get papers(): ModelPapers | null {
    return this.#papers
  }
  /** Rows of the last measurement in this window; null before it. */
  get bench(): readonly ModelBenchRow[] | null {
    return this.#bench
  }
  /** ms since 1970 while a measurement runs. */
  get measuringSince(): number | null {
    return this.#measuringSince
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Shows another model; a measurement of the one before is stopped. */
  async open(id: string, hasFiles: boolean): Promise<void> {
    if (id === this.#id) return
    this.stop()
    this.#id = id
    this.#papers = null
    this.#bench = null
    this.#problem = null
    if (!hasFiles) return
    try {
      const papers = await this.#client.models.papers({ id })
      if (this.#id === id) this.#papers = papers
    } catch (error) {
      if (this.#id === id) this.#problem = toProblem(error)
    }
  }

  close(): void {
    this.stop()
    this.#id = null
  }

  async measure(id: string): Promise<void> {
    if (this.#measuringSince !== null) return
    const stop = new AbortController()
    this.#stop = stop
    this.#measuringSince = Date.now()
    this.#problem = null
    try {
      const rows = await this.#client.models.bench({ id }, { signal: stop.signal })
      if (this.#id === id) this.#bench = rows
      this.#onmeasured()
    } catch (error) {
      if (!isAbort(error) && !stop.signal.aborted) this.#problem = toProblem(error)
    } finally {
      if (this.#stop === stop) this.#measuringSince = null
    }
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.#measuringSince = null
  }
}
