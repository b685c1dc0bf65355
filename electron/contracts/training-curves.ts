// Curves of training runs as they cross a process: one Blob for all of them, columns of doubles.

export const CURVE_METRICS = [
  'loss',
  'chance',
  'learningRate',
  'gradientNorm',
  'positiveSimilarity',
  'hardestNegativeSimilarity',
  'tokensPerSecond',
  'memoryBytes',
] as const
export type CurveMetric = (typeof CURVE_METRICS)[number]

/** `step`: counted through all stages from 1. `time`: seconds of training, pauses left out. `tokens`: read so far. */
export const CURVE_AXES = ['step', 'time', 'tokens'] as const
export type CurveAxis = (typeof CURVE_AXES)[number]

/**
 * Weights of the past in the moving average `s = w s + (1 - w) x`, debiased; it looks back about `1 / (1 - w)` points. 0 leaves the
 * values as they are. They are fixed because the averages over all points are kept beside the points: a chart of a million points
 * must not read a million.
 */
export const SMOOTHINGS = [0, 0.6, 0.9, 0.97, 0.99, 0.997] as const
export type Smoothing = (typeof SMOOTHINGS)[number]

/** One run's curve; every array has one entry a drawn column, `x` rising. */
export interface Curve {
  readonly runId: number
  /** Axis value at the end of the column. */
  readonly x: Float64Array
  /** Smallest and largest value in the column; NaN where it has no finite value. */
  readonly min: Float64Array
  readonly max: Float64Array
  /** The moving average at the end of the column, over all points up to there; without smoothing the middle of the envelope. */
  readonly smoothed: Float64Array
  /** Points in the range, and how many of them have no finite value (NaN, infinite, or not measured in that stage). */
  readonly points: number
  readonly nonFinite: number
  /** Axis values at the ends of the whole curve, whatever range was asked for; both 0 while it has no point. */
  readonly extent: [first: number, last: number]
}

/** What describes a `Curve` beside its numbers. */
export interface CurveHeader {
  readonly runId: number
  readonly columns: number
  readonly points: number
  readonly nonFinite: number
  readonly extent: [first: number, last: number]
}

const COLUMN_ARRAYS = ['x', 'min', 'max', 'smoothed'] as const

/** Puts curves one behind the other: x, min, max and smoothed of the first, then of the second; little-endian doubles, as every machine that runs this has them. */
export function packCurves(curves: readonly Curve[]): { readonly headers: CurveHeader[]; readonly data: Blob } {
  const parts = curves.flatMap((curve) => COLUMN_ARRAYS.map((name) => curve[name] as Float64Array<ArrayBuffer>))
  const headers = curves.map(({ runId, x, points, nonFinite, extent }) => ({
    ...{ runId, columns: x.length, points, nonFinite, extent },
  }))
  return { headers, data: new Blob(parts, { type: 'application/octet-stream' }) }
}

/** The curves of an answer of `training.curves`, as views on one buffer. */
export async function unpackCurves(answer: {
  readonly headers: readonly CurveHeader[]
  readonly data: Blob
}): Promise<Curve[]> {
  const values = new Float64Array(await answer.data.arrayBuffer())
  let at = 0
  const take = (columns: number): Float64Array => values.subarray(at, (at += columns))
  return answer.headers.map(({ columns, ...header }) => ({
    ...header,
    ...{ x: take(columns), min: take(columns), max: take(columns), smoothed: take(columns) },
  }))
}
