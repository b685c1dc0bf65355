import type { Database, Statement } from 'better-sqlite3'

/** Tells whether a library was changed, by this connection or by another one: what was read from it may be kept until then. */
export class ChangeStamp {
  readonly #db: Database
  readonly #ownChanges: Statement<[], number>

  constructor(db: Database) {
    this.#db = db
    this.#ownChanges = db.prepare<[], number>('SELECT total_changes()').pluck()
  }

  /** Another text after any change, whatever table it was in. Some microseconds. */
  read(): string {
    return `${this.#ownChanges.get()} ${this.#db.pragma('data_version', { simple: true })}`
  }
}
