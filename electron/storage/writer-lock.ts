import Database from 'better-sqlite3'

/**
 * [Note: one writer]
 * A library has one writing process; a second one opens it read-only and says so. The lock is an exclusive transaction
 * held open on a tiny SQLite file beside the library: the operating system releases it with the process, also after
 * `kill -9`, and it works wherever SQLite's own locking works. No process ids, no stale lock files.
 */
export class WriterLock {
  readonly #db: Database.Database

  private constructor(db: Database.Database) {
    this.#db = db
  }

  /** @returns the lock, or undefined when another process holds it. Throws what SQLite throws when the folder cannot be written. */
  static tryAcquire(libraryPath: string): WriterLock | undefined {
    const db = new Database(`${libraryPath}.lock`, { timeout: 0 })
    try {
      db.exec('BEGIN EXCLUSIVE')
      return new WriterLock(db)
    } catch (error) {
      db.close()
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
      throw error
    }
  }

  release(): void {
    this.#db.close()
  }
}
