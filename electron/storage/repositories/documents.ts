import type { Database, Statement } from 'better-sqlite3'
import { createHash } from 'node:crypto'
import type { ExtractedDocument, ExtractedPage } from '../../text/extracted-document.ts'
import type { PassageDraft, TextLine } from '../../text/page.ts'
import { unpackLines } from '../../text/packed-lines.ts'

/** Raised when a stage of ingestion changes its output, so that documents read by an older one are read again. */
export const PIPELINE_VERSION = 1

export interface DocumentRecord {
  readonly id: number
  readonly contentHash: string
  readonly title: string
  readonly author: string | null
  readonly date: string | null
  readonly language: string | null
  readonly hazards: readonly string[]
  readonly pageCount: number
  readonly clusterId: number | null
  readonly isMain: boolean
}

export interface StoredPage {
  readonly number: number
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly source: 'pdf' | 'ocr' | 'none'
  readonly quality: 'text' | 'no-text' | 'garbage'
  readonly ocrConfidence: number | null
  readonly text: string
  readonly lines: readonly TextLine[]
}

export interface PageCoverage {
  readonly number: number
  readonly quality: StoredPage['quality']
  readonly source: StoredPage['source']
  readonly ocrConfidence: number | null
  readonly droppedLines: number
}

export interface PassageRecord {
  readonly id: number
  readonly documentId: number
  readonly pageStart: number
  readonly pageEnd: number
  readonly charStart: number
  readonly charEnd: number
  readonly headings: readonly string[]
  readonly text: string
  readonly textHash: string
  readonly ocr: boolean
}

interface DocumentRow {
  id: number
  content_hash: string
  title: string
  author: string | null
  date: string | null
  language: string | null
  hazards: string
  page_count: number
  cluster_id: number | null
  is_main: number
}

interface PageRow {
  number: number
  width: number
  height: number
  rotation: number
  source: StoredPage['source']
  quality: StoredPage['quality']
  ocr_confidence: number | null
  text: string
  lines: Buffer
}

interface PassageRow {
  id: number
  document_id: number
  page_start: number
  page_end: number
  char_start: number
  char_end: number
  headings: string
  text: string
  text_hash: string
  ocr: number
}

/** Documents (files by content), their pages and their passages. The keyword index follows by triggers. */
export class DocumentRepository {
  readonly #db: Database
  readonly #insertPage: Statement
  readonly #insertPassage: Statement
  readonly #insertDropped: Statement

  constructor(db: Database) {
    this.#db = db
    this.#insertPage = db.prepare(
      `INSERT INTO page (document_id, number, width, height, rotation, source, quality, ocr_confidence, text, lines)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertPassage = db.prepare(
      `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash, ocr)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertDropped = db.prepare('INSERT INTO dropped_line (document_id, page, text, reason) VALUES (?, ?, ?, ?)')
  }

  byId(id: number): DocumentRecord | undefined {
    const row = this.#db.prepare<[number], DocumentRow>('SELECT * FROM document WHERE id = ?').get(id)
    return row && toDocument(row)
  }

  byContentHash(hash: string): DocumentRecord | undefined {
    const row = this.#db
      .prepare<[string, number], DocumentRow>('SELECT * FROM document WHERE content_hash = ? AND pipeline_version = ?')
      .get(hash, PIPELINE_VERSION)
    return row && toDocument(row)
  }

  /** Writes a whole document, replacing what an older pipeline made of the same bytes. Call inside a transaction. @returns its id. */
  insert(document: ExtractedDocument): number {
    const previous = this.#db
      .prepare<[string], number>('SELECT id FROM document WHERE content_hash = ?')
      .pluck()
      .get(document.contentHash)
    if (previous !== undefined) this.remove(previous)
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO document (content_hash, title, author, date, language, hazards, page_count, signature, pipeline_version, indexed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        document.contentHash,
        document.title,
        document.author ?? null,
        document.date ?? null,
        document.language ?? null,
        JSON.stringify(document.hazards),
        document.pageCount,
        document.signature
          ? Buffer.from(document.signature.buffer, document.signature.byteOffset, document.signature.byteLength)
          : null,
        PIPELINE_VERSION,
        Date.now(),
      )
    const id = Number(lastInsertRowid)
    for (const page of document.pages) this.#addPage(id, page)
    const ocrPages = new Set(document.pages.filter((page) => page.source === 'ocr').map((page) => page.number))
    this.#addPassages(id, document.title, document.passages, ocrPages)
    for (const line of document.dropped) this.#insertDropped.run(id, line.page, line.text, line.reason)
    return id
  }

  /** Replaces the text of some pages (after OCR) and all passages of the document. Call inside a transaction. */
  replaceText(id: number, pages: readonly ExtractedPage[], passages: readonly PassageDraft[]): void {
    const { title } = this.byId(id)!
    const removePage = this.#db.prepare('DELETE FROM page WHERE document_id = ? AND number = ?')
    for (const page of pages) {
      removePage.run(id, page.number)
      this.#addPage(id, page)
    }
    this.#db.prepare('DELETE FROM passage WHERE document_id = ?').run(id)
    const ocrPages = this.#db
      .prepare<[number], number>("SELECT number FROM page WHERE document_id = ? AND source = 'ocr'")
      .pluck()
      .all(id)
    this.#addPassages(id, title, passages, new Set(ocrPages))
  }

  pages(id: number): StoredPage[] {
    return this.#db
      .prepare<[number], PageRow>('SELECT * FROM page WHERE document_id = ? ORDER BY number')
      .all(id)
      .map(toPage)
  }

  page(id: number, number: number): StoredPage | undefined {
    const row = this.#db
      .prepare<[number, number], PageRow>('SELECT * FROM page WHERE document_id = ? AND number = ?')
      .get(id, number)
    return row && toPage(row)
  }

  pageSizes(id: number): { number: number; width: number; height: number; rotation: number }[] {
    return this.#db
      .prepare<[number], { number: number; width: number; height: number; rotation: number }>(
        'SELECT number, width, height, rotation FROM page WHERE document_id = ? ORDER BY number',
      )
      .all(id)
  }

  passage(id: number): PassageRecord | undefined {
    const row = this.#db.prepare<[number], PassageRow>('SELECT * FROM passage WHERE id = ?').get(id)
    return row && toPassage(row)
  }

  passages(documentId: number): PassageRecord[] {
    return this.#db
      .prepare<[number], PassageRow>('SELECT * FROM passage WHERE document_id = ? ORDER BY page_start, char_start')
      .all(documentId)
      .map(toPassage)
  }

  passageCount(): number {
    return this.#db.prepare<[], number>('SELECT count(*) FROM passage').pluck().get()!
  }

  /** Per page: whether it can be searched, where its text is from, and how many of its lines were left out. */
  coverage(id: number): PageCoverage[] {
    return this.#db
      .prepare<[number], PageCoverage>(
        `SELECT number, quality, source, ocr_confidence AS ocrConfidence,
           (SELECT count(*) FROM dropped_line WHERE dropped_line.document_id = page.document_id AND page = page.number) AS droppedLines
         FROM page WHERE document_id = ? ORDER BY number`,
      )
      .all(id)
  }

  droppedLines(
    id: number,
    offset: number,
    limit: number,
  ): { total: number; rows: { page: number; text: string; reason: string }[] } {
    const total = this.#db
      .prepare<[number], number>('SELECT count(*) FROM dropped_line WHERE document_id = ?')
      .pluck()
      .get(id)!
    const rows = this.#db
      .prepare<[number, number, number], { page: number; text: string; reason: string }>(
        'SELECT page, text, reason FROM dropped_line WHERE document_id = ? ORDER BY page, rowid LIMIT ? OFFSET ?',
      )
      .all(id, limit, offset)
    return { total, rows }
  }

  /** Documents with pages that have no text, of these files or of all. */
  withMissingText(fileIds: readonly number[] | undefined): number[] {
    const all = this.#db
      .prepare<[], number>(
        "SELECT DISTINCT document_id FROM page WHERE quality <> 'text' AND source <> 'ocr' ORDER BY document_id",
      )
      .pluck()
      .all()
    if (!fileIds) return all
    const ofFile = this.#db.prepare<[number], number | null>('SELECT document_id FROM file WHERE id = ?').pluck()
    const wanted = new Set(fileIds.map((id) => ofFile.get(id)))
    return all.filter((id) => wanted.has(id))
  }

  pagesWithoutText(id: number): number[] {
    return this.#db
      .prepare<[number], number>(
        "SELECT number FROM page WHERE document_id = ? AND quality <> 'text' AND source <> 'ocr' ORDER BY number",
      )
      .pluck()
      .all(id)
  }

  /** Files with the same content, apart from the given one. */
  otherFiles(id: number, fileId: number): { id: number; path: string; sourceName: string }[] {
    return this.#db
      .prepare<[number, number], { id: number; path: string; sourceName: string }>(
        `SELECT file.id, file.path, source.name AS sourceName FROM file JOIN source ON source.id = file.source_id
         WHERE file.document_id = ? AND file.id <> ? ORDER BY file.path`,
      )
      .all(id, fileId)
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM document WHERE id = ?').run(id)
  }

  /** Documents that no file has any more. */
  removeOrphans(): number {
    return this.#db
      .prepare('DELETE FROM document WHERE id NOT IN (SELECT document_id FROM file WHERE document_id IS NOT NULL)')
      .run().changes
  }

  #addPage(documentId: number, page: ExtractedPage): void {
    this.#insertPage.run(
      documentId,
      page.number,
      page.width,
      page.height,
      page.rotation,
      page.source,
      page.quality,
      page.ocrConfidence ?? null,
      page.text,
      page.lines,
    )
  }

  #addPassages(
    documentId: number,
    title: string,
    passages: readonly PassageDraft[],
    ocrPages: ReadonlySet<number>,
  ): void {
    for (const passage of passages) {
      this.#insertPassage.run(
        documentId,
        passage.pageStart,
        passage.pageEnd,
        passage.charStart,
        passage.charEnd,
        JSON.stringify(passage.headings),
        [title, ...passage.headings].join('\n'),
        passage.text,
        passage.tokens,
        textHash(passage.text),
        Number(ocrPages.has(passage.pageStart)),
      )
    }
  }
}

/** Identity of a passage by its words: case and white space do not count. 128 bits, hex. */
export function textHash(text: string): string {
  return createHash('sha256').update(text.toLowerCase().replace(/\s+/gu, ' ').trim()).digest('hex').slice(0, 32)
}

function toDocument(row: DocumentRow): DocumentRecord {
  return {
    id: row.id,
    contentHash: row.content_hash,
    title: row.title,
    author: row.author,
    date: row.date,
    language: row.language,
    hazards: JSON.parse(row.hazards) as string[],
    pageCount: row.page_count,
    clusterId: row.cluster_id,
    isMain: row.is_main === 1,
  }
}

function toPage(row: PageRow): StoredPage {
  return {
    number: row.number,
    width: row.width,
    height: row.height,
    rotation: row.rotation,
    source: row.source,
    quality: row.quality,
    ocrConfidence: row.ocr_confidence,
    text: row.text,
    lines: unpackLines(row.lines),
  }
}

function toPassage(row: PassageRow): PassageRecord {
  return {
    id: row.id,
    documentId: row.document_id,
    pageStart: row.page_start,
    pageEnd: row.page_end,
    charStart: row.char_start,
    charEnd: row.char_end,
    headings: JSON.parse(row.headings) as string[],
    text: row.text,
    textHash: row.text_hash,
    ocr: row.ocr === 1,
  }
}
