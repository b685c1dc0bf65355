import type { Database } from 'better-sqlite3'

export interface DevSetRecord<Report> {
  readonly id: number
  readonly name: string
  /** Its BEIR folder. */
  readonly path: string
  readonly report: Report
  readonly createdAt: number
}

/** Small dev sets that were made here. The sets themselves are folders; a record only says how good a stand-in each is. */
export class DevSetRepository<Report> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Making a set again in the same folder replaces its record. @returns the new record's id. */
  add(name: string, path: string, report: Report): number {
    return this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM dev_set WHERE path = ?').run(path)
      const { lastInsertRowid } = this.#db
        .prepare('INSERT INTO dev_set (name, path, report, created_at) VALUES (?, ?, ?, ?)')
        .run(name, path, JSON.stringify(report), Date.now())
      return Number(lastInsertRowid)
    })()
  }

  /** Newest first. */
  all(): DevSetRecord<Report>[] {
    return this.#db
      .prepare<[], Omit<DevSetRecord<Report>, 'report'> & { report: string }>(
        'SELECT id, name, path, report, created_at AS createdAt FROM dev_set ORDER BY id DESC',
      )
      .all()
      .map((row) => ({ ...row, report: JSON.parse(row.report) as Report }))
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM dev_set WHERE id = ?').run(id)
  }
}
