/** Everything one worker does for one file: read, hash, extract, clean, chunk, fingerprint. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { chunkDocument } from '../../text/chunker.ts'
import type { ExtractedDocument, ExtractedPage } from '../../text/extracted-document.ts'
import { minhash } from '../../text/minhash.ts'
import { packLines } from '../../text/packed-lines.ts'
import type { PageText, PassageDraft } from '../../text/page.ts'
import { assemblePages } from './assemble-pages.ts'
import { ExtractionError } from './extraction-error.ts'
import { readPdf, type RawDocument } from './pdf-extractor.ts'

/** A larger file does not fit the memory of a worker. */
export const MAX_FILE_BYTES = 512 * 2 ** 20

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
  const bytes = await readBytes(path)
  const contentHash = createHash('sha256').update(bytes).digest('hex')
  const raw = await readPdf(bytes, options)
  const pages = assemblePages(raw.pages)
  return {
    pages,
    passages: chunkDocument(pages),
    facts: {
      contentHash,
      pageCount: raw.pageCount,
      damage: raw.damage,
      ...describe(raw, path),
      signature: minhash(allText(pages)),
    },
  }
}

/** A page as it crosses to the owner: its lines in one block of bytes instead of thousands of small objects. */
export function packPage(page: PageText): ExtractedPage {
  return { ...page, lines: packLines(page.lines) }
}

async function readBytes(path: string | Buffer): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > MAX_FILE_BYTES) {
      throw new ExtractionError(
        'TOO_LARGE',
        `The file has ${Math.round(size / 2 ** 20)} MiB; at most ${MAX_FILE_BYTES / 2 ** 20} MiB are read. Split it into smaller files`,
      )
    }
    const buffer = await file.readFile()
    // pdf.js takes the memory over, so it must not be part of a shared pool.
    return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
  } catch (error) {
    throw readError(error)
  }
}

function readError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof ExtractionError || code === undefined) return error
  if (code === 'ENOENT') {
    return new ExtractionError('VANISHED', 'The file was moved or deleted before it could be read', { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ExtractionError('UNREADABLE', 'You have no right to read this file', { cause: error })
  }
  return new ExtractionError('UNREADABLE', `The file cannot be read (${String(code)}); check the drive it is on`, {
    cause: error,
  })
}

function allText(pages: readonly PageText[]): string {
  return pages.map((page) => page.text).join('\n\n')
}

function describe(
  raw: RawDocument,
  path: string | Buffer,
): Pick<ReadDocument['facts'], 'title' | 'author' | 'date' | 'language' | 'hazards'> {
  const name = path.toString()
  return {
    title: raw.properties.title ?? basename(name, extname(name)),
    author: raw.properties.author,
    date: raw.properties.created,
    language: undefined,
    hazards: [],
  }
}
