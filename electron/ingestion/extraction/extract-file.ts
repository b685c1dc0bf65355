/** Everything one worker does for one file: read, hash, extract, clean, chunk, fingerprint. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { chunkDocument } from '../../text/chunker.ts'
import { documentDate, documentTitle } from '../../text/document-facts.ts'
import type { ExtractedDocument, ExtractedPage } from '../../text/extracted-document.ts'
import { hazardGroups } from '../../text/hazards.ts'
import { detectLanguage } from '../../text/language.ts'
import { minhash } from '../../text/minhash.ts'
import { packLines } from '../../text/packed-lines.ts'
import type { PageText, PassageDraft } from '../../text/page.ts'
import { assemblePages } from './assemble-pages.ts'
import { ExtractionError } from './extraction-error.ts'
import { readBytes } from './read-bytes.ts'
import { salvagePdf, type SalvagedPdf } from './salvage.ts'
import { readPdf, type RawDocument } from './pdf-extractor.ts'

/** A document before its pages are packed for sending. */
export interface ReadDocument {
  readonly pages: readonly PageText[]
  readonly passages: readonly PassageDraft[]
  readonly facts: Omit<ExtractedDocument, 'pages' | 'passages' | 'dropped'>
}

export interface ExtractFileOptions {
  readonly password?: string | undefined
  /** Awaited when the file is open (page 0) and after each page; it may throw to stop. */
  readonly onPage?: (page: number, pageCount: number) => Promise<void> | void
}

/** @throws ExtractionError with the reason when nothing of the file can be indexed */
export async function extractFile(path: string | Buffer, options: ExtractFileOptions = {}): Promise<ReadDocument> {
  const bytes = readBytes(path)
  const contentHash = createHash('sha256').update(bytes).digest('hex')
  const raw = await readWhatIsThere(path, bytes, options)
  const pages = assemblePages(raw.pages)
  const text = pages.map((page) => page.text).join('\n\n')
  const language = detectLanguage(text)?.code
  const source = { fileName: basename(path.toString()), ...raw.properties, pages, language }
  const title = documentTitle(source)
  return {
    pages,
    passages: chunkDocument(pages),
    facts: {
      contentHash,
      pageCount: raw.pageCount,
      damage: raw.damage,
      title,
      author: raw.properties.author,
      date: documentDate(source),
      language,
      hazards: hazardGroups(sampleOf(text), title),
      signature: minhash(text),
    },
  }
}

/** A larger file of one page is a map or a poster. */
const MAX_DOUBTED_BYTES = 8 * 2 ** 20

/** A damaged file is read a second time with a rebuilt directory, and the reading that shows more pages counts. */
async function readWhatIsThere(
  path: string | Buffer,
  bytes: Uint8Array,
  options: ExtractFileOptions,
): Promise<RawDocument> {
  const size = bytes.byteLength
  let asItIs: RawDocument | ExtractionError
  try {
    asItIs = await readPdf(bytes, options)
    // pdf.js sees one page and no damage where it cannot follow the page tree.
    const isBelievable = asItIs.pageCount > 1 || size > MAX_DOUBTED_BYTES
    if (asItIs.damage === undefined && isBelievable) return asItIs
  } catch (error) {
    if (!(error instanceof ExtractionError && error.code === 'DAMAGED')) throw error
    asItIs = error
  }
  // pdf.js has taken the first bytes over.
  const salvaged = salvagePdf(readBytes(path))
  const isOnePage = !(asItIs instanceof ExtractionError) && asItIs.damage === undefined
  const rebuilt =
    salvaged && !(isOnePage && (salvaged.declaredPages ?? 1) === 1) ? await readSalvaged(salvaged, options) : undefined
  if (rebuilt && (asItIs instanceof ExtractionError || rebuilt.pages.length > asItIs.pages.length)) return rebuilt
  if (asItIs instanceof ExtractionError) throw asItIs
  return asItIs
}

async function readSalvaged(salvaged: SalvagedPdf, options: ExtractFileOptions): Promise<RawDocument | undefined> {
  let raw: RawDocument
  try {
    raw = await readPdf(salvaged.bytes, options)
  } catch (error) {
    if (error instanceof ExtractionError) return undefined
    throw error
  }
  // A page whose contents were behind the cut looks blank; it is not.
  const lastWithText = raw.pages.findLastIndex((page) => page.runs.length > 0)
  if (lastWithText < 0) return undefined
  const pages = raw.pages.slice(0, lastWithText + 1)
  const pageCount = Math.max(salvaged.declaredPages ?? 0, raw.pageCount)
  const reached = pages.at(-1)?.number ?? 0
  const damage =
    pages.length === salvaged.declaredPages
      ? `The file is damaged; all ${pageCount} pages could be recovered`
      : salvaged.cutOff
        ? `The file is cut off after page ${reached}${pageCount > reached ? ` of ${pageCount}` : ''}`
        : `The file is damaged: ${pages.length} of ${pageCount} pages could be recovered`
  return { ...raw, pageCount, pages, damage }
}

/** What a long document is about shows in parts of it, taken in even steps from beginning to end. */
function sampleOf(text: string): string {
  if (text.length <= SAMPLE_CHARACTERS) return text
  const size = SAMPLE_CHARACTERS / SAMPLE_PARTS
  const step = (text.length - size) / (SAMPLE_PARTS - 1)
  return Array.from({ length: SAMPLE_PARTS }, (_, part) => text.slice(part * step, part * step + size)).join('\n')
}

const SAMPLE_CHARACTERS = 200_000
const SAMPLE_PARTS = 10

/** A page as it crosses to the owner: its lines in one block of bytes instead of thousands of small objects. */
export function packPage(page: PageText): ExtractedPage {
  return { ...page, lines: packLines(page.lines) }
}
