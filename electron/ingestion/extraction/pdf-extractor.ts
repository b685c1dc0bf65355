/** Reads one PDF page by page: printed runs in reading order, filled form fields, page quality, document properties. */
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { said } from '../../contracts/wording.ts'
import type { TextItem } from 'pdfjs-dist/types/src/display/api.d.ts'
import type { PageQuality, TextSource } from '../../text/page.ts'
import { ExtractionError } from './extraction-error.ts'
import type { NamedTextStyle } from './font-names.ts'
import { filledFields, pagesWithFilledFields, type FilledField } from './form-fields.ts'
import { uprightBox, type Box } from './page-frame.ts'
import { FEW_CHARACTERS, textQuality } from './page-quality.ts'
import { FIELD_TURN, type LayoutRun } from './paragraphs.ts'
import { pdfLibrary, type PdfLibrary } from './pdf-document.ts'
import { pictureShare } from './picture-area.ts'
import { LineBuilder, type PrintedLine } from './printed-lines.ts'
import { readingOrder } from './reading-order.ts'

/** A page as read, before the words of the whole document decide its line-end hyphens. */
export interface RawPage {
  readonly number: number
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly runs: readonly PageRun[]
  readonly source: TextSource
  readonly quality: PageQuality
}

/** Its box is that on the unrotated page, origin at the lower left corner. */
export interface PageRun extends LayoutRun, Box {}

export interface PdfProperties {
  readonly title: string | undefined
  readonly author: string | undefined
  /** As the file has them, such as D:20250521103000+02'00'. */
  readonly created: string | undefined
  readonly modified: string | undefined
}

export interface RawDocument {
  readonly pageCount: number
  readonly properties: PdfProperties
  readonly pages: readonly RawPage[]
  /** What could not be read, as a sentence, when only a part could. */
  readonly damage: string | undefined
}

export interface ReadOptions {
  readonly password?: string | undefined
  /** Awaited when the file is open (page 0) and after each page; it may throw to stop. */
  readonly onPage?: (page: number, pageCount: number) => Promise<void> | void
}

/** Pictures must cover this share of a page without text for it to count as a scan. */
const SCAN_SHARE = 0.1
/** pdf.js keeps fonts and resources of a document until told otherwise. */
const PAGES_BETWEEN_CLEANUPS = 200
/** No real document has more; a forged page count must not keep a worker busy for days. */
export const MAX_PAGES = 50_000

/**
 * @param bytes the whole file; handed over to pdf.js, which may change it
 * @throws ExtractionError with the reason when no page can be read
 */
export async function readPdf(bytes: Uint8Array, options: ReadOptions = {}): Promise<RawDocument> {
  if (bytes.byteLength === 0) throw new ExtractionError('EMPTY', said`The file is empty (0 bytes)`)
  const header = hasPdfHeader(bytes)
  const library = await pdfLibrary()
  try {
    await using pdf = await library.open(bytes, { password: options.password })
    return await readPages(library, pdf.document, options)
  } catch (error) {
    if (error instanceof ExtractionError && error.code === 'DAMAGED' && !header) {
      throw new ExtractionError('NOT_A_PDF', said`The file is not a PDF, whatever its name says`, { cause: error })
    }
    throw error
  }
}

/** ISO 32000-2, annex I: readers accept the header within the first 1024 bytes. */
function hasPdfHeader(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).includes('%PDF-')
}

async function readPages(library: PdfLibrary, document: PDFDocumentProxy, options: ReadOptions): Promise<RawDocument> {
  const pageCount = document.numPages
  if (pageCount === 0) throw new ExtractionError('EMPTY', said`The file has no pages`)
  if (pageCount > MAX_PAGES) {
    throw new ExtractionError(
      'TOO_LARGE',
      said`The file has ${pageCount} pages; at most ${MAX_PAGES} are read. Split it into smaller files`,
      { pageCount },
    )
  }
  await options.onPage?.(0, pageCount)
  const { properties, hasForm } = await readProperties(document)
  const filledPages = hasForm ? await pagesWithFilledFields(document).catch(() => NO_PAGES) : NO_PAGES
  const pages: RawPage[] = []
  const unreadable: number[] = []
  for (let number = 1; number <= pageCount; number++) {
    try {
      pages.push(await readPage(library, document, number, filledPages.has(number)))
    } catch {
      // One broken page must not hide the others; which ones are missing is said in `damage`.
      unreadable.push(number)
    }
    await options.onPage?.(number, pageCount)
    if (number % PAGES_BETWEEN_CLEANUPS === 0) await document.cleanup()
  }
  if (pages.length === 0) {
    throw new ExtractionError('DAMAGED', said`The file is damaged: none of its pages can be read`, { pageCount })
  }
  return { pageCount, properties, pages, damage: describeDamage(unreadable, pageCount) }
}

const NO_PAGES: ReadonlySet<number> = new Set()

async function readPage(
  library: PdfLibrary,
  document: PDFDocumentProxy,
  number: number,
  hasFilledFields: boolean,
): Promise<RawPage> {
  const page = await document.getPage(number)
  try {
    const printed = await printedLines(document, page)
    const [left = 0, bottom = 0, right = 0, top = 0] = page.view
    const runs = layOut(printed, left, bottom)
    if (hasFilledFields) {
      for (const field of await filledFields(document, number)) runs.push(fieldRun(field, left, bottom))
    }
    const text = runs.map((run) => run.text).join(' ')
    const removed = printed.reduce((sum, line) => sum + line.removed, 0)
    let quality: PageQuality = textQuality(text, removed)
    if (text.length < FEW_CHARACTERS && (await pictureShare(page, library.ops)) >= SCAN_SHARE) quality = 'no-text'
    return {
      number,
      width: right - left,
      height: top - bottom,
      rotation: page.rotate,
      runs,
      source: text === '' ? 'none' : 'pdf',
      quality,
    }
  } finally {
    page.cleanup()
  }
}

/**
 * Typed text has a size of its own that matters to nobody; the usual size of body text makes it no heading. It follows the
 * printed text.
 */
function fieldRun({ text, box }: FilledField, left: number, bottom: number): PageRun {
  const moved = { ...box, x: box.x - left, y: box.y - bottom }
  return { text, ...moved, upright: moved, fontSize: FIELD_FONT_SIZE, turn: FIELD_TURN, bold: false }
}

const FIELD_FONT_SIZE = 10

async function printedLines(document: PDFDocumentProxy, page: PDFPageProxy): Promise<readonly PrintedLine[]> {
  const styles: Record<string, NamedTextStyle> = {}
  const builder = new LineBuilder(styles)
  // The text of a dynamic form is not in content streams and comes only through `getTextContent`.
  const chunks = document.isPureXfa ? [await page.getTextContent()] : page.streamTextContent()
  for await (const chunk of chunks as AsyncIterable<{ items: TextItem[]; styles: Record<string, NamedTextStyle> }>) {
    Object.assign(styles, chunk.styles)
    for (const item of chunk.items) builder.add(item)
  }
  return builder.finish()
}

function layOut(printed: readonly PrintedLine[], left: number, bottom: number): PageRun[] {
  const mainTurn = turnOfMost(printed)
  const runs = printed
    .filter((line) => line.text !== '')
    .map(({ text, box, turn, fontSize, bold }): PageRun => {
      const moved = { x: box.x - left, y: box.y - bottom, width: box.width, height: box.height }
      return { text, ...moved, upright: uprightBox(moved, mainTurn), fontSize, turn, bold }
    })
  return [...readingOrder(runs)]
}

/** The direction of most characters. */
function turnOfMost(lines: readonly PrintedLine[]): number {
  const characters = [0, 0, 0, 0]
  for (const { turn, text } of lines) characters[turn] = (characters[turn] ?? 0) + text.length
  return characters.indexOf(Math.max(...characters))
}

async function readProperties(document: PDFDocumentProxy): Promise<{ properties: PdfProperties; hasForm: boolean }> {
  try {
    const { info } = (await document.getMetadata()) as { info: Readonly<Record<string, unknown>> }
    return {
      properties: {
        title: nonEmpty(info['Title']),
        author: nonEmpty(info['Author']),
        created: nonEmpty(info['CreationDate']),
        modified: nonEmpty(info['ModDate']),
      },
      hasForm: info['IsAcroFormPresent'] === true,
    }
  } catch {
    // Broken properties say nothing about the pages.
    return {
      properties: { title: undefined, author: undefined, created: undefined, modified: undefined },
      hasForm: false,
    }
  }
}

function nonEmpty(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.replaceAll('\0', '').trim() : ''
  return text === '' ? undefined : text
}

/** @returns undefined when every page was read. */
function describeDamage(unreadable: readonly number[], pageCount: number): string | undefined {
  const first = unreadable[0]
  if (first === undefined) return undefined
  const isTail = unreadable.length === pageCount - first + 1
  if (isTail) return `The file is damaged or cut off: only its first ${first - 1} of ${pageCount} pages could be read`
  const shown = unreadable.slice(0, 8).join(', ') + (unreadable.length > 8 ? ', …' : '')
  return `The file is damaged: ${unreadable.length === 1 ? 'page' : 'pages'} ${shown} of ${pageCount} could not be read`
}
