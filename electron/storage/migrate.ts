import type { Database } from 'better-sqlite3'
import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { migrations as allMigrations } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'

/** The newest schema this application understands. */
export const SCHEMA_VERSION = allMigrations.length

export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number
}

/** @throws WorkbenchError LIBRARY_FROM_FUTURE when a newer application wrote the library. */
export function refuseFutureSchema(db: Database, known = SCHEMA_VERSION): void {
  const found = schemaVersion(db)
  if (found <= known) return
  throw new WorkbenchError(
    'LIBRARY_FROM_FUTURE',
    said`${db.name} was written by a newer version of the workbench (library format ${found}, this version knows ${known}). Install the newer version, or restore the backup made before the upgrade.`,
  )
}

/**
 * Brings the library to the newest schema in one transaction: a crash or a failing migration leaves it as it was, for the
 * version of the application that wrote it. A library that already holds data is copied beside itself first
 * (`<library>.v<version>.backup`): going back later is restoring that copy.
 * @returns the versions that were applied.
 */
export function migrate(db: Database, migrations: readonly Migration[] = allMigrations): number[] {
  refuseFutureSchema(db, migrations.length)
  const before = schemaVersion(db)
  const pending = migrations.filter((migration) => migration.version > before)
  if (pending.length > 0 && before > 0) backUpBeforeMigration(db, before)
  db.transaction(() => {
    for (const migration of pending) {
      migration.up(db)
      db.pragma(`user_version = ${migration.version}`)
    }
  }).immediate()
  return pending.map((migration) => migration.version)
}

function backUpBeforeMigration(db: Database, version: number): void {
  const backup = `${db.name}.v${version}.backup`
  // Of an upgrade that was rolled back: what was done since is in no copy yet. One older copy is kept.
  if (existsSync(backup)) renameSync(backup, `${backup}.old`)
  // Everything in the write-ahead log goes into the main file first, so that a plain copy is complete.
  db.pragma('wal_checkpoint(TRUNCATE)')
  copyFileSync(db.name, `${backup}.part`)
  renameSync(`${backup}.part`, backup)
}
