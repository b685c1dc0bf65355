/** Values of measures are shown in points of 100, as the literature prints them. */
export function points(value: number): string {
  return (value * 100).toFixed(1)
}

/** +1.1, −0.4, 0.0 in points of 100, with a real minus sign. */
export function signedPoints(value: number): string {
  const figure = points(Math.abs(value))
  if (Number(figure) === 0) return figure
  return `${value < 0 ? '−' : '+'}${figure}`
}

/** What a probability is, with no more digits than mean something: "= 0.031", "< 0.001". */
export function probability(p: number): string {
  if (p < 0.001) return '< 0.001'
  return `= ${p.toFixed(p < 0.1 ? 3 : 2)}`
}

/** 38, +58: whole points, for what one query gets. */
export function wholePoints(value: number): string {
  return String(Math.round(value * 100))
}

/** A range of values rounded outwards to tens of points, at least ten wide; both 0 to 1 or beyond. */
export function scaleOf(values: readonly number[]): { readonly low: number; readonly high: number } {
  if (values.length === 0) return { low: 0, high: 1 }
  const low = Math.floor(Math.min(...values) * 10) / 10
  const high = Math.ceil(Math.max(...values) * 10) / 10
  return { low, high: Math.max(high, low + 0.1) }
}
