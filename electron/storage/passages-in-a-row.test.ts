import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'

let db: Database.Database
const add = (document: number, count = 1) => {
  const insert = db.prepare(
    `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
     VALUES (?, 1, 1, 0, 1, '[]', '', 'x', 1, 'h')`,
  )
  for (let i = 0; i < count; i++) insert.run(document)
}

beforeEach(() => {
  db = new Database(':memory:')
  migrate(db)
  for (const id of [1, 2, 3]) {
    db.prepare(
      "INSERT INTO document (id, content_hash, title, page_count, pipeline_version, indexed_at) VALUES (?, hex(randomblob(8)), '', 1, 1, 0)",
    ).run(id)
  }
})

describe('the passages of a document', () => {
  it('are numbered in a row, also after others were removed or replaced', () => {
    add(1, 3)
    add(2, 2)
    db.prepare('DELETE FROM passage WHERE document_id = 1').run()
    add(1, 4)
    db.prepare('DELETE FROM passage WHERE document_id = 1').run()
    add(2)
    add(3)
    expect(db.prepare('SELECT document_id FROM passage ORDER BY id').pluck().all()).toEqual([2, 2, 2, 3])
  })

  it('cannot be stored among those of another one', () => {
    add(1, 3)
    add(2, 2)
    expect(() => add(1)).toThrow('the passages of a document are numbered in a row')
    expect(db.prepare('SELECT count(*) FROM passage').pluck().get()).toBe(5)
  })
})
