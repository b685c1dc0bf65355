import type { Database, Statement } from 'better-sqlite3'
import type { ReviewText } from '../contracts/curation.ts'
import type { TrainingText } from '../storage/index.ts'

interface DocumentRow {
  readonly documentId: number
  readonly title: string
  readonly hazards: string
}

/** Finds where texts stand in this library now; they are kept by content ([Note: lineage by content]). */
export class TextPlaces {
  readonly #db: Database
  #document: Statement<[string], DocumentRow> | undefined
  #passage: Statement<[string, number], { passageId: number; start: number; end: number }> | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** The document, where a file of it is here. */
  document(contentHash: string): { documentId: number; title: string; hazards: string[] } | undefined {
    this.#document ??= this.#db.prepare(
      `SELECT id AS documentId, title, hazards FROM document WHERE content_hash = ?
         AND EXISTS (SELECT 1 FROM file WHERE file.document_id = document.id)`,
    )
    const row = this.#document.get(contentHash)
    return row && { ...row, hazards: JSON.parse(row.hazards) as string[] }
  }

  /** A text with the ids that the viewer opens; null where the document, or that passage of it, is not here. */
  locate(text: TrainingText): ReviewText {
    this.#passage ??= this.#db.prepare(
      `SELECT id AS passageId, char_start AS start, char_end AS end FROM passage WHERE text_hash = ? AND document_id = ?
       ORDER BY id LIMIT 1`,
    )
    const document = this.document(text.documentHash)
    const passage = document && this.#passage.get(text.passageHash, document.documentId)
    return {
      textId: text.id,
      text: text.text,
      title: text.title,
      documentHash: text.documentHash,
      page: text.page,
      pageEnd: text.pageEnd,
      documentId: document?.documentId ?? null,
      passageId: passage?.passageId ?? null,
      characters: passage ? { start: passage.start, end: passage.end } : null,
    }
  }
}
