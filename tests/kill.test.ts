import Database from 'better-sqlite3'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr, startDmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'

/** The issue asks for 20 in the long form; every kill finds another moment, so the short form keeps the spread. */
const KILLS = Number(process.env['DMR_KILLS'] ?? 20)
const FILES = 60
const PAGES = 12

let folder: string
let documents: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-kill-'))
  documents = join(folder, 'documents')
  for (let file = 0; file < FILES; file += 1) {
    // Every tenth file is a copy of the one before it, and every tenth one nearly so.
    const seed = file % 10 === 9 ? file - 1 : file
    const pages = Array.from({ length: PAGES }, (_, page) => pageOfText(seed * 100 + page))
    if (file % 10 === 8) pages[0] = `${pages[0]} Revised.`
    await writePdf(join(documents, `${file}.pdf`), pages, { title: `Plan ${seed}` })
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything a person could tell two libraries apart by; row ids and times are left out. */
function contents(path: string): unknown {
  const db = new Database(path, { readonly: true })
  try {
    return {
      integrity: db.pragma('integrity_check', { simple: true }),
      files: db
        .prepare(
          `SELECT file.path, file.content_hash, file.page_count, document.content_hash AS document, file.state IN ('indexed', 'duplicate') AS searchable
           FROM file LEFT JOIN document ON document.id = file.document_id ORDER BY file.path`,
        )
        .all(),
      states: db.prepare('SELECT state, count(*) AS n FROM file GROUP BY state ORDER BY state').all(),
      documents: db
        .prepare(
          'SELECT content_hash, title, page_count, is_main, similarity, cluster_id IS NULL AS alone FROM document ORDER BY content_hash',
        )
        .all(),
      pages: db
        .prepare(
          'SELECT content_hash, number, text, lines FROM page JOIN document ON document.id = document_id ORDER BY 1, 2',
        )
        .all(),
      passages: db
        .prepare(
          'SELECT content_hash, page_start, char_start, char_end, headings, text FROM passage JOIN document ON document.id = document_id ORDER BY 1, 2, 3',
        )
        .all(),
      matches: db.prepare("SELECT count(*) FROM passage_fts WHERE passage_fts MATCH 'levee'").pluck().get(),
    }
  } finally {
    db.close()
  }
}

describe('kill -9 while indexing', () => {
  it(`at ${KILLS} moments leaves a library that ends equal to one that was never interrupted`, async () => {
    const whole = join(folder, 'whole.db')
    const started = performance.now()
    await dmr('index', documents, '--library', whole)
    const duration = performance.now() - started
    const expected = contents(whole)

    const killed = join(folder, 'killed.db')
    let kills = 0
    for (let attempt = 0; attempt < KILLS; attempt += 1) {
      const run = startDmr(['index', documents, '--library', killed])
      // Early moments find the migration and the scan, later ones reading and the last steps.
      const moment = 60 + (duration / KILLS) * (attempt % 2 === 0 ? attempt : Math.random() * attempt)
      const timer = setTimeout(() => run.kill('SIGKILL'), moment)
      const [, signal] = (await once(run, 'close')) as [number | null, string | null]
      clearTimeout(timer)
      if (signal === 'SIGKILL') kills += 1
      else rmSync(killed, { force: true })
    }
    expect(kills).toBeGreaterThan(KILLS / 2)
    expect((await dmr('index', documents, '--library', killed)).code).toBe(0)
    expect(contents(killed)).toEqual(expected)
  }, 240_000)
})
