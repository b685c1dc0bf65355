// The exponential moving average of the charts.

export interface AverageState {
  /** NaN before the first finite value. */
  readonly value: number
  /** Finite values so far. */
  readonly count: number
}

export const NO_VALUES: AverageState = { value: NaN, count: 0 }

/**
 * One step of the debiased exponential moving average. With `s = w s + (1 - w) x` from `s = 0`, the first averages are too small by
 * `1 - w^n` (Kingma and Ba 2015, section 3); their quotient `v` obeys `v += (1 - w) / (1 - w^n) (x - v)`. In this form a constant
 * stays exactly constant, the first value is its own average, and the state is (v, n).
 *
 * @param weight of the past, from 0 (the value itself) to below 1
 * @returns the state unchanged for a value that is not finite: a gap is no value
 */
export function averageAfter({ value, count }: AverageState, x: number, weight: number): AverageState {
  if (!Number.isFinite(x)) return { value, count }
  if (count === 0) return { value: x, count: 1 }
  const n = count + 1
  return { value: value + ((1 - weight) / (1 - weight ** n)) * (x - value), count: n }
}

/** The average at every value. @returns as many numbers as values; NaN before the first finite one */
export function movingAverage(
  values: ArrayLike<number>,
  weight: number,
  start: AverageState = NO_VALUES,
): Float64Array {
  const averages = new Float64Array(values.length)
  let state = start
  for (let i = 0; i < values.length; i++) {
    state = averageAfter(state, values[i]!, weight)
    averages[i] = state.value
  }
  return averages
}
