import type { Database } from 'better-sqlite3'
import type { FileState } from '../../contracts/library.ts'
import type { Text } from '../../contracts/wording.ts'
import { textColumns } from '../stored-wording.ts'

/** A file as the scan and the reader need it; the view's rows come from library-queries.ts. */
export interface FileRecord {
  readonly id: number
  readonly sourceId: number
  readonly path: string
  readonly rawPath: Uint8Array | null
  readonly size: number
  readonly modified: number
  readonly contentHash: string | null
  readonly documentId: number | null
  readonly state: FileState
  readonly excludedByPerson: boolean
}

export interface FoundFile {
  readonly path: string
  readonly rawPath: Uint8Array | null
  readonly size: number
  readonly modified: number
}

interface Row {
  id: number
  source_id: number
  path: string
  raw_path: Buffer | null
  size: number
  modified: number
  content_hash: string | null
  document_id: number | null
  state: FileState
  excluded_by_person: number
}

/** The files of all sources and the state each is in. */
export class FileRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  byId(id: number): FileRecord | undefined {
    const row = this.#db.prepare<[number], Row>('SELECT * FROM file WHERE id = ?').get(id)
    return row && toRecord(row)
  }

  ofSource(sourceId: number): FileRecord[] {
    return this.#db.prepare<[number], Row>('SELECT * FROM file WHERE source_id = ?').all(sourceId).map(toRecord)
  }

  ofDocument(documentId: number): FileRecord[] {
    return this.#db
      .prepare<[number], Row>('SELECT * FROM file WHERE document_id = ? ORDER BY id')
      .all(documentId)
      .map(toRecord)
  }

  /** Files to be read, of the source that comes first, largest first so that no long one is left for the end. */
  nextWaiting(limit: number): FileRecord[] {
    return this.#db
      .prepare<[number], Row>(
        `SELECT file.* FROM file JOIN source ON source.id = file.source_id
         WHERE file.state = 'waiting' AND source.paused = 0 AND source.available = 1
         ORDER BY source.priority DESC, file.size DESC, file.id LIMIT ?`,
      )
      .all(limit)
      .map(toRecord)
  }

  countWaiting(): number {
    return this.#db
      .prepare<[], number>(
        `SELECT count(*) FROM file JOIN source ON source.id = file.source_id
         WHERE file.state = 'waiting' AND source.paused = 0 AND source.available = 1`,
      )
      .pluck()
      .get()!
  }

  add(sourceId: number, found: FoundFile, state: FileState, reason: Text | null): number {
    const { lastInsertRowid } = this.#db
      .prepare(
        'INSERT INTO file (source_id, path, raw_path, size, modified, state, reason, reason_wording) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(sourceId, found.path, found.rawPath, found.size, found.modified, state, ...textColumns(reason))
    return Number(lastInsertRowid)
  }

  /** The file's bytes are new: it is to be read again. */
  markChanged(id: number, found: FoundFile): void {
    this.#db
      .prepare(
        "UPDATE file SET size = ?, modified = ?, content_hash = NULL, state = 'waiting', reason = NULL, reason_wording = NULL WHERE id = ?",
      )
      .run(found.size, found.modified, id)
  }

  /** Same bytes, other time stamp: nothing is read again. */
  touch(id: number, modified: number): void {
    this.#db.prepare('UPDATE file SET modified = ? WHERE id = ?').run(modified, id)
  }

  setState(id: number, state: FileState, reason: Text | null): void {
    this.#db
      .prepare('UPDATE file SET state = ?, reason = ?, reason_wording = ? WHERE id = ?')
      .run(state, ...textColumns(reason), id)
  }

  setExcludedByPerson(id: number, excluded: boolean): void {
    this.#db.prepare('UPDATE file SET excluded_by_person = ? WHERE id = ?').run(Number(excluded), id)
  }

  setHash(id: number, contentHash: string): void {
    this.#db.prepare('UPDATE file SET content_hash = ? WHERE id = ?').run(contentHash, id)
  }

  attachDocument(id: number, documentId: number | null, pageCount: number): void {
    this.#db.prepare('UPDATE file SET document_id = ?, page_count = ? WHERE id = ?').run(documentId, pageCount, id)
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM file WHERE id = ?').run(id)
  }

  /** After a crash: what was being read is read again. */
  requeueInterrupted(): number {
    return this.#db.prepare("UPDATE file SET state = 'waiting' WHERE state = 'reading'").run().changes
  }
}

function toRecord(row: Row): FileRecord {
  return {
    id: row.id,
    sourceId: row.source_id,
    path: row.path,
    rawPath: row.raw_path,
    size: row.size,
    modified: row.modified,
    contentHash: row.content_hash,
    documentId: row.document_id,
    state: row.state,
    excludedByPerson: row.excluded_by_person === 1,
  }
}
