/** Size of a page as shown, in points. */
export interface PageSize {
  readonly width: number
  readonly height: number
}

/** 'width': every page as wide as the window; a number: 1 is the printed size at 96 pixels per inch. */
export type Zoom = 'width' | number

/** Where every page stands in the column of pages, in CSS pixels. */
export interface PageLayout {
  /** CSS pixels per point, page by page. */
  readonly scales: Float64Array
  readonly tops: Float64Array
  readonly heights: Float64Array
  readonly widths: Float64Array
  /** Of the whole column. */
  readonly height: number
  readonly width: number
}

/** A point of the document that stays where it is when the zoom changes. */
export interface Anchor {
  /** Index from 0. */
  readonly page: number
  /** Share of the page's height above the point. */
  readonly share: number
}

export const PIXELS_PER_POINT = 96 / 72
export const PAGE_GAP = 12
export const MARGIN = 16
export const SMALLEST_ZOOM = 0.25
export const LARGEST_ZOOM = 4
/** A postcard is not blown up to the width of the window. */
const LARGEST_FIT = 2

export function layOutPages(sizes: readonly PageSize[], zoom: Zoom, windowWidth: number): PageLayout {
  const count = sizes.length
  const layout = {
    scales: new Float64Array(count),
    tops: new Float64Array(count),
    heights: new Float64Array(count),
    widths: new Float64Array(count),
  }
  const room = Math.max(80, windowWidth - 2 * MARGIN)
  let top = MARGIN
  let widest = 0
  sizes.forEach((size, index) => {
    const scale =
      zoom === 'width' ? Math.min(room / size.width, LARGEST_FIT * PIXELS_PER_POINT) : zoom * PIXELS_PER_POINT
    // Whole pixels, or hairlines between canvas and sheet would shine through.
    const height = Math.floor(size.height * scale)
    layout.scales[index] = scale
    layout.tops[index] = top
    layout.heights[index] = height
    layout.widths[index] = Math.floor(size.width * scale)
    widest = Math.max(widest, Math.floor(size.width * scale))
    top += height + PAGE_GAP
  })
  return { ...layout, height: count === 0 ? 0 : top - PAGE_GAP + MARGIN, width: widest + 2 * MARGIN }
}

/** Index of the page at a height; the nearest one above and below all of them. */
export function pageAt(layout: PageLayout, y: number): number {
  let low = 0
  let high = layout.tops.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((layout.tops[middle] ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

/** Indices of the first and last page that touch [top, bottom]. */
export function pagesBetween(layout: PageLayout, top: number, bottom: number): readonly [first: number, last: number] {
  const at = pageAt(layout, top)
  const end = (layout.tops[at] ?? 0) + (layout.heights[at] ?? 0)
  const first = end < top ? Math.min(at + 1, layout.tops.length - 1) : at
  return [first, Math.max(first, pageAt(layout, bottom))]
}

export function anchorAt(layout: PageLayout, y: number): Anchor {
  const page = pageAt(layout, y)
  return { page, share: (y - (layout.tops[page] ?? 0)) / (layout.heights[page] || 1) }
}

export function heightOf(layout: PageLayout, anchor: Anchor): number {
  return (layout.tops[anchor.page] ?? 0) + anchor.share * (layout.heights[anchor.page] ?? 0)
}

const STEPS = [0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4] as const

/** The next step of the zoom up (1) or down (-1) from where it is. */
export function zoomStep(zoom: number, direction: 1 | -1): number {
  const next = direction > 0 ? STEPS.find((step) => step > zoom * 1.02) : STEPS.findLast((step) => step < zoom * 0.98)
  return next ?? Math.min(LARGEST_ZOOM, Math.max(SMALLEST_ZOOM, zoom))
}
