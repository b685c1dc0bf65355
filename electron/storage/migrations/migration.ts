import type { Database } from 'better-sqlite3'

/** One step of the library's schema. */
export interface Migration {
  /** The `user_version` the library has afterwards; consecutive from 1. */
  readonly version: number
  up(db: Database): void
}
