import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'
import type { SearchRequest } from '../../contracts/search.ts'
import { durably } from '../durably.ts'

export interface SavedSearchRecord {
  readonly id: number
  readonly name: string
  readonly request: SearchRequest
  readonly savedAt: number
  readonly lastSeenAt: number
  /** Text hashes of the hits when it was last looked at. */
  readonly seen: readonly string[]
}

export interface Judgement {
  readonly query: string
  readonly intent: Intent
  readonly documentHash: string
  readonly textHash: string
  readonly page: number
  readonly grade: number
}

interface SavedRow {
  id: number
  name: string
  request: string
  saved_at: number
  last_seen_at: number
  seen: string
}

/** What people keep from searching: saved searches and relevance judgements. */
export class SearchRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  saved(): SavedSearchRecord[] {
    return this.#db.prepare<[], SavedRow>('SELECT * FROM saved_search ORDER BY name COLLATE NOCASE').all().map(toSaved)
  }

  savedById(id: number): SavedSearchRecord | undefined {
    const row = this.#db.prepare<[number], SavedRow>('SELECT * FROM saved_search WHERE id = ?').get(id)
    return row && toSaved(row)
  }

  save(name: string, request: SearchRequest, seen: readonly string[]): SavedSearchRecord {
    const now = Date.now()
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO saved_search (name, request, saved_at, last_seen_at, seen) VALUES (?, ?, ?, ?, ?)')
      .run(name, JSON.stringify(request), now, now, JSON.stringify(seen))
    return this.savedById(Number(lastInsertRowid))!
  }

  markSeen(id: number, seen: readonly string[]): void {
    this.#db
      .prepare('UPDATE saved_search SET last_seen_at = ?, seen = ? WHERE id = ?')
      .run(Date.now(), JSON.stringify(seen), id)
  }

  removeSaved(id: number): void {
    this.#db.prepare('DELETE FROM saved_search WHERE id = ?').run(id)
  }

  judge(judgement: Judgement): void {
    const insert = this.#db.prepare(
      `INSERT INTO judgement (query, intent, document_hash, text_hash, page, grade, judged_at)
         VALUES (@query, @intent, @documentHash, @textHash, @page, @grade, @now)
         ON CONFLICT DO UPDATE SET grade = excluded.grade, judged_at = excluded.judged_at`,
    )
    durably(this.#db, () => insert.run({ ...judgement, now: Date.now() }))
  }

  removeJudgement(judgement: Omit<Judgement, 'grade' | 'page'>): void {
    this.#db
      .prepare(
        'DELETE FROM judgement WHERE query = @query AND intent = @intent AND document_hash = @documentHash AND text_hash = @textHash',
      )
      .run(judgement)
  }

  judgementCount(): number {
    return this.#db.prepare<[], number>('SELECT count(*) FROM judgement').pluck().get()!
  }

  /** Grades given for a query, keyed by `judgementKey`. */
  judgementsFor(query: string, intent: Intent): Map<string, number> {
    const rows = this.#db
      .prepare<[string, string], { document_hash: string; text_hash: string; grade: number }>(
        'SELECT document_hash, text_hash, grade FROM judgement WHERE query = ? AND intent = ?',
      )
      .all(query, intent)
    return new Map(rows.map((row) => [judgementKey(row.document_hash, row.text_hash), row.grade]))
  }
}

export function judgementKey(documentHash: string, textHash: string): string {
  return `${documentHash} ${textHash}`
}

function toSaved(row: SavedRow): SavedSearchRecord {
  return {
    id: row.id,
    name: row.name,
    request: JSON.parse(row.request) as SearchRequest,
    savedAt: row.saved_at,
    lastSeenAt: row.last_seen_at,
    seen: JSON.parse(row.seen) as string[],
  }
}
