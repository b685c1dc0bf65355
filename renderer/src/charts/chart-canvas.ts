import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { MARGIN, type ChartLayout } from './layout.ts'
import { EDGE, FAINT, withAlpha, type Ink } from './palette.ts'

const LINE_PX = 1.75
/** Of many curves: tells them apart better, and is drawn several times faster than a line with joins. */
const THIN_LINE_PX = 1
const RAW_PX = 1
const LABEL_FONT_PX = 11

/** One chart on a canvas. uPlot is made anew only when the kind or number of curves changes. */
export class ChartCanvas {
  readonly #host: HTMLElement
  #plot: uPlot | undefined
  #shape = ''
  #layout: ChartLayout | undefined
  #ink: Ink | undefined

  constructor(host: HTMLElement) {
    this.#host = host
  }

  draw(layout: ChartLayout, ink: Ink): void {
    this.#layout = layout
    const shape = shapeOf(layout, ink)
    if (shape !== this.#shape || ink !== this.#ink) {
      this.#ink = ink
      this.#shape = shape
      this.#plot?.destroy()
      this.#plot = new uPlot(this.#options(layout, ink), undefined, this.#host)
    }
    const plot = this.#plot!
    const { width, height, xScale, yScale } = layout
    if (plot.width !== width || plot.height !== height) plot.setSize({ width, height })
    plot.batch(() => {
      plot.setData(dataOf(layout), false)
      plot.setScale('x', { min: xScale.low, max: xScale.high })
      plot.setScale('y', { min: yScale.low, max: yScale.high })
    })
  }

  destroy(): void {
    this.#plot?.destroy()
    this.#plot = undefined
  }

  #options(layout: ChartLayout, ink: Ink): uPlot.Options {
    const axis = {
      stroke: ink.axis,
      font: `${LABEL_FONT_PX}px ${ink.font}`,
      ticks: { show: false },
    }
    return {
      width: layout.width,
      height: layout.height,
      padding: [MARGIN.top, MARGIN.right, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, auto: false },
        y: { auto: false, distr: layout.log ? 3 : 1 },
      },
      axes: [
        {
          ...axis,
          size: MARGIN.bottom,
          gap: 6,
          grid: { show: false },
          splits: () => [...this.#layout!.xScale.ticks],
          values: () => [...this.#layout!.xLabels],
        },
        {
          ...axis,
          size: MARGIN.left,
          gap: 8,
          grid: { stroke: ink.grid, width: 1 },
          splits: () => [...this.#layout!.yScale.ticks],
          filter: (_, splits) => splits,
          values: () => [...this.#layout!.yLabels],
        },
      ],
      ...seriesOf(layout, ink),
      hooks: { drawClear: [(plot) => this.#drawMarks(plot)], draw: [(plot) => this.#drawReferences(plot)] },
    }
  }

  #drawReferences(plot: uPlot): void {
    const { references, range } = this.#layout!
    for (const { value, label, from = -Infinity, to = Infinity } of references) {
      const y = Math.round(plot.valToPos(value, 'y', true))
      const left = plot.valToPos(Math.max(from, range.from), 'x', true)
      const right = plot.valToPos(Math.min(to, range.to), 'x', true)
      this.#line(plot, [5, 4], [left, y, right, y])
      const room = (right - left) / uPlot.pxRatio
      if (room > 90) this.#text(plot, label, right - 4 * uPlot.pxRatio, y - 5 * uPlot.pxRatio, 'right')
    }
  }

  #drawMarks(plot: uPlot): void {
    const { top, height, left, width } = plot.bbox
    const { marks } = this.#layout!
    for (const [index, { x, label }] of marks.entries()) {
      const at = Math.round(plot.valToPos(x, 'x', true))
      if (at > left + 1) this.#line(plot, [2, 3], [at, top, at, top + height])
      const next = marks[index + 1]
      const end = next ? plot.valToPos(next.x, 'x', true) : left + width
      if (end - at > 72 * uPlot.pxRatio)
        this.#text(plot, label, at + 5 * uPlot.pxRatio, top + 11 * uPlot.pxRatio, 'left')
    }
  }

  #line({ ctx }: uPlot, dash: readonly number[], [x1, y1, x2, y2]: readonly [number, number, number, number]): void {
    ctx.save()
    ctx.strokeStyle = this.#ink!.reference
    ctx.lineWidth = uPlot.pxRatio
    ctx.setLineDash(dash.map((length) => length * uPlot.pxRatio))
    ctx.beginPath()
    ctx.moveTo(x1, y1)
    ctx.lineTo(x2, y2)
    ctx.stroke()
    ctx.restore()
  }

  #text({ ctx }: uPlot, text: string, x: number, y: number, align: CanvasTextAlign): void {
    ctx.save()
    ctx.font = `${LABEL_FONT_PX * uPlot.pxRatio}px ${this.#ink!.font}`
    ctx.fillStyle = this.#ink!.quiet
    ctx.textAlign = align
    ctx.textBaseline = 'alphabetic'
    ctx.fillText(text, x, y)
    ctx.restore()
  }
}

/** Two layouts of the same shape are drawn by the same uPlot. */
function shapeOf({ curves, hasBands, log }: ChartLayout, { ground }: Ink): string {
  const kinds = curves.map(({ id, style, curve, rawBand }) => [id, style.token, style.dash, curve.hasBand, rawBand])
  return JSON.stringify([kinds, hasBands, log, ground])
}

/** Bands lie under all lines: first the bands' edges, then the lines. */
function seriesOf({ curves, hasBands }: ChartLayout, ink: Ink): Pick<uPlot.Options, 'series' | 'bands'> {
  const series: uPlot.Series[] = [{}]
  const bands: uPlot.Band[] = []
  const common = { points: { show: false }, pxAlign: false, auto: false } satisfies uPlot.Series
  for (const { curve, style, rawBand } of hasBands ? curves : []) {
    if (!curve.hasBand) continue
    const color = rawBand ? ink.raw : withAlpha(ink[style.token], FAINT)
    // Where every point has a place of its own the band has no height: its edge then is the line of raw values.
    const edge = {
      ...common,
      stroke: rawBand ? color : withAlpha(ink[style.token], EDGE),
      width: rawBand ? RAW_PX : 0.5,
    }
    bands.push({ series: [series.length + 1, series.length], fill: color })
    series.push(edge, edge)
  }
  for (const { style } of curves)
    series.push({
      ...common,
      stroke: ink[style.token],
      width: hasBands ? LINE_PX : THIN_LINE_PX,
      dash: [...style.dash],
    })
  return { series, bands }
}

function dataOf({ x, curves, binned, hasBands }: ChartLayout): uPlot.AlignedData {
  const edges = curves.flatMap(({ curve }, index) =>
    hasBands && curve.hasBand ? [binned[index]!.low, binned[index]!.high] : [],
  )
  return [x as number[], ...edges, ...binned.map(({ line }) => line)]
}
