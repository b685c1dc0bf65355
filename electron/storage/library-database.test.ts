import Database from 'better-sqlite3'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WorkbenchError } from '../contracts/errors.ts'
import { LibraryDatabase } from './library-database.ts'
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.ts'
import type { Migration } from './migrations/migration.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dmr-storage-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const libraryPath = (): string => join(folder, 'library.db')

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(WorkbenchError)
    return (error as WorkbenchError).code
  }
  throw new Error('nothing was thrown')
}

describe('a library file', () => {
  it('is created with the newest schema and is one plain file when closed', () => {
    const library = LibraryDatabase.open(libraryPath())
    expect(schemaVersion(library.db)).toBe(SCHEMA_VERSION)
    library.db.prepare("INSERT INTO setting VALUES ('a', '1')").run()
    library.close()
    // Byte 18 of the header is 1 for a rollback journal, 2 for a write-ahead log.
    expect(readFileSync(libraryPath())[18]).toBe(1)
    const again = LibraryDatabase.open(libraryPath(), { readOnly: true })
    expect(again.db.prepare('SELECT value FROM setting').pluck().get()).toBe('1')
    again.close()
  })

  it('has one writer: a second process reads and says why', async () => {
    const script = join(folder, 'holder.mjs')
    writeFileSync(
      script,
      `import { LibraryDatabase } from ${JSON.stringify(new URL('library-database.ts', import.meta.url).href)}
       LibraryDatabase.open(${JSON.stringify(libraryPath())}); process.send('open'); setInterval(() => {}, 1000)`,
    )
    const holder = fork(script)
    await once(holder, 'message')
    const second = LibraryDatabase.open(libraryPath())
    expect(second.readOnly).toBe(true)
    expect(String(second.readOnlyReason)).toMatch(/Another window or command/)
    expect(() => second.db.exec("INSERT INTO setting VALUES ('a', '1')")).toThrow(/readonly/)
    second.close()
    // The lock goes with the process, however it ends.
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const third = LibraryDatabase.open(libraryPath())
    expect(third.readOnly).toBe(false)
    third.close()
  })

  it('that a newer application wrote is refused by name and left alone', () => {
    const newer = new Database(libraryPath())
    newer.pragma(`user_version = ${SCHEMA_VERSION + 1}`)
    newer.close()
    const before = readFileSync(libraryPath())
    expect(codeOf(() => LibraryDatabase.open(libraryPath()))).toBe('LIBRARY_FROM_FUTURE')
    expect(codeOf(() => LibraryDatabase.open(libraryPath(), { readOnly: true }))).toBe('LIBRARY_FROM_FUTURE')
    expect(readFileSync(libraryPath()).equals(before)).toBe(true)
  })

  it('that is no database is refused with the remedy', () => {
    writeFileSync(libraryPath(), 'these are minutes of a meeting, not a database'.repeat(100))
    expect(codeOf(() => LibraryDatabase.open(libraryPath()))).toBe('LIBRARY_CORRUPT')
  })

  it('that is a folder, or is missing when only reading, is refused', () => {
    expect(codeOf(() => LibraryDatabase.open(folder))).toBe('BAD_INPUT')
    expect(codeOf(() => LibraryDatabase.open(libraryPath(), { readOnly: true }))).toBe('NOT_FOUND')
  })

  it('on a full disk says so and keeps what it has', () => {
    const library = LibraryDatabase.open(libraryPath())
    library.db.pragma('max_page_count = 120')
    const insert = library.db.prepare('INSERT INTO setting VALUES (?, ?)')
    let stored = 0
    const error = (() => {
      try {
        for (;;) insert.run(`key${stored++}`, 'x'.repeat(3_000))
      } catch (thrown) {
        return thrown as { code: string }
      }
    })()
    expect(error.code).toBe('SQLITE_FULL')
    expect(library.db.prepare('SELECT count(*) FROM setting').pluck().get()).toBe(stored - 1)
    library.close()
  })
})

describe('migrations', () => {
  const first: Migration = { version: 1, up: (db) => db.exec('CREATE TABLE a (x)') }
  const second: Migration = { version: 2, up: (db) => db.exec('CREATE TABLE b (x); INSERT INTO a VALUES (2)') }
  const broken: Migration = {
    version: 2,
    up: (db) => {
      db.exec('CREATE TABLE half (x)')
      throw new Error('power cut')
    },
  }

  it('run from an empty and from an older library, with a copy made first', () => {
    const db = new Database(libraryPath())
    expect(migrate(db, [first])).toEqual([1])
    db.exec('INSERT INTO a VALUES (1)')
    expect(migrate(db, [first, second])).toEqual([2])
    expect(db.prepare('SELECT x FROM a ORDER BY x').pluck().all()).toEqual([1, 2])
    const backup = new Database(`${libraryPath()}.v1.backup`, { readonly: true })
    expect(backup.prepare('SELECT x FROM a').pluck().all()).toEqual([1])
    backup.close()
    db.close()
  })

  it('are undone together when a later one fails, so that the application before them still opens the library', () => {
    const db = new Database(libraryPath())
    migrate(db, [first])
    const third: Migration = { ...broken, version: 3 }
    expect(() => migrate(db, [first, second, third])).toThrow('power cut')
    expect(schemaVersion(db)).toBe(1)
    expect(db.prepare("SELECT group_concat(name) FROM sqlite_master WHERE type = 'table'").pluck().get()).toBe('a')
    expect(migrate(db, [first])).toEqual([])
    db.close()
  })

  it('are rolled back by their copy, and copy again what was done since', () => {
    const values = (): unknown[] => {
      const db = new Database(libraryPath())
      migrate(db, [first])
      const found = db.prepare('SELECT x FROM a ORDER BY x').pluck().all()
      db.close()
      return found
    }
    const upgrade = (): void => {
      const db = new Database(libraryPath())
      migrate(db, [first, second])
      db.close()
    }
    expect(values()).toEqual([])
    const before = new Database(libraryPath())
    before.exec('INSERT INTO a VALUES (1)')
    before.close()
    upgrade()
    copyFileSync(`${libraryPath()}.v1.backup`, libraryPath())
    expect(values()).toEqual([1])
    const since = new Database(libraryPath())
    since.exec('INSERT INTO a VALUES (7)')
    since.close()
    upgrade()
    copyFileSync(`${libraryPath()}.v1.backup`, libraryPath())
    expect(values()).toEqual([1, 7])
    expect(existsSync(`${libraryPath()}.v1.backup.old`)).toBe(true)
  })

  it('that fail leave the library at the version before', () => {
    const db = new Database(libraryPath())
    migrate(db, [first])
    expect(() => migrate(db, [first, broken])).toThrow('power cut')
    expect(schemaVersion(db)).toBe(1)
    expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'half'").pluck().get()).toBe(0)
    db.close()
  })
})
