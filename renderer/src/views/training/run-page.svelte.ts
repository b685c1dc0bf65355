import type { TrainingLogLine, TrainingRun, TrainingRunDetail } from '../../../../electron/contracts/training.ts'
import type { CurveMetric } from '../../../../electron/contracts/training-curves.ts'
import { worded } from '../../strings/index.ts'
import { ChartGroup, type XAxis } from '../../charts/chart-group.svelte.ts'
import type { Client } from '../../connection/client.ts'
import { follow } from '../../connection/follow.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { CurveShelf } from './curve-shelf.svelte.ts'

/** What the page of a run draws. */
export const PAGE_METRICS = [
  ...['loss', 'chance', 'learningRate', 'gradientNorm'],
  ...['positiveSimilarity', 'hardestNegativeSimilarity', 'tokensPerSecond', 'memoryBytes'],
] as readonly CurveMetric[]

/** One run, live: its facts, log and curves. */
export class RunPage {
  readonly group = new ChartGroup()
  readonly curves: CurveShelf
  #detail = $state.raw<TrainingRunDetail | null>(null)
  #log = $state.raw<readonly TrainingLogLine[]>([])
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  #readingLog = false
  #readAgain = false

  constructor(client: Client) {
    this.#client = client
    this.curves = new CurveShelf(client, this.group, () => PAGE_METRICS)
  }

  /** null until the first answer. */
  get detail(): TrainingRunDetail | null {
    return this.#detail
  }
  /** Oldest first. */
  get log(): readonly TrainingLogLine[] {
    return this.#log
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Shows a run for as long as `signal` allows. */
  async follow(id: number, signal: AbortSignal): Promise<void> {
    if (this.#detail?.run.id !== id) {
      this.#detail = null
      this.#log = []
      this.#problem = null
      this.group.reset()
      void this.curves.open([id])
    }
    signal.addEventListener('abort', () => this.curves.close(), { once: true })
    await follow(
      (signal) => this.#open(id, signal),
      (detail) => this.accept(detail),
      signal,
    )
  }

  /** A refused run is said to be refused; one that was merely cut off is asked for again. */
  async #open(id: number, signal: AbortSignal): Promise<AsyncIterable<TrainingRunDetail>> {
    try {
      return await this.#client.training.watch({ id }, { signal })
    } catch (error) {
      if (!signal.aborted) this.#problem = toProblem(error)
      throw error
    }
  }

  accept(detail: TrainingRunDetail): void {
    this.#detail = { ...detail, alerts: detail.alerts.map(inWindowLanguage) }
    this.#problem = null
    this.curves.changed()
    void this.#readLog()
  }

  /** What a command answered, before the next event brings the rest. */
  acceptRun(run: TrainingRun): void {
    if (this.#detail?.run.id === run.id) this.#detail = { ...this.#detail, run }
  }

  setAxis(axis: XAxis): void {
    const id = this.#detail?.run.id
    this.group.setAxis(axis)
    if (id !== undefined) void this.curves.open([id])
  }

  /** Reads the lines that came since; one reading at a time, and one more for what came during it. */
  async #readLog(): Promise<void> {
    if (this.#readingLog) {
      this.#readAgain = true
      return
    }
    this.#readingLog = true
    do {
      this.#readAgain = false
      const id = this.#detail?.run.id
      if (id !== undefined) await this.#readLinesAfter(id)
    } while (this.#readAgain)
    this.#readingLog = false
  }

  async #readLinesAfter(id: number): Promise<void> {
    try {
      const lines = (await this.#client.training.log({ id, after: this.#log.at(-1)?.id ?? 0 })).map(inWindowLanguage)
      if (this.#detail?.run.id === id && lines.length > 0) this.#log = [...this.#log, ...lines]
    } catch (error) {
      if (this.#detail?.run.id === id) this.#problem = toProblem(error)
    }
  }
}

function inWindowLanguage(line: TrainingLogLine): TrainingLogLine {
  return { ...line, text: worded(line.text, line.wording) }
}
