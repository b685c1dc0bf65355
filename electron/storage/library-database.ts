import Database from 'better-sqlite3'
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as sqliteVec from 'sqlite-vec'
import { WorkbenchError } from '../contracts/errors.ts'
import { said, type Text } from '../contracts/wording.ts'
import { unpackedPath } from '../platform/unpacked-path.ts'
import { migrate, refuseFutureSchema, SCHEMA_VERSION, schemaVersion } from './migrate.ts'
import { lookLikeNewest } from './older-library.ts'
import { WriterLock } from './writer-lock.ts'

/** better-sqlite3 caps it at 2 GiB; with it a full vector scan is 1.5 times as fast. */
const MMAP_BYTES = 0x7fff0000
const BUSY_TIMEOUT_MS = 5_000

export interface OpenOptions {
  /** Never write, even when nothing else has the library open. */
  readonly readOnly?: boolean
}

/** An open library: one SQLite file that holds everything about a set of documents. */
export class LibraryDatabase {
  readonly db: Database.Database
  readonly path: string
  readonly readOnly: boolean
  /** Why it is read-only, as a sentence for people; undefined when it can be written or reading was asked for. */
  readonly readOnlyReason: Text | undefined
  readonly #lock: WriterLock | undefined

  private constructor(db: Database.Database, path: string, lock: WriterLock | undefined, reason: Text | undefined) {
    this.db = db
    this.path = path
    this.readOnly = lock === undefined
    this.readOnlyReason = reason
    this.#lock = lock
  }

  /**
   * Opens or creates the library at `path`, migrated to the newest schema. Falls back to reading only when another
   * process writes to it or the medium cannot be written. See [Note: one writer].
   * @throws WorkbenchError LIBRARY_CORRUPT, LIBRARY_FROM_FUTURE, NOT_FOUND, BAD_INPUT, DISK_FULL.
   */
  static open(path: string, options: OpenOptions = {}): LibraryDatabase {
    return explainingFailure(path, () => {
      if (existsSync(path) && statSync(path).isDirectory()) {
        throw new WorkbenchError(
          'BAD_INPUT',
          said`${path} is a folder. Name a library file, such as ${path}/library.db.`,
        )
      }
      if (options.readOnly) {
        upgradeBeforeReading(path)
        return LibraryDatabase.#openReadOnly(path, undefined)
      }
      if (!canWrite(path)) return LibraryDatabase.#openReadOnly(path, `${path} is on a medium that cannot be written.`)
      mkdirSync(dirname(path), { recursive: true })
      const lock = WriterLock.tryAcquire(path)
      if (!lock)
        return LibraryDatabase.#openReadOnly(path, said`Another window or command has this library open for writing.`)
      try {
        return LibraryDatabase.#openForWriting(path, lock)
      } catch (error) {
        lock.release()
        throw error
      }
    })
  }

  static #openForWriting(path: string, lock: WriterLock): LibraryDatabase {
    const db = new Database(path, { timeout: BUSY_TIMEOUT_MS })
    try {
      refuseFutureSchema(db)
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = NORMAL')
      prepareConnection(db)
      migrate(db)
      return new LibraryDatabase(db, path, lock, undefined)
    } catch (error) {
      db.close()
      throw error
    }
  }

  static #openReadOnly(path: string, reason: Text | undefined): LibraryDatabase {
    if (!existsSync(path)) {
      throw new WorkbenchError('NOT_FOUND', said`There is no library at ${path}. Index a folder into it first.`)
    }
    const db = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS })
    try {
      refuseFutureSchema(db)
      if (schemaVersion(db) === 0)
        throw new WorkbenchError('NOT_FOUND', said`${path} holds no library yet. Index a folder into it first.`)
      prepareConnection(db)
      lookLikeNewest(db)
      return new LibraryDatabase(db, path, undefined, reason)
    } catch (error) {
      db.close()
      throw error
    }
  }

  close(): void {
    if (!this.db.open) return
    if (!this.readOnly) {
      try {
        this.db.pragma('optimize')
        // A library at rest is one plain file: it can be copied, and read from a medium where no log can be made beside it.
        this.db.pragma('journal_mode = DELETE')
      } catch {
        // A reader still has it open, or the disk is full: the write-ahead log stays and the next writer tidies up.
      }
    }
    this.db.close()
    this.#lock?.release()
  }
}

function prepareConnection(db: Database.Database): void {
  db.pragma('foreign_keys = ON')
  db.pragma(`mmap_size = ${MMAP_BYTES}`)
  db.pragma('temp_store = MEMORY')
  db.loadExtension(unpackedPath(sqliteVec.getLoadablePath()))
}

/** Reading alone upgrades a library of an older format as well, where nothing stands in the way. */
function upgradeBeforeReading(path: string): void {
  if (!existsSync(path) || !canWrite(path)) return
  const db = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS })
  const version = schemaVersion(db)
  db.close()
  if (version > 0 && version < SCHEMA_VERSION) LibraryDatabase.open(path).close()
}

/** False where the file or, for a new library, the nearest existing folder cannot be written. */
function canWrite(path: string): boolean {
  let target = path
  while (!existsSync(target)) {
    const parent = dirname(target)
    if (parent === target) return false
    target = parent
  }
  try {
    accessSync(target, constants.W_OK)
    accessSync(statSync(target).isDirectory() ? target : dirname(target), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Runs `action`, turning what SQLite and the file system throw into an error a person can act on. */
export function explainingFailure<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw explainStorageError(path, error)
  }
}

/** sqlite-vec reports damage of its tables in words alone. */
function isDamagedVectorTable(code: string, message: string): boolean {
  return code === 'SQLITE_ERROR' && /blob read error|sqlite-vec|vec0/iu.test(message)
}

/** The WorkbenchError for a failure of SQLite or the file system; other errors come back as they are. */
export function explainStorageError(path: string, error: unknown): unknown {
  if (error instanceof WorkbenchError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  if (code === 'ENOSPC' || code.startsWith('SQLITE_FULL') || code === 'SQLITE_IOERR_WRITE') {
    return new WorkbenchError(
      'DISK_FULL',
      said`The disk that holds ${path} is full. Free some space and start again: everything read so far is kept.`,
      { cause: error },
    )
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT') || isDamagedVectorTable(code, error.message)) {
    return new WorkbenchError(
      'LIBRARY_CORRUPT',
      said`${path} is not a readable library (${error.message}). Run "dmr library check", put a backup in its place with "dmr library restore FILE", or choose another file: the documents themselves are untouched.`,
      { cause: error },
    )
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new WorkbenchError(
      'LIBRARY_READ_ONLY',
      said`${path} cannot be written (${error.message}). Choose a library in a folder you may write to.`,
      {
        cause: error,
      },
    )
  }
  if (code === 'SQLITE_CANTOPEN') {
    return new WorkbenchError(
      'BAD_INPUT',
      said`${path} cannot be opened (${error.message}). Check the path and your rights to it.`,
      { cause: error },
    )
  }
  return error
}
