import { AnnotationMode, type PDFPageProxy } from './pdfjs.ts'

/** 64 MiB of canvas: a page is drawn coarser rather than larger, whatever the zoom and the screen. */
const MOST_PIXELS = 16_777_216

/** Device pixels per CSS pixel to draw with. */
export function pixelRatio(width: number, height: number, ratio: number): number {
  return Math.min(ratio, Math.sqrt(MOST_PIXELS / Math.max(1, width * height)))
}

/**
 * Draws a page on a canvas of its own.
 * @param scale CSS pixels per point
 * @throws the signal's reason when it is aborted meanwhile
 */
export async function drawPage(page: PDFPageProxy, scale: number, signal: AbortSignal): Promise<HTMLCanvasElement> {
  signal.throwIfAborted()
  const viewport = page.getViewport({ scale })
  const ratio = pixelRatio(viewport.width, viewport.height, window.devicePixelRatio)
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.floor(viewport.width * ratio))
  canvas.height = Math.max(1, Math.floor(viewport.height * ratio))
  const task = page.render({
    canvas,
    viewport,
    transform: [ratio, 0, 0, ratio, 0, 0],
    annotationMode: AnnotationMode.ENABLE,
  })
  const cancel = (): void => task.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await task.promise
  } catch (error) {
    release(canvas)
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  return canvas
}

/** Gives a canvas's memory back now instead of at the next collection. */
export function release(canvas: HTMLCanvasElement | undefined): void {
  if (canvas === undefined) return
  canvas.width = 0
  canvas.height = 0
}
