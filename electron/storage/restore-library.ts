import Database from 'better-sqlite3'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { explainingFailure } from './library-database.ts'
import { refuseFutureSchema, schemaVersion } from './migrate.ts'
import { WriterLock } from './writer-lock.ts'

export interface Restored {
  readonly path: string
  /** Where the library that was there before lies now; null when there was none. */
  readonly keptAs: string | null
}

/** Files that SQLite keeps beside a library that was not closed. */
const COMPANIONS = ['-wal', '-shm', '-journal']

/**
 * Puts a backup in the place of a library. The backup is checked first, and what was there is kept beside it under another
 * name, with its log: a damaged library may still hold what the backup is too old for.
 * @throws WorkbenchError NOT_FOUND, LIBRARY_CORRUPT (the backup), LIBRARY_FROM_FUTURE, LIBRARY_READ_ONLY (in use), DISK_FULL.
 */
export function restoreLibrary(path: string, backup: string): Restored {
  return explainingFailure(path, () => {
    requireWholeBackup(backup)
    mkdirSync(dirname(path), { recursive: true })
    const lock = WriterLock.tryAcquire(path)
    if (!lock) {
      throw new WorkbenchError(
        'LIBRARY_READ_ONLY',
        said`${path} is open in another window or command. Close it there, then restore.`,
      )
    }
    try {
      const part = `${path}.restore.part`
      copyFileSync(backup, part)
      const keptAs = existsSync(path) ? freeName(path) : null
      if (keptAs !== null) {
        renameSync(path, keptAs)
        for (const end of COMPANIONS) if (existsSync(path + end)) renameSync(path + end, keptAs + end)
      }
      // A log without its library would be taken for that of the restored one.
      for (const end of COMPANIONS) rmSync(path + end, { force: true })
      renameSync(part, path)
      return { path, keptAs }
    } finally {
      lock.release()
    }
  })
}

function requireWholeBackup(backup: string): void {
  if (!existsSync(backup)) throw new WorkbenchError('NOT_FOUND', said`There is no backup at ${backup}.`)
  explainingFailure(backup, () => {
    const db = new Database(backup, { readonly: true })
    try {
      refuseFutureSchema(db)
      const fault = db.pragma('integrity_check(1)', { simple: true })
      if (schemaVersion(db) === 0)
        throw new WorkbenchError(
          'BAD_INPUT',
          said`${backup} holds no library. Name a file that "dmr library backup" made.`,
        )
      if (fault !== 'ok')
        throw new WorkbenchError(
          'LIBRARY_CORRUPT',
          said`The backup ${backup} is damaged itself (${String(fault)}). Nothing was changed; try an older one.`,
        )
    } finally {
      db.close()
    }
  })
}

function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.replaced-${number}`
    if (!existsSync(name)) return name
  }
}
