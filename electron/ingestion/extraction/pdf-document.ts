/** Opens PDFs with pdf.js inside this process and turns every way of not opening into an `ExtractionError`. */
import { createRequire } from 'node:module'
import { said } from '../../contracts/wording.ts'
import { dirname, join, sep } from 'node:path'
import type { OPS, PDFDocumentLoadingTask, PDFDocumentProxy, PDFWorker } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { DirectPort } from './direct-port.ts'
import { ExtractionError } from './extraction-error.ts'
import { withFontNames } from './font-names.ts'

/**
 * [Note: pdf.js in Node]
 * The legacy build, because the modern one needs a newer V8 than Node 24 has. Its worker code is imported into this
 * process (`globalThis.pdfjsWorker`), which already is a process of its own. Character maps and standard fonts are read
 * from the package's folder; without them the text of some CJK files is lost.
 */
export interface PdfLibrary {
  readonly ops: typeof OPS
  /**
   * @param bytes handed over: pdf.js may change them or leave the array empty.
   * @throws ExtractionError with code ENCRYPTED, WRONG_PASSWORD or DAMAGED
   */
  open(bytes: Uint8Array, options?: OpenOptions): Promise<OpenPdf>
}

export interface OpenOptions {
  readonly password?: string | undefined
  /** True for drawing pages; text alone needs no image data, and skipping it saves decoding. */
  readonly images?: boolean
}

export interface OpenPdf extends AsyncDisposable {
  readonly document: PDFDocumentProxy
}

interface PdfModule {
  readonly OPS: typeof OPS
  readonly PDFWorker: new (options: { port: DirectPort; verbosity: number }) => PDFWorker
  getDocument(parameters: object): PDFDocumentLoadingTask
}

interface WorkerModule {
  readonly WorkerMessageHandler: { initializeFromPort(port: DirectPort): void }
}

/** Where character maps, standard fonts and image decoders lie. */
const PACKAGE_FOLDER = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))

let library: Promise<PdfLibrary> | undefined

/** Loads pdf.js once; 70 to 150 ms on the first call. */
export function pdfLibrary(): Promise<PdfLibrary> {
  return (library ??= loadLibrary())
}

async function loadLibrary(): Promise<PdfLibrary> {
  const worker = (await withFontNames(() => import('pdfjs-dist/legacy/build/pdf.worker.mjs'))) as WorkerModule
  Object.assign(globalThis, { pdfjsWorker: worker })
  const pdfjs = (await import('pdfjs-dist/legacy/build/pdf.mjs')) as unknown as PdfModule
  return { ops: pdfjs.OPS, open: (bytes, options) => open(pdfjs, worker, bytes, options) }
}

async function open(
  pdfjs: PdfModule,
  { WorkerMessageHandler }: WorkerModule,
  bytes: Uint8Array,
  options: OpenOptions = {},
): Promise<OpenPdf> {
  let worker: PDFWorker | undefined
  // Drawing moves images from one half of pdf.js to the other and is left on the usual, copying port.
  if (!options.images) {
    const port = new DirectPort()
    WorkerMessageHandler.initializeFromPort(port)
    worker = new pdfjs.PDFWorker({ port, verbosity: 0 })
  }
  const task = pdfjs.getDocument({ ...documentParameters(bytes, options), ...(worker ? { worker } : {}) })
  const close = async (): Promise<void> => {
    await task.destroy()
    worker?.destroy()
  }
  try {
    return { document: await task.promise, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw openError(error, options.password !== undefined)
  }
}

/** How documents are opened; without `images` any picture of more than one pixel is skipped unread. */
export function documentParameters(bytes: Uint8Array, { password, images = false }: OpenOptions = {}): object {
  return {
    data: bytes,
    ...(password === undefined ? {} : { password }),
    cMapUrl: packageFolder('cmaps'),
    cMapPacked: true,
    standardFontDataUrl: packageFolder('standard_fonts'),
    wasmUrl: packageFolder('wasm'),
    verbosity: 0,
    disableFontFace: true,
    isEvalSupported: false,
    useSystemFonts: false,
    enableXfa: true,
    ...(images ? {} : { maxImageSize: 1 }),
  }
}

function packageFolder(name: string): string {
  return join(PACKAGE_FOLDER, name) + sep
}

function openError(error: unknown, passwordGiven: boolean): ExtractionError {
  const { name, message } = error as Error
  if (name === 'PasswordException') {
    return passwordGiven
      ? new ExtractionError('WRONG_PASSWORD', said`The password does not open this file`, { cause: error })
      : new ExtractionError('ENCRYPTED', said`The file is encrypted; enter its password to read it`, { cause: error })
  }
  return new ExtractionError('DAMAGED', said`The file is damaged and cannot be opened (${trimStop(message)})`, {
    cause: error,
  })
}

function trimStop(message: string): string {
  return message.replace(/\.$/, '')
}
