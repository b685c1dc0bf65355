import type { Database } from 'better-sqlite3'
import type { FileRow, FileState } from '../../contracts/library.ts'
import { readWording } from '../stored-wording.ts'

export interface FileQuery {
  readonly sourceId?: number | undefined
  readonly states?: readonly FileState[] | undefined
  readonly nearCopiesOnly?: boolean | undefined
  /** Words to find in title or path. */
  readonly find?: string | undefined
  readonly sort: 'attention' | 'title' | 'modified' | 'pages' | 'state'
  readonly offset: number
  readonly limit: number
}

export interface FileSlice {
  readonly total: number
  readonly byState: Record<FileState, number>
  readonly nearCopies: number
  readonly rows: FileRow[]
}

type StoredRow = Omit<FileRow, 'reasonWording'> & { readonly reasonWording: string | null }

const FROM = `
  FROM file
  LEFT JOIN document ON document.id = file.document_id`

const NEAR_COPIES = `
  CASE WHEN document.cluster_id IS NULL THEN 0
       ELSE (SELECT count(*) FROM document AS other WHERE other.cluster_id = document.cluster_id) END`

const COLUMNS = `
  file.id, file.document_id AS documentId, file.source_id AS sourceId,
  coalesce(document.title, file.path) AS title, file.path, file.state, file.reason, file.reason_wording AS reasonWording,
  coalesce(document.page_count, file.page_count) AS pages,
  (SELECT count(*) FROM page WHERE page.document_id = file.document_id AND page.quality = 'text') AS pagesSearchable,
  (SELECT count(*) FROM passage WHERE passage.document_id = file.document_id) AS passages,
  file.size AS bytes, file.modified, ${NEAR_COPIES} AS nearCopies`

/** Files a person can do something about come first, then what is under way, then the rest by name. */
const ATTENTION = `
  CASE file.state
    WHEN 'encrypted' THEN 0 WHEN 'damaged' THEN 0 WHEN 'failed' THEN 0 WHEN 'needs-ocr' THEN 0
    WHEN 'reading' THEN 1 WHEN 'waiting' THEN 2 WHEN 'empty' THEN 3 WHEN 'unsupported' THEN 3
    WHEN 'indexed' THEN 4 WHEN 'duplicate' THEN 5 ELSE 6 END`

const ORDER: Record<FileQuery['sort'], string> = {
  attention: `${ATTENTION}, title COLLATE NOCASE`,
  title: 'title COLLATE NOCASE',
  modified: 'file.modified DESC',
  pages: 'pages DESC',
  state: 'file.state, title COLLATE NOCASE',
}

/** The Library view's table: filtered, counted, sorted and cut in SQL, so that 100,000 files cost one slice. */
export class FileTable {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  slice(query: FileQuery): FileSlice {
    const scope = this.#where({ ...query, states: undefined, nearCopiesOnly: undefined })
    const counts = this.#db
      .prepare<unknown[], { state: FileState; n: number; copies: number }>(
        `SELECT file.state, count(*) AS n, sum(document.cluster_id IS NOT NULL) AS copies ${FROM} ${scope.sql} GROUP BY file.state`,
      )
      .all(...scope.values)
    const where = this.#where(query)
    const total = this.#db
      .prepare<unknown[], number>(`SELECT count(*) ${FROM} ${where.sql}`)
      .pluck()
      .get(...where.values)!
    const rows = this.#db
      .prepare<unknown[], StoredRow>(
        `SELECT ${COLUMNS} ${FROM} ${where.sql} ORDER BY ${ORDER[query.sort]}, file.id LIMIT ? OFFSET ?`,
      )
      .all(...where.values, query.limit, query.offset)
      .map(toFileRow)
    return {
      total,
      byState: Object.fromEntries(counts.map((row) => [row.state, row.n])) as Record<FileState, number>,
      nearCopies: counts.reduce((sum, row) => sum + (row.copies ?? 0), 0),
      rows,
    }
  }

  row(fileId: number): FileRow | undefined {
    const row = this.#db.prepare<[number], StoredRow>(`SELECT ${COLUMNS} ${FROM} WHERE file.id = ?`).get(fileId)
    return row && toFileRow(row)
  }

  #where(query: FileQuery): { sql: string; values: unknown[] } {
    const clauses: string[] = []
    const values: unknown[] = []
    if (query.sourceId !== undefined) {
      clauses.push('file.source_id = ?')
      values.push(query.sourceId)
    }
    if (query.states?.length) {
      clauses.push(`file.state IN (${query.states.map(() => '?').join(', ')})`)
      values.push(...query.states)
    }
    if (query.nearCopiesOnly) clauses.push('document.cluster_id IS NOT NULL')
    for (const word of query.find?.split(/\s+/u).filter(Boolean) ?? []) {
      clauses.push(`(file.path LIKE ? ESCAPE '\\' OR document.title LIKE ? ESCAPE '\\')`)
      const pattern = `%${word.replace(/[\\%_]/gu, '\\$&')}%`
      values.push(pattern, pattern)
    }
    return { sql: clauses.length > 0 ? `WHERE ${clauses.join(' AND ')}` : '', values }
  }
}

function toFileRow({ reasonWording, ...row }: StoredRow): FileRow {
  return { ...row, reasonWording: readWording(reasonWording) }
}
