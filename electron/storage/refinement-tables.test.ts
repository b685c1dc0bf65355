import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LibraryDatabase, PairRepository, TrainingTextRepository } from './index.ts'
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.ts'
import { migrations } from './migrations/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'dmr-refinement-tables-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A library as the version before refinement left it. */
function oldLibrary(name: string): string {
  const path = join(folder, name)
  const db = new Database(path)
  migrate(db, migrations.slice(0, 2))
  db.exec(
    "INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at) VALUES ('d', 'Plan', 1, 1, 0)",
  )
  db.close()
  return path
}

const text = { text: 'Wells are sampled.', documentHash: 'd', title: 'Plan', page: 1, pageEnd: 1, passageHash: 'p' }

describe('the tables of refinement', () => {
  it('join a library of an older format without touching what it holds', () => {
    const library = LibraryDatabase.open(oldLibrary('old.db'))
    expect(schemaVersion(library.db)).toBe(SCHEMA_VERSION)
    expect(library.db.prepare('SELECT title FROM document').pluck().all()).toEqual(['Plan'])
    const texts = new TrainingTextRepository(library.db)
    expect(texts.add(text)).toBe(texts.add(text))
    library.close()
  })

  it('may be missing where an older library can only be read', () => {
    const library = LibraryDatabase.open(oldLibrary('read.db'), { readOnly: true })
    expect(() => [new TrainingTextRepository(library.db), new PairRepository(library.db)]).not.toThrow()
    library.close()
  })

  it('know one text on two pages as two places, and one pair as one', () => {
    const library = LibraryDatabase.open(join(folder, 'new.db'))
    const texts = new TrainingTextRepository(library.db)
    const pairs = new PairRepository(library.db)
    const first = texts.add(text)
    expect(texts.add({ ...text, page: 2 })).not.toBe(first)
    const pair = {
      intent: 'QA',
      query: 'When?',
      positiveId: first,
      sourceId: first,
      generator: 'cloze',
      model: '',
      promptHash: null,
      details: { method: 'm' },
    } as const
    expect([pairs.add(pair), pairs.add(pair), pairs.add({ ...pair, query: 'Where?' })]).toEqual([true, false, true])
    library.close()
  })
})
