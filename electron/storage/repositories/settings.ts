import type { Database } from 'better-sqlite3'

/** Settings of this library as JSON values by key; who reads one validates it. */
export class SettingRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  get(key: string): unknown {
    const value = this.#db.prepare<[string], string>('SELECT value FROM setting WHERE key = ?').pluck().get(key)
    return value === undefined ? undefined : (JSON.parse(value) as unknown)
  }

  set(key: string, value: unknown): void {
    this.#db
      .prepare('INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
      .run(key, JSON.stringify(value))
  }
}
