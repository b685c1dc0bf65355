import type { Database } from 'better-sqlite3'

/**
 * [Note: durable decisions]
 * A commit survives the end of the process at once, but a power cut only when the log was written through to the disk, which
 * takes milliseconds. What can be made again from the documents does without. What a person decided does not: it is on the
 * disk before the answer says so, and with it everything that was committed before.
 * @param work commits. Inside a transaction it does not; that is up to whoever began it.
 */
export function durably<T>(db: Database, work: () => T): T {
  if (db.inTransaction) return work()
  db.pragma('synchronous = FULL')
  try {
    return work()
  } finally {
    db.pragma('synchronous = NORMAL')
  }
}
