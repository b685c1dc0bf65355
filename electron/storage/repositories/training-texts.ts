import type { Database, Statement } from 'better-sqlite3'
import { createHash } from 'node:crypto'

/** A text with the place it came from. See [Note: lineage by content]. */
export interface NewTrainingText {
  readonly text: string
  /** Content hash of the document, empty for a text that was imported without one. */
  readonly documentHash: string
  readonly title: string
  /** From 1; 0 when there is no document. */
  readonly page: number
  readonly pageEnd: number
  /** `textHash` of the passage that the text is or was cut from. */
  readonly passageHash: string
}

export interface TrainingText extends NewTrainingText {
  readonly id: number
}

const COLUMNS = 'id, text, document_hash AS documentHash, title, page, page_end AS pageEnd, passage_hash AS passageHash'

/** The texts of pairs, negatives and data sets, each stored once. */
export class TrainingTextRepository {
  readonly #db: Database
  // Prepared when first used: a library of an older format that can only be read has no such table, and must still open.
  #find: Statement<[string, string, number], number> | undefined
  #insert: Statement | undefined
  #byId: Statement<[number], TrainingText> | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** The id of a text by its hash and the place it came from. */
  find(sha256: string, documentHash: string, page: number): number | undefined {
    this.#find ??= this.#db
      .prepare<[string, string, number], number>(
        'SELECT id FROM training_text WHERE sha256 = ? AND document_hash = ? AND page = ?',
      )
      .pluck()
    return this.#find.get(sha256, documentHash, page)
  }

  /** @returns the id of the text, stored now if it is new. */
  add(text: NewTrainingText): number {
    this.#insert ??= this.#db.prepare(
      `INSERT INTO training_text (text, sha256, document_hash, title, page, page_end, passage_hash)
       VALUES (@text, @sha256, @documentHash, @title, @page, @pageEnd, @passageHash)`,
    )
    const sha256 = createHash('sha256').update(text.text).digest('hex')
    const known = this.find(sha256, text.documentHash, text.page)
    return known ?? Number(this.#insert.run({ ...text, sha256 }).lastInsertRowid)
  }

  /** @throws Error for an id that is not there: texts are never deleted, so the library is damaged. */
  require(id: number): TrainingText {
    this.#byId ??= this.#db.prepare<[number], TrainingText>(`SELECT ${COLUMNS} FROM training_text WHERE id = ?`)
    const found = this.#byId.get(id)
    if (!found) throw new Error(`training text ${id} is missing; run "dmr library check"`)
    return found
  }
}
