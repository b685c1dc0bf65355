import SQLite, { type Database } from 'better-sqlite3'
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.ts'

interface Column {
  readonly name: string
  readonly dflt_value: string | null
}

/**
 * [Note: reading an older library]
 * A library of an older format is upgraded when it is opened, which a read-only medium forbids. Instead this connection gets
 * what later formats added: missing tables as empty temporary ones, missing columns through a temporary view that has the
 * table's name and their default values. Temporary objects live in memory and are found before the library's own, so that
 * no query has to know. Writing stays impossible, as everywhere on such a connection.
 */
export function lookLikeNewest(db: Database): void {
  if (schemaVersion(db) >= SCHEMA_VERSION) return
  const newest = new SQLite(':memory:')
  try {
    migrate(newest)
    const tables = newest
      .prepare<[], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %' AND name NOT LIKE 'passage_fts%' AND name NOT LIKE 'sqlite_%'",
      )
      .all()
    for (const { name, sql } of tables) {
      const present = columnsOf(db, name)
      if (present.length === 0) db.exec(sql.replace(/^CREATE TABLE/u, 'CREATE TEMP TABLE'))
      else addColumns(db, name, missingFrom(present, columnsOf(newest, name)))
    }
  } finally {
    newest.close()
  }
}

function columnsOf(db: Database, table: string): Column[] {
  return db.pragma(`main.table_info(${table})`) as Column[]
}

function missingFrom(present: readonly Column[], all: readonly Column[]): Column[] {
  const names = new Set(present.map(({ name }) => name))
  return all.filter(({ name }) => !names.has(name))
}

function addColumns(db: Database, table: string, columns: readonly Column[]): void {
  if (columns.length === 0) return
  const added = columns.map(({ name, dflt_value: value }) => `${value ?? 'NULL'} AS ${name}`).join(', ')
  db.exec(`CREATE TEMP VIEW ${table} AS SELECT *, ${added} FROM main.${table}`)
  // A statement that writes can be prepared, as repositories do when they are made; run, it says what the file would say.
  for (const change of ['INSERT', 'UPDATE', 'DELETE'])
    db.exec(
      `CREATE TEMP TRIGGER ${table}_${change} INSTEAD OF ${change} ON ${table} BEGIN SELECT raise(ABORT, 'attempt to write a readonly database'); END`,
    )
}
