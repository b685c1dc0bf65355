// Everything a drawing of a chart needs, computed once: the canvas, the SVG file and the pointer all read the same.
import { count, decimals, shortCount } from '../format/number.ts'
import { shortDuration } from '../format/time.ts'
import type { XAxis } from './chart-group.svelte.ts'
import { gridOver, type Binned, type Curve, type Range } from './curve.ts'
import type { CurveStyle } from './palette.ts'
import { linearScale, logScale, stepOf, ticksIn, type Scale } from './scale.ts'

export interface ChartCurve {
  readonly id: string | number
  readonly name: string
  readonly curve: Curve
  readonly style: CurveStyle
  /** The band in the quiet colour of raw values, where it is the only curve; else in its own, faint. */
  readonly rawBand?: boolean
}

/** A value to compare with, such as the loss of guessing: a dashed line over all or part of the range. */
export interface ChartReference extends Partial<Range> {
  readonly value: number
  readonly label: string
}

/** Where something happened: a dotted upright line. */
export interface ChartMark {
  readonly x: number
  readonly label: string
}

export interface ChartContent {
  readonly curves: readonly ChartCurve[]
  readonly references?: readonly ChartReference[]
  readonly marks?: readonly ChartMark[]
  readonly axis: XAxis
  readonly log?: boolean | undefined
  /** The scale of y begins at 0. */
  readonly fromZero?: boolean | undefined
  readonly formatY?: ((value: number) => string) | undefined
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** Px around the plot; the same in every chart, so that those under one another are aligned. */
export const MARGIN = { left: 52, right: 20, top: 10, bottom: 22 } as const

/** With more curves than this, bands would only cover one another, and each line is drawn with fewer points. */
export const MOST_BANDS = 8

export interface ChartLayout extends ChartContent, Size {
  readonly range: Range
  /** x of every place of the grid. */
  readonly x: readonly number[]
  readonly binned: readonly Binned[]
  readonly hasBands: boolean
  readonly xScale: Scale
  readonly yScale: Scale
  readonly xLabels: readonly string[]
  readonly yLabels: readonly string[]
  readonly references: readonly ChartReference[]
  readonly marks: readonly ChartMark[]
}

/** @param range what is shown of x @param size of the whole chart, px */
export function layoutChart(content: ChartContent, range: Range, { width, height }: Size): ChartLayout {
  const { curves, references = [], marks = [], axis, log = false, formatY } = content
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right)
  const hasBands = curves.length <= MOST_BANDS
  const grid = gridOver(range, plotWidth / (hasBands ? 2 : 4))
  const binned = curves.map(({ curve }) => curve.bin(grid, hasBands && curve.hasBand))
  const seen = references.filter(({ from = -Infinity, to = Infinity }) => to >= range.from && from <= range.to)
  const yScale = scaleOf(binned, { ...content, references: seen, hasBands, log })
  const ticks = xTicks(axis, range, Math.max(3, Math.round(plotWidth / 110)))
  return {
    ...content,
    ...{ width, height, range, binned, hasBands, yScale, references: seen },
    x: Array.from({ length: grid.count }, (_, place) => grid.start + (place + 0.5) * grid.width),
    xScale: { low: range.from, high: range.to, ticks },
    xLabels: ticks.map((tick) => formatX(axis, tick)),
    yLabels: yScale.ticks.map((tick) => (formatY ? formatY(tick) : decimals(tick))),
    marks: marks.filter(({ x }) => x >= range.from && x <= range.to),
  }
}

interface ScaleOptions extends ChartContent {
  readonly hasBands: boolean
}

function scaleOf(binned: readonly Binned[], { references = [], hasBands, log, fromZero }: ScaleOptions): Scale {
  let [low, high] = [Infinity, -Infinity]
  const see = (value: number | null | undefined): void => {
    if (value == null || (log && value <= 0)) return
    if (value < low) low = value
    if (value > high) high = value
  }
  for (const { line, low: lows, high: highs } of binned) {
    line.forEach(see)
    if (hasBands) {
      lows.forEach(see)
      highs.forEach(see)
    }
  }
  for (const { value } of references) see(value)
  if (low > high) return { low: log ? 0.1 : 0, high: 1, ticks: [] }
  if (log) return logScale(low, high)
  return linearScale(fromZero ? Math.min(0, low) : low, high)
}

/** Px of a value of x from the left edge of the chart, and back. */
export function toPx({ range, width }: Pick<ChartLayout, 'range' | 'width'>, x: number): number {
  return MARGIN.left + ((x - range.from) / (range.to - range.from)) * (width - MARGIN.left - MARGIN.right)
}
export function fromPx({ range, width }: Pick<ChartLayout, 'range' | 'width'>, px: number): number {
  return range.from + ((px - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (range.to - range.from)
}
/** Px of a value of y from the top edge of the chart. */
export function toPy({ yScale: { low, high }, height, log = false }: ChartLayout, y: number): number {
  const share = log ? Math.log(y / low) / Math.log(high / low) : (y - low) / (high - low)
  return height - MARGIN.bottom - share * (height - MARGIN.top - MARGIN.bottom)
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400]

function xTicks(axis: XAxis, { from, to }: Range, lines: number): number[] {
  const span = to - from
  if (axis === 'time' && span > lines) {
    const step = TIME_STEPS.find((one) => span / one <= lines) ?? stepOf(span, lines)
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step)
  }
  const few = ticksIn(from, to, lines)
  // One label alone says little: then the next finer step.
  const ticks = few.length > 1 ? few : ticksIn(from, to, 2 * lines)
  return axis === 'time' ? ticks : ticks.filter(Number.isInteger)
}

/** Step 4,060; 1 h 20 min; 1.2M tokens: as short as an axis needs it. */
export function formatX(axis: XAxis, value: number): string {
  if (axis === 'time') return shortDuration(value)
  return axis === 'tokens' ? shortCount(value) : count(Math.round(value))
}
