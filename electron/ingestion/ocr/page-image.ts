/** Draws a PDF page as a grey image for text recognition. */
import { createCanvas } from '@napi-rs/canvas'
import type { PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { Box } from '../extraction/page-frame.ts'

export interface PageImage {
  /** Binary PGM (netpbm P5), which every build of Leptonica reads; encoding PNG takes longer than drawing. */
  readonly pgm: Buffer
  readonly width: number
  readonly height: number
  readonly dpi: number
  /** The box on the unrotated page, in points from its lower left corner, of a box in pixels from the upper left. */
  toPage(left: number, top: number, width: number, height: number): Box
}

/** 300 dpi brought nothing over 200 in our measurements and takes twice the time. */
const DPI = 200
const POINTS_PER_INCH = 72
/** Larger pages (maps, posters) are drawn with fewer dots: 16 million pixels are 64 MB of canvas. */
const MAX_PIXELS = 16_000_000

export async function drawPage(page: PDFPageProxy): Promise<PageImage> {
  const full = page.getViewport({ scale: DPI / POINTS_PER_INCH })
  const shrink = Math.min(1, Math.sqrt(MAX_PIXELS / (full.width * full.height)))
  const viewport = page.getViewport({ scale: (DPI / POINTS_PER_INCH) * shrink })
  const width = Math.max(1, Math.ceil(viewport.width))
  const height = Math.max(1, Math.ceil(viewport.height))
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  // pdf.js is typed for browsers; in Node it draws on this canvas.
  await page.render({ canvas: canvas as never, canvasContext: context as never, viewport }).promise
  const [originX = 0, originY = 0] = page.view
  return {
    pgm: toPgm(context.getImageData(0, 0, width, height).data, width, height),
    width,
    height,
    dpi: DPI * shrink,
    toPage(boxLeft, boxTop, boxWidth, boxHeight) {
      const [x1 = 0, y1 = 0] = viewport.convertToPdfPoint(boxLeft, boxTop) as number[]
      const [x2 = 0, y2 = 0] = viewport.convertToPdfPoint(boxLeft + boxWidth, boxTop + boxHeight) as number[]
      return {
        x: Math.min(x1, x2) - originX,
        y: Math.min(y1, y2) - originY,
        width: Math.abs(x2 - x1),
        height: Math.abs(y2 - y1),
      }
    },
  }
}

/** Luma of ITU-R BT.601 in integer arithmetic. */
function toPgm(rgba: Uint8ClampedArray, width: number, height: number): Buffer {
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1')
  const pgm = Buffer.allocUnsafe(header.length + width * height)
  header.copy(pgm)
  for (let from = 0, to = header.length; to < pgm.length; from += 4, to++) {
    pgm[to] = ((rgba[from] ?? 0) * 77 + (rgba[from + 1] ?? 0) * 150 + (rgba[from + 2] ?? 0) * 29) >> 8
  }
  return pgm
}
