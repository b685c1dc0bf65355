import { Curve, type Range } from '../../charts/curve.ts'
import type { ChartGroup } from '../../charts/chart-group.svelte.ts'
import {
  SMOOTHINGS,
  unpackCurves,
  type Curve as CurveColumns,
  type CurveMetric,
  type Smoothing,
} from '../../../../electron/contracts/training-curves.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** Columns of a whole run, and of a part of it that is looked at more closely. */
const WIDTH = 1_024
const DETAIL_WIDTH = 3 * WIDTH
/** A part is read with as much again on either side, so that panning finds it there. */
const SPARE = 1
/** Read closely only when the range is at most this share of the whole. */
const CLOSE = 0.75
const DETAIL_AFTER_MS = 120
/** A run that goes on is read again at most this often. */
const REFRESH_MS = 1_000

/** Averages of this many steps, 1 / (1 - weight), or less, as long as nobody chooses. */
const LONGEST = 0.97
/** A run is at least this many averages long. */
const AVERAGES_A_RUN = 10

export interface RunCurve {
  readonly runId: number
  readonly curve: Curve
  /** Of the run, before they were cut to columns. */
  readonly points: number
  readonly nonFinite: number
  readonly extent: Range
}

interface Detail {
  readonly range: Range
  readonly curves: ReadonlyMap<CurveMetric, readonly RunCurve[]>
}

/**
 * The curves of some runs: whole ones, renewed while a run goes on, and a closer look at what the charts are zoomed to. What
 * was read stays on the screen until its successor is there.
 */
export class CurveShelf {
  smoothing = $state<Smoothing>(LONGEST)
  /** A person chose how many steps are averaged; else the length of the runs decides. */
  #isChosen = false
  #whole = $state.raw<ReadonlyMap<CurveMetric, readonly RunCurve[]>>(new Map())
  #detail = $state.raw<Detail | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #group: ChartGroup
  readonly #metrics: () => readonly CurveMetric[]
  #ids: readonly number[] = []
  /** Answers to an older one are about runs that are not shown any more. */
  #generation = 0
  /** Readings of the whole that were begun, and the newest that is shown. */
  #renewals = 0
  #shown = 0
  #renewedAt = 0
  #renewal: ReturnType<typeof setTimeout> | undefined
  #closer: ReturnType<typeof setTimeout> | undefined

  /** @param metrics what is on the screen now */
  constructor(client: Client, group: ChartGroup, metrics: () => readonly CurveMetric[]) {
    this.#client = client
    this.#group = group
    this.#metrics = metrics
  }

  get problem(): Problem | null {
    return this.#problem
  }

  /** A metric's curves: the closer look where it covers what is shown, else the whole. */
  curves(metric: CurveMetric): readonly RunCurve[] {
    const { range } = this.#group
    const detail = this.#detail
    const covers = detail !== null && detail.range.from <= range.from && detail.range.to >= range.to
    return (covers ? detail.curves.get(metric) : undefined) ?? this.#whole.get(metric) ?? []
  }

  /** Shows other runs, or the same ones in other units: what was there goes. */
  async open(ids: readonly number[]): Promise<void> {
    this.close()
    this.#ids = ids
    this.#whole = new Map()
    this.#detail = null
    await this.#renew()
  }

  /** Reads the runs again, soon: a run has gone on. */
  changed(): void {
    this.#renewal ??= setTimeout(
      () => void this.#renew(),
      Math.max(0, this.#renewedAt + REFRESH_MS - performance.now()),
    )
  }

  /** The charts show another range. */
  rangeChanged(): void {
    clearTimeout(this.#closer)
    const { range, whole } = this.#group
    if (range.to - range.from > (whole.to - whole.from) * CLOSE) return
    this.#closer = setTimeout(() => void this.#lookCloser(), DETAIL_AFTER_MS)
  }

  /** Another average: the values are asked for again, and stay until they are there. */
  smooth(smoothing: Smoothing): void {
    this.#isChosen = true
    this.smoothing = smoothing
    this.changed()
    this.rangeChanged()
  }

  close(): void {
    this.#generation += 1
    clearTimeout(this.#renewal)
    clearTimeout(this.#closer)
    this.#renewal = undefined
  }

  async #renew(): Promise<void> {
    // Cleared before the call, so that what comes during it is asked for after it.
    this.#renewal = undefined
    this.#renewedAt = performance.now()
    const asked = ++this.#renewals
    await this.#answer(undefined, WIDTH, (curves) => {
      if (asked < this.#shown) return
      this.#shown = asked
      this.#whole = curves
      this.#fitSmoothing([...curves.values()].flat())
      if (this.#group.isZoomed) this.rangeChanged()
      const extents = [...curves.values()].flat().filter(({ curve }) => curve.length > 0)
      if (extents.length === 0) return
      this.#group.setWhole({
        from: Math.min(...extents.map(({ extent }) => extent.from)),
        to: Math.max(...extents.map(({ extent }) => extent.to)),
      })
    })
  }

  /** An average over a third of a short run would hide what happens in it. */
  #fitSmoothing(curves: readonly RunCurve[]): void {
    const longest = Math.max(0, ...curves.map(({ points }) => points))
    const smoothing = smoothingFor(longest)
    if (this.#isChosen || longest === 0 || smoothing === this.smoothing) return
    this.smoothing = smoothing
    this.changed()
  }

  async #lookCloser(): Promise<void> {
    const { from, to } = this.#group.range
    const spare = (to - from) * SPARE
    const range = { from: from - spare, to: to + spare }
    await this.#answer(range, DETAIL_WIDTH, (curves) => (this.#detail = { range, curves }))
  }

  async #answer(
    range: Range | undefined,
    width: number,
    accept: (curves: ReadonlyMap<CurveMetric, readonly RunCurve[]>) => void,
  ): Promise<void> {
    const ids = [...this.#ids]
    if (ids.length === 0) return accept(new Map())
    const generation = this.#generation
    const { axis } = this.#group
    const { smoothing } = this
    try {
      const answers = await Promise.all(
        this.#metrics().map(async (metric) => {
          const request = { ids, metric, axis, width, smoothing: smoothingOf(metric, smoothing), ...range }
          const columns = await unpackCurves(await this.#client.training.curves(request))
          return [metric, columns.map(toRunCurve)] as const
        }),
      )
      if (generation !== this.#generation) return
      this.#problem = null
      accept(new Map(answers))
    } catch (error) {
      if (generation === this.#generation) this.#problem = toProblem(error)
    }
  }
}

/** The smoothest average that leaves the shape of a run of so many steps. */
export function smoothingFor(points: number): Smoothing {
  const fits = (weight: Smoothing): boolean => weight <= LONGEST && points * (1 - weight) >= AVERAGES_A_RUN
  return SMOOTHINGS.findLast(fits) ?? 0
}

/** What is set, not measured, is shown as it is. */
function smoothingOf(metric: CurveMetric, wanted: Smoothing): Smoothing {
  return metric === 'learningRate' || metric === 'chance' || metric === 'memoryBytes' ? 0 : wanted
}

function toRunCurve({ runId, x, min, max, smoothed, points, nonFinite, extent }: CurveColumns): RunCurve {
  const [from, to] = extent
  return {
    runId,
    points,
    nonFinite,
    extent: { from, to },
    curve: new Curve({ x, line: smoothed, low: min, high: max }),
  }
}
