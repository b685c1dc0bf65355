import Database from 'better-sqlite3'
import { createHash, type Hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import * as sqliteVec from 'sqlite-vec'
import { FILE_STATES } from '../../../electron/contracts/library.ts'

/** Opens a library as it lies there, also one whose process was killed. Close it before the next process starts. */
export function readLibrary<T>(path: string, read: (db: Database.Database) => T): T {
  // Not `readonly`: a log that a killed process left is folded in by whoever opens it next, as the application would.
  const db = new Database(path)
  try {
    db.loadExtension(sqliteVec.getLoadablePath())
    return read(db)
  } finally {
    db.close()
  }
}

/**
 * What must hold at any moment, whatever was killed: the file is whole, every file in it is in one known state, and what is
 * searchable belongs to a document.
 * @returns what is wrong, '' when nothing is
 */
export function faultsOf(path: string): string {
  if (!existsSync(path)) return ''
  return readLibrary(path, (db) => {
    const faults: string[] = []
    const check = db.pragma('integrity_check', { simple: true })
    if (check !== 'ok') faults.push(String(check))
    if (db.pragma('foreign_key_check', { simple: true }) !== undefined)
      faults.push('a row refers to one that is not there')
    if (db.pragma('user_version', { simple: true }) === 0) return faults.join('; ')
    const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get()!
    const states = FILE_STATES.map((state) => `'${state}'`).join(', ')
    if (count(`SELECT count(*) FROM file WHERE state NOT IN (${states})`) > 0) faults.push('a file in no known state')
    const searchable = "state IN ('indexed', 'duplicate')"
    if (count(`SELECT count(*) FROM file WHERE ${searchable} AND document_id IS NULL`) > 0)
      faults.push('a searchable file without its document')
    if (
      count('SELECT count(*) FROM document WHERE (SELECT count(*) FROM page WHERE document_id = document.id) = 0') > 0
    )
      faults.push('a document without pages')
    try {
      db.exec("INSERT INTO passage_fts(passage_fts, rank) VALUES ('integrity-check', 1)")
    } catch (error) {
      faults.push(`keyword index: ${(error as Error).message}`)
    }
    return faults.join('; ')
  })
}

/**
 * Everything a person could tell two libraries apart by; row ids and times are left out. What is long stands there as a
 * digest for each document, so that a difference names the document.
 */
export function contentsOf(path: string): Record<string, unknown> {
  return readLibrary(path, (db) => {
    const all = (sql: string): unknown[] => db.prepare(sql).all()
    const digests = (sql: string): Record<string, string> => digestByDocument(db, sql)
    return {
      files: all(
        `SELECT file.path, file.content_hash, file.page_count, document.content_hash AS document,
           CASE WHEN file.state IN ('indexed', 'duplicate') THEN 'searchable' ELSE file.state || ': ' || ifnull(reason, '') END AS state
         FROM file LEFT JOIN document ON document.id = file.document_id ORDER BY file.path`,
      ),
      states: all('SELECT state, count(*) AS n FROM file GROUP BY state ORDER BY state'),
      documents: all(
        'SELECT content_hash, title, page_count, is_main, similarity, cluster_id IS NULL AS alone FROM document ORDER BY content_hash',
      ),
      pages: digests(
        'SELECT content_hash, number, source, text, hex(lines) FROM page JOIN document ON document.id = document_id ORDER BY 1, 2',
      ),
      passages: digests(
        'SELECT content_hash, page_start, char_start, char_end, headings, text FROM passage JOIN document ON document.id = document_id ORDER BY 1, 2, 3',
      ),
      matches: all("SELECT count(*) AS n FROM passage_fts WHERE passage_fts MATCH 'levee'"),
      vectors: vectorsOf(db),
    }
  })
}

/** One digest of all its rows for each document. @param sql gives the document's hash first, in a fixed order */
function digestByDocument(db: Database.Database, sql: string): Record<string, string> {
  const hashes = new Map<string, Hash>()
  for (const row of db.prepare<[], [string, ...unknown[]]>(sql).raw().iterate()) {
    const hash = hashes.get(row[0]) ?? createHash('sha256')
    hashes.set(row[0], hash.update(JSON.stringify(row)))
  }
  return Object.fromEntries([...hashes].map(([document, hash]) => [document, hash.digest('hex')]))
}

/** Each index's vectors by what they belong to, so that the order in which they were made does not matter. */
function vectorsOf(db: Database.Database): Record<string, unknown> {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'vector_index'").get()
  if (!isThere) return {}
  const indexes = db.prepare<[], { id: number; model: string }>('SELECT id, model_id AS model FROM vector_index').all()
  return Object.fromEntries(
    indexes.map(({ id, model }) => [
      model,
      digestByDocument(
        db,
        `SELECT content_hash, char_start, hex(embedding) FROM vectors_${id}
         JOIN passage ON passage.id = passage_id JOIN document ON document.id = document_id ORDER BY 1, 2`,
      ),
    ]),
  )
}

/** What the library was doing: the job that was running, or what it was before there was one. */
export function phaseOf(path: string): string {
  if (!existsSync(path)) return 'starting'
  return readLibrary(path, (db) => {
    if (db.pragma('user_version', { simple: true }) === 0) return 'starting'
    const kind = db.prepare("SELECT kind FROM job WHERE state = 'running' ORDER BY id DESC").pluck().get()
    return typeof kind === 'string' ? kind : 'between jobs'
  })
}
