import type { Database, Statement } from 'better-sqlite3'
import type { SearchHit } from '../contracts/search.ts'

type StoredHit = Pick<
  SearchHit,
  | 'passageId'
  | 'documentId'
  | 'fileId'
  | 'file'
  | 'title'
  | 'sourceName'
  | 'date'
  | 'hazards'
  | 'page'
  | 'pageEnd'
  | 'headings'
  | 'text'
  | 'ocr'
  | 'copies'
> & { textHash: string; documentHash: string }

interface Row {
  passageId: number
  documentId: number
  fileId: number
  file: string
  title: string
  sourceName: string
  date: string | null
  hazards: string
  page: number
  pageEnd: number
  headings: string
  text: string
  ocr: number
  copies: number
  textHash: string
  documentHash: string
}

/** Reads what a hit shows of a passage, its document and the file it is opened from. */
export class HitReader {
  readonly #select: Statement<[number], Row>

  constructor(db: Database) {
    this.#select = db.prepare<[number], Row>(`
      SELECT passage.id AS passageId, document.id AS documentId, file.id AS fileId, file.path AS file, document.title,
        source.name AS sourceName, document.date, document.hazards, passage.page_start AS page, passage.page_end AS pageEnd,
        passage.headings, passage.text, passage.ocr, passage.text_hash AS textHash, document.content_hash AS documentHash,
        (SELECT count(*) FROM file AS twin WHERE twin.document_id = document.id) - 1 AS copies
      FROM passage JOIN document ON document.id = passage.document_id
      JOIN file ON file.document_id = document.id JOIN source ON source.id = file.source_id
      WHERE passage.id = ? ORDER BY file.state = 'duplicate', file.id LIMIT 1`)
  }

  /** @returns undefined when the passage was removed since it was ranked. */
  read(passageId: number): StoredHit | undefined {
    const row = this.#select.get(passageId)
    if (!row) return undefined
    return {
      ...row,
      hazards: JSON.parse(row.hazards) as string[],
      headings: JSON.parse(row.headings) as string[],
      ocr: row.ocr === 1,
    }
  }
}
