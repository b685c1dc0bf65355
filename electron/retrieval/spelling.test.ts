import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LibraryDatabase } from '../storage/index.ts'
import { Spelling } from './spelling.ts'

const TEXTS = [
  'The evacuation order names the shelter and the road to it.',
  'Evacuation ends at the shelter. Los refugios abren después de la evacuación.',
  'The shelver stacks cots in the hall. Form RES3E stays with the duty officer.',
]

let folder: string
let path: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-spelling-'))
  path = join(folder, 'library.db')
  const library = LibraryDatabase.open(path)
  library.db.exec(
    "INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at) VALUES ('a', 'Annex Kestrel', 1, 1, 0)",
  )
  const insert = library.db.prepare(
    `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
     VALUES (1, 1, 1, 0, 1, '[]', 'Annex Kestrel', ?, 9, ?)`,
  )
  for (const text of TEXTS) insert.run(text, text)
  library.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('spelling', () => {
  const corrected = (query: string, readOnly = false): string | null => {
    const library = LibraryDatabase.open(path, { readOnly })
    try {
      return new Spelling(library.db).correct(query)
    } finally {
      library.close()
    }
  }

  it('replaces what no passage has by the most frequent word like it', () => {
    expect(corrected('evacuatoin ordr')).toBe('evacuation order')
    expect(corrected('sheler')).toBe('shelter')
    expect(corrected('who opens the shleter?')).toBe('who opens the shelter?')
    expect(corrected('ofificer')).toBe('officer')
  })

  it('knows titles, keeps capitals and accents, and leaves signs where they are', () => {
    expect(corrected('"Kestral annex" -Evacuatoin')).toBe('"Kestrel annex" -Evacuation')
    expect(corrected('la evacuasión de los refugioss')).toBe('la evacuación de los refugios')
  })

  it('leaves alone what is known in any form, short, open, part of a number, or like nothing', () => {
    for (const query of ['evacuated shelters', 'rod', 'evacuatoi*', 'RES3X', 'zeppelin', 'whose', '', '"'])
      expect([query, corrected(query)]).toEqual([query, null])
  })

  it('works on a library opened for reading only, and twice on one connection', () => {
    expect(corrected('shleter', true)).toBe('shelter')
    const library = LibraryDatabase.open(path)
    const both = [new Spelling(library.db), new Spelling(library.db)]
    expect(both.map((one) => one.correct('shleter'))).toEqual(['shelter', 'shelter'])
    library.close()
  })
})
