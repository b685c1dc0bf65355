// A chart as an SVG file: drawn from the same layout as the canvas, with attributes only, so that any program reads it.
import { MARGIN, toPx, toPy, type ChartLayout } from './layout.ts'
import { FAINT, withAlpha, type Ink } from './palette.ts'

const TITLE_PX = 28
const LEGEND_ROW_PX = 18

/** @param title stands above the plot, the names of the curves below it */
export function chartSvg(layout: ChartLayout, ink: Ink, title: string): string {
  const { width, height, curves } = layout
  const columns = Math.max(1, Math.floor((width - 2 * MARGIN.right) / 200))
  const legendRows = Math.ceil(curves.length / columns)
  const whole = TITLE_PX + height + (curves.length > 1 ? legendRows * LEGEND_ROW_PX + 8 : 0)
  const legend = curves.length > 1 ? curves.map((curve, index) => legendEntry(curve, index, columns, height, ink)) : []
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="${escape(ink.font)}" font-size="11">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${whole}" fill="${ink.ground}"/>`,
    `<text x="${MARGIN.right}" y="19" font-size="13" font-weight="600" fill="${ink.text}">${escape(title)}</text>`,
    `<g transform="translate(0 ${TITLE_PX})">`,
    ...plotParts(layout, ink),
    ...legend,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function plotParts(layout: ChartLayout, ink: Ink): string[] {
  const { width, height, xScale, yScale, xLabels, yLabels, references, marks, range } = layout
  const right = width - MARGIN.right
  const bottom = height - MARGIN.bottom
  const box = `x="${MARGIN.left}" y="${MARGIN.top}" width="${right - MARGIN.left}" height="${bottom - MARGIN.top}"`
  const px = (x: number): string => figure(toPx(layout, x))
  const py = (y: number): string => figure(toPy(layout, y))
  return [
    `<clipPath id="plot"><rect ${box}/></clipPath>`,
    ...yScale.ticks.map((y) => `<path d="M${MARGIN.left} ${py(y)}H${right}" stroke="${ink.grid}"/>`),
    ...yScale.ticks.map(
      (y, index) =>
        `<text x="${MARGIN.left - 8}" y="${figure(toPy(layout, y) + 4)}" text-anchor="end" fill="${ink.axis}">${escape(yLabels[index]!)}</text>`,
    ),
    ...xScale.ticks.map(
      (x, index) =>
        `<text x="${px(x)}" y="${bottom + 16}" text-anchor="middle" fill="${ink.axis}">${escape(xLabels[index]!)}</text>`,
    ),
    '<g clip-path="url(#plot)" fill="none" stroke-linejoin="round">',
    ...marks.map(({ x, label }) => {
      const line = `<path d="M${px(x)} ${MARGIN.top}V${bottom}" stroke="${ink.reference}" stroke-dasharray="2 3"/>`
      return `${line}<text x="${figure(toPx(layout, x) + 5)}" y="${MARGIN.top + 11}" fill="${ink.quiet}">${escape(label)}</text>`
    }),
    ...curveParts(layout, ink),
    ...references.map(({ value, label, from = range.from, to = range.to }) => {
      const end = Math.min(to, range.to)
      const line = `<path d="M${px(Math.max(from, range.from))} ${py(value)}H${px(end)}" stroke="${ink.reference}" stroke-dasharray="5 4"/>`
      return `${line}<text x="${figure(toPx(layout, end) - 4)}" y="${figure(toPy(layout, value) - 5)}" text-anchor="end" fill="${ink.quiet}">${escape(label)}</text>`
    }),
    '</g>',
  ]
}

function curveParts(layout: ChartLayout, ink: Ink): string[] {
  const { curves, binned, hasBands } = layout
  const bands = curves.flatMap(({ curve, style, rawBand }, index) => {
    if (!hasBands || !curve.hasBand) return []
    const color = rawBand ? ink.raw : withAlpha(ink[style.token], FAINT)
    return [
      `<path d="${bandPath(layout, index)}" fill="${color}" stroke="${color}" stroke-width="${rawBand ? 1 : 0.5}"/>`,
    ]
  })
  const lines = curves.map(({ style }, index) => {
    const dash = style.dash.length > 0 ? ` stroke-dasharray="${style.dash.join(' ')}"` : ''
    return `<path d="${linePath(layout, binned[index]!.line)}" stroke="${ink[style.token]}" stroke-width="1.75"${dash}/>`
  })
  return [...bands, ...lines]
}

type Values = readonly (number | null | undefined)[]

function linePath(layout: ChartLayout, values: Values): string {
  const parts: string[] = []
  let isOpen = false
  values.forEach((value, place) => {
    if (value == null) {
      if (value === null) isOpen = false
      return
    }
    parts.push(`${isOpen ? 'L' : 'M'}${figure(toPx(layout, layout.x[place]!))} ${figure(toPy(layout, value))}`)
    isOpen = true
  })
  return parts.join('')
}

/** There along the greatest values, back along the least. */
function bandPath(layout: ChartLayout, index: number): string {
  const { low, high } = layout.binned[index]!
  const corner = (place: number, value: number): string =>
    `${figure(toPx(layout, layout.x[place]!))} ${figure(toPy(layout, value))}`
  const there: string[] = []
  const back: string[] = []
  high.forEach((value, place) => {
    if (value == null) return
    there.push(corner(place, value))
    back.unshift(corner(place, low[place] ?? value))
  })
  return there.length === 0 ? '' : `M${[...there, ...back].join('L')}Z`
}

function legendEntry(
  { name, style }: ChartLayout['curves'][number],
  index: number,
  columns: number,
  top: number,
  ink: Ink,
): string {
  const x = MARGIN.right + (index % columns) * 200
  const y = top + 12 + Math.floor(index / columns) * LEGEND_ROW_PX
  const dash = style.dash.length > 0 ? ` stroke-dasharray="${style.dash.join(' ')}"` : ''
  const line = `<path d="M${x} ${y - 4}h18" stroke="${ink[style.token]}" stroke-width="1.75"${dash}/>`
  return `${line}<text x="${x + 24}" y="${y}" fill="${ink.text}">${escape(name)}</text>`
}

function figure(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escape(text: string): string {
  return text.replace(/[&<>"]/gu, (sign) => `&#${sign.codePointAt(0)};`)
}
