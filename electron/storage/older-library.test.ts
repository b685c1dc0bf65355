import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LibraryDatabase } from './library-database.ts'
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { WriterLock } from './writer-lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'dmr-older-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function olderLibrary(version: number): string {
  const path = join(folder, `${version}.db`)
  rmSync(path, { force: true })
  const db = new Database(path)
  migrate(db, migrations.slice(0, version))
  db.exec(
    "INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at) VALUES ('d', 'Plan', 1, 1, 0)",
  )
  db.close()
  return path
}

const columns = (db: Database.Database, table: string): string[] =>
  db
    .prepare(`SELECT * FROM ${table}`)
    .columns()
    .map(({ name }) => name)

describe.each(migrations.slice(0, -1).map(({ version }) => version))('a library of format %i', (version) => {
  it('is upgraded, with a copy made first, also by what only reads', () => {
    const path = olderLibrary(version)
    const library = LibraryDatabase.open(path, { readOnly: true })
    expect(library.readOnly).toBe(true)
    expect(schemaVersion(library.db)).toBe(SCHEMA_VERSION)
    library.close()
    const backup = new Database(`${path}.v${version}.backup`, { readonly: true })
    expect(schemaVersion(backup)).toBe(version)
    expect(backup.prepare('SELECT title FROM document').pluck().all()).toEqual(['Plan'])
    backup.close()
  })

  it('that cannot be upgraded now is read as if it were of the newest', () => {
    const path = olderLibrary(version)
    const newest = LibraryDatabase.open(join(folder, 'newest.db'))
    // As on a read-only medium: another process has the right to write.
    const writer = WriterLock.tryAcquire(path)!
    const library = LibraryDatabase.open(path, { readOnly: true })
    expect(schemaVersion(library.db)).toBe(version)
    const tables = newest.db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all()
    for (const table of tables)
      expect(columns(library.db, table).sort(), table).toEqual(columns(newest.db, table).sort())
    expect(library.db.prepare('SELECT title FROM document').pluck().all()).toEqual(['Plan'])
    expect(() => library.db.exec('DELETE FROM document')).toThrow(/readonly/)
    library.close()
    newest.close()
    writer.release()
  })
})
