import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { durably } from './durably.ts'

const FULL = 2
const NORMAL = 1

let folder: string
let db: Database.Database
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-durably-'))
  db = new Database(join(folder, 'a.db'))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec('CREATE TABLE a (x)')
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true, force: true })
})

const level = (): unknown => db.pragma('synchronous', { simple: true })

it('commits what a person decided through to the disk, and other work as before', () => {
  durably(db, () => {
    expect(level()).toBe(FULL)
    db.prepare('INSERT INTO a VALUES (1)').run()
  })
  expect(level()).toBe(NORMAL)
  expect(() => durably(db, () => db.exec('INSERT INTO b VALUES (1)'))).toThrow('no such table')
  expect(level()).toBe(NORMAL)
})
