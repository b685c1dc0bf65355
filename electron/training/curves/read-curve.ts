// A curve as a chart draws it; see [Note: curves at any zoom].
import type { Curve, CurveAxis, CurveMetric, Smoothing } from '../../contracts/training-curves.ts'
import type { PointColumn, TrainingPointRepository } from '../../storage/index.ts'
import { averageAt, averageOffset, BUCKET, BUCKET_DOUBLES, BUCKET_SIZES, POINTS_PER_BLOCK } from './buckets.ts'
import { ChartColumns } from './chart-columns.ts'
import { COLUMN_OF, readBuckets } from './curve-store.ts'
import { averageAfter, type AverageState } from './moving-average.ts'

export interface CurveRequest {
  readonly metric: CurveMetric
  readonly axis: CurveAxis
  /** Axis values; left out: from the start, to the end. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Columns at most. */
  readonly width: number
  readonly smoothing: Smoothing
}

const AXIS_COLUMNS = { step: undefined, time: 'seconds', tokens: 'tokens' } as const

/** Reads the curve of one run: envelope and moving average in each column of the chart that holds points. */
export function readCurve(points: TrainingPointRepository, runId: number, request: CurveRequest): Curve {
  return new CurveReader(points, runId, request).read()
}

class CurveReader {
  readonly #points: TrainingPointRepository
  readonly #runId: number
  readonly #request: CurveRequest
  readonly #column: PointColumn
  readonly #axisColumn: 'seconds' | 'tokens' | undefined

  constructor(points: TrainingPointRepository, runId: number, request: CurveRequest) {
    this.#points = points
    this.#runId = runId
    this.#request = request
    this.#column = COLUMN_OF[request.metric]
    this.#axisColumn = AXIS_COLUMNS[request.axis]
  }

  read(): Curve {
    const { width } = this.#request
    const last = this.#points.last(this.#runId)?.point ?? 0
    const extent: Curve['extent'] = last === 0 ? [0, 0] : [this.#axisValue(1), this.#axisValue(last)]
    const from = Math.max(this.#request.from ?? extent[0], extent[0])
    const to = Math.min(this.#request.to ?? extent[1], extent[1])
    if (last === 0 || !(from <= to)) {
      return { runId: this.#runId, ...new ChartColumns(0, 0, 0).finish(), points: 0, nonFinite: 0, extent }
    }
    const first = from === extent[0] ? 1 : this.#firstPointAt(from, last)
    const end = to === extent[1] ? last : this.#firstPointAt(to, last)
    const size = BUCKET_SIZES.findLast((candidate) => candidate * width <= end - first + 1) ?? 1
    // Buckets are whole: the first may begin a little before the range.
    const start = Math.floor((first - 1) / size) * size
    const columns = new ChartColumns(from, to, width)
    const finite = this.#addEntries(columns, start, end, size)
    return { runId: this.#runId, ...columns.finish(), points: end - start, nonFinite: end - start - finite, extent }
  }

  #axisValue(point: number): number {
    return this.#axisColumn === undefined ? point : (this.#points.last(this.#runId, point)?.[this.#axisColumn] ?? 0)
  }

  /** The first point at or after an axis value; axis values rise with the points. */
  #firstPointAt(value: number, last: number): number {
    let [low, high] = [1, last]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#axisValue(middle) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Points `start` + 1 to `end` at a level, their rest at finer ones. @returns how many have a finite value */
  #addEntries(columns: ChartColumns, start: number, end: number, size: number): number {
    const { smoothing } = this.#request
    let state = this.#stateAt(start)
    const finiteBefore = state.count
    let at = start
    for (const level of BUCKET_SIZES.toReversed()) {
      const until = Math.floor(end / level) * level
      if (level > size || until <= at) continue
      state = this.#addBuckets(columns, level, at, until)
      at = until
    }
    if (at === end) return state.count - finiteBefore
    const values = this.#values(this.#column, at + 1, end)
    const axis = this.#axisColumn && this.#values(this.#axisColumn, at + 1, end)
    for (let i = 0; i < values.length; i++) {
      const value = Number.isFinite(values[i]!) ? values[i]! : NaN
      state = averageAfter(state, value, smoothing)
      columns.add(axis ? axis[i]! : at + 1 + i, value, value, smoothing === 0 ? value : state.value)
    }
    return state.count - finiteBefore
  }

  #addBuckets(columns: ChartColumns, level: number, from: number, until: number): AverageState {
    const [first, end] = [from / level, until / level]
    const buckets = readBuckets(this.#points, this.#runId, this.#column, level, first, end)
    const axis = this.#axisColumn && readBuckets(this.#points, this.#runId, this.#axisColumn, level, first, end)
    const offset = averageOffset(this.#request.smoothing)
    for (let i = 0, at = from + level; i < buckets.length; i += BUCKET_DOUBLES, at += level) {
      const [min, max] = [buckets[i + BUCKET.min]!, buckets[i + BUCKET.max]!]
      columns.add(
        axis ? axis[i + BUCKET.max]! : at,
        min,
        max,
        offset === undefined ? (min + max) / 2 : buckets[i + offset]!,
      )
    }
    return averageAt(buckets.subarray(-BUCKET_DOUBLES), this.#request.smoothing)
  }

  /** The average at the end of a point: from the bucket that ends there, or from the one before and the points since. */
  #stateAt(point: number): AverageState {
    const [size] = BUCKET_SIZES
    const bucket = Math.floor(point / size)
    const before = readBuckets(this.#points, this.#runId, this.#column, size, Math.max(0, bucket - 1), bucket)
    let state = averageAt(bucket === 0 ? undefined : before, this.#request.smoothing)
    if (point > bucket * size)
      for (const value of this.#values(this.#column, bucket * size + 1, point))
        state = averageAfter(state, value, this.#request.smoothing)
    return state
  }

  /** From whole blocks where there are any, and from the points after them. */
  #values(column: PointColumn, first: number, last: number): Float64Array {
    const block = Math.floor((first - 1) / POINTS_PER_BLOCK)
    const blocks = this.#points.blocks(this.#runId, column, 1, block, Math.floor((last - 1) / POINTS_PER_BLOCK))
    const sealed = blocks.subarray(first - 1 - block * POINTS_PER_BLOCK, last - block * POINTS_PER_BLOCK)
    if (sealed.length === last - first + 1) return sealed
    const rest = this.#points.column(this.#runId, column, first + sealed.length, last)
    const all = new Float64Array(sealed.length + rest.length)
    all.set(sealed)
    all.set(rest, sealed.length)
    return all
  }
}
