import { getDocument, GlobalWorkerOptions, PDFWorker, VerbosityLevel, type PDFDocumentLoadingTask } from 'pdfjs-dist'
import rendererUrl from 'pdfjs-dist/build/pdf.renderer.min.mjs?url'
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url'

export { AnnotationMode, PasswordResponses, TextLayer } from 'pdfjs-dist'
export type { PDFDocumentProxy, PDFPageProxy, RenderTask } from 'pdfjs-dist'
export type { PDFDocumentLoadingTask }

// Pages are drawn in a worker of their own, so that a heavy page never holds up the window.
GlobalWorkerOptions.rendererSrc = absolute(rendererUrl)

let parser: PDFWorker | undefined

/** One worker reads all open files. Made here rather than by pdf.js, whose own test of the address fails on `app://`. */
function sharedParser(): PDFWorker {
  parser ??= PDFWorker.create({ port: new Worker(absolute(workerUrl), { type: 'module' }) })
  return parser
}

/**
 * Starts to read a file by Range requests, as much of it as is looked at.
 * @param url relative to the window's address
 */
export function readPdf(url: string): PDFDocumentLoadingTask {
  return getDocument({
    url: absolute(url),
    worker: sharedParser(),
    cMapUrl: absolute('pdfjs/cmaps/'),
    standardFontDataUrl: absolute('pdfjs/standard_fonts/'),
    wasmUrl: absolute('pdfjs/wasm/'),
    iccUrl: absolute('pdfjs/iccs/'),
    disableAutoFetch: true,
    verbosity: VerbosityLevel.ERRORS,
  })
}

function absolute(url: string): string {
  return new URL(url, document.baseURI).href
}
