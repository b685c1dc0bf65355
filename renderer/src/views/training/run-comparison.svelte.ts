import type { TrainingComparison, TrainingRunDetail } from '../../../../electron/contracts/training.ts'
import type { CurveMetric } from '../../../../electron/contracts/training-curves.ts'
import { ChartGroup, type XAxis } from '../../charts/chart-group.svelte.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { saveText } from '../../connection/save-text.ts'
import { CurveShelf } from './curve-shelf.svelte.ts'

/** Settings, data and dev scores are set side by side for as many; curves for as many as the services draw at once. */
export const MOST_COMPARED = 8
export const MOST_CURVES = 50

/** `dev`: nDCG@10 of the evaluations; the others are curves of every step. */
export const COMPARED_METRICS = [
  'loss',
  'gradientNorm',
  'learningRate',
  'tokensPerSecond',
] as const satisfies readonly CurveMetric[]
export type ComparedMetric = (typeof COMPARED_METRICS)[number]

/** Several runs side by side. */
export class RunComparison {
  readonly group = new ChartGroup()
  readonly curves: CurveShelf
  #metric = $state.raw<ComparedMetric>('loss')
  #ids = $state.raw<readonly number[]>([])
  #comparison = $state.raw<TrainingComparison | null>(null)
  #details = $state.raw<readonly TrainingRunDetail[]>([])
  #problem = $state.raw<Problem | null>(null)
  #hidden = $state.raw<ReadonlySet<string | number>>(new Set())
  readonly #client: Client
  #asked = 0

  constructor(client: Client) {
    this.#client = client
    this.curves = new CurveShelf(client, this.group, () => [this.#metric])
  }

  get ids(): readonly number[] {
    return this.#ids
  }
  get metric(): ComparedMetric {
    return this.#metric
  }
  /** null until it was answered, and for more runs than can be set side by side. */
  get comparison(): TrainingComparison | null {
    return this.#comparison
  }
  /** With the dev evaluations of each, in the order of the runs. */
  get details(): readonly TrainingRunDetail[] {
    return this.#details
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Runs whose curves are put away. */
  get hidden(): ReadonlySet<string | number> {
    return this.#hidden
  }

  async open(ids: readonly number[], baselineId: number | undefined): Promise<void> {
    const isSame = ids.length === this.#ids.length && ids.every((id, index) => id === this.#ids[index])
    if (isSame && (baselineId === undefined || baselineId === this.#comparison?.baselineId)) return
    const asked = ++this.#asked
    if (!isSame) {
      this.#ids = ids
      this.#comparison = null
      this.#details = []
      this.#hidden = new Set()
      this.group.reset()
      void this.curves.open(ids)
    }
    if (ids.length < 2 || ids.length > MOST_COMPARED) return
    try {
      const [comparison, ...details] = await Promise.all([
        this.#client.training.compare({ ids: [...ids], ...(baselineId === undefined ? {} : { baselineId }) }),
        ...(isSame ? [] : ids.map((id) => this.#client.training.run({ id }))),
      ])
      if (asked !== this.#asked) return
      this.#comparison = comparison
      if (!isSame) this.#details = details
      this.#problem = null
    } catch (error) {
      if (asked === this.#asked) this.#problem = toProblem(error)
    }
  }

  /** Saves what is compared as a page of HTML. */
  async saveReport(): Promise<void> {
    if (this.#comparison === null) return
    const { baselineId } = this.#comparison
    try {
      const { fileName, html } = await this.#client.training.report({ ids: [...this.#ids], baselineId })
      saveText(fileName, html)
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  chooseMetric(metric: ComparedMetric): void {
    this.#metric = metric
    void this.curves.open(this.#ids)
  }

  setAxis(axis: XAxis): void {
    this.group.setAxis(axis)
    void this.curves.open(this.#ids)
  }

  toggle(id: string | number): void {
    const hidden = new Set(this.#hidden)
    if (!hidden.delete(id)) hidden.add(id)
    this.#hidden = hidden
  }
}
