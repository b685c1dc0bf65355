// Where the lines of a scale stand, and what is written beside them.

/** Steps people count in; a decade has these on a logarithmic scale. */
const STEPS = [1, 2, 5] as const
const FINE_STEPS = [1, 1.4, 2, 3, 5, 7] as const

/** Values of a scale: its ends and its lines. */
export interface Scale {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

/** The step of 1, 2 or 5 times a power of ten that gives about `lines` lines over a span. */
export function stepOf(span: number, lines: number): number {
  const rough = span / lines
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = STEPS.find((one) => one * decade >= rough * 0.999)
  return (step ?? 10) * decade
}

/** Multiples of a round step inside a range. */
export function ticksIn(low: number, high: number, lines: number): number[] {
  const step = stepOf(high - low, lines)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  // A product of two numbers, not a running sum: 0.1 added up three times is not 0.3.
  return Array.from({ length: last - first + 1 }, (_, index) => round((first + index) * step, step))
}

/** A linear scale around values, its ends on lines so that small changes of the values move nothing. */
export function linearScale(low: number, high: number, lines = 4): Scale {
  const [least, greatest] = low < high ? [low, high] : [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2]
  const step = stepOf(greatest - least, lines)
  const ends = {
    low: round(Math.floor(least / step + 1e-9) * step, step),
    high: round(Math.ceil(greatest / step - 1e-9) * step, step),
  }
  return { ...ends, ticks: ticksIn(ends.low, ends.high, lines + 1) }
}

/** A logarithmic scale around values above 0. */
export function logScale(low: number, high: number): Scale {
  const [least, greatest] = low < high ? [low, high] : [low / 2, high * 2]
  const decades = Math.log10(greatest / least)
  const steps = decades > 2.5 ? ([1] as const) : decades > 1 ? STEPS : FINE_STEPS
  const lines: number[] = []
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(greatest)); power += 1)
    for (const step of steps) lines.push(Number((step * 10 ** power).toPrecision(2)))
  const first = lines.findLastIndex((line) => line <= least)
  const last = lines.findIndex((line) => line >= greatest)
  const ticks = lines.slice(Math.max(0, first), last === -1 ? undefined : last + 1)
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks }
}

function round(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)))
  return Number(value.toFixed(Math.min(20, digits)))
}
