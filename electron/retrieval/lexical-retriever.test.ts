import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DocumentRepository, LibraryDatabase } from '../storage/index.ts'
import { LexicalRetriever } from './lexical-retriever.ts'

const TEXTS = [
  'The shelter manager opens the fairground hall within two hours.',
  'Shelters are closed when the river falls below the gauge.',
  'The evacuation route along the river floods first.',
  'A generator at the water plant starts by itself when the power fails.',
  'Contact the duty officer. The duty officer keeps the keys of the hall.',
]

let folder: string
let library: LibraryDatabase
let retriever: LexicalRetriever
/** Filler makes some words common enough to be kept out of the gate. */
const FILLER = 14_000

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-lexical-'))
  library = LibraryDatabase.open(join(folder, 'library.db'))
  const documents = new DocumentRepository(library.db)
  const passage = (text: string) => ({
    pageStart: 1,
    pageEnd: 1,
    charStart: 0,
    charEnd: text.length,
    headings: [],
    text,
    tokens: 10,
  })
  const document = (contentHash: string, texts: readonly string[], language: string) => ({
    ...{
      contentHash,
      pageCount: 1,
      title: contentHash,
      author: undefined,
      date: '2024-03-14',
      language,
      hazards: ['MH'],
      pages: [],
    },
    ...{ passages: texts.map(passage), dropped: [], signature: undefined, damage: undefined },
  })
  const source = library.db
    .prepare("INSERT INTO source (path, name, added_at) VALUES ('/plans', 'plans', 0)")
    .run().lastInsertRowid
  for (const [index, texts] of [
    TEXTS,
    Array.from({ length: FILLER }, (_, n) => `Emergency plan item ${n} of the county emergency office.`),
  ].entries()) {
    const id = library.db.transaction(() =>
      documents.insert(document(index === 0 ? 'plan' : 'filler', texts, index === 0 ? 'en' : 'es')),
    )()
    library.db
      .prepare(
        "INSERT INTO file (source_id, path, size, modified, document_id, state) VALUES (?, ?, 1, 1, ?, 'indexed')",
      )
      .run(source, index === 0 ? 'a/plan.pdf' : 'b/filler.pdf', id)
  }
  retriever = new LexicalRetriever(library.db)
})
afterAll(() => {
  library.close()
  rmSync(folder, { recursive: true, force: true })
})

const find = async (text: string, filters = {}): Promise<number[]> =>
  (await retriever.retrieve({ text, intent: 'QA', k: 10, filters })).map((passage) => passage.passageId)

describe('keyword search', () => {
  it('ranks by any of the words, stemmed, without stop-words', async () => {
    expect((await find('who opens a shelter at the hall?'))[0]).toBe(1)
    expect((await find('flooding of the evacuation routes'))[0]).toBe(3)
    // A query of stop-words alone is searched as it is.
    expect((await find('of the')).length).toBeGreaterThan(0)
  })

  it('scores as the plain OR query does, although common words do not open the gate', async () => {
    const plain = library.db
      .prepare<[], { id: number; score: number }>(
        `SELECT rowid AS id, -bm25(passage_fts, 1, 0.5) AS score FROM passage_fts
         WHERE passage_fts MATCH '"emergency" OR "office" OR "duty"' ORDER BY score DESC, rowid LIMIT 1`,
      )
      .get()!
    const [best] = await retriever.retrieve({ text: 'emergency office duty', intent: 'QA', k: 5 })
    expect(best).toEqual({ passageId: plain.id, score: expect.closeTo(plain.score, 9) })
  })

  it('finds a common word when there is no other', async () => {
    expect(await find('emergency')).toHaveLength(10)
  })

  it('understands phrases, AND, OR, NOT and prefixes', async () => {
    expect(await find('"duty officer"')).toEqual([5])
    expect(await find('shelter* AND river')).toEqual([2])
    expect(await find('hall NOT duty')).toEqual([1])
    expect((await find('generator OR gauge')).sort()).toEqual([2, 4])
  })

  it('names what is wrong with an explicit query, and takes it as words when it is plain text', async () => {
    await expect(find('"duty officer')).rejects.toMatchObject({ code: 'QUERY_SYNTAX', details: { position: 0 } })
    const plain = await retriever.retrieve({ text: '"duty officer', intent: 'QA', k: 1, plain: true })
    expect(plain.map((passage) => passage.passageId)).toEqual([5])
  })

  it('keeps to folder, language, date and document', async () => {
    expect(await find('emergency shelter', { folder: 'a' })).not.toContainEqual(
      expect.toSatisfy((id: number) => id > TEXTS.length),
    )
    expect(await find('shelter', { languages: ['es'] })).toEqual([])
    expect(await find('shelter', { since: '2025-01-01' })).toEqual([])
    expect(await find('shelter', { since: '2024-01-01', until: '2024-12-31', hazards: ['MH'] })).toEqual(
      expect.arrayContaining([1, 2]),
    )
  })

  it('sees what was added since the last query', async () => {
    expect(await find('zeppelin')).toEqual([])
    library.db
      .prepare(
        `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
         VALUES (2, 1, 1, 0, 1, '[]', '', 'A zeppelin landed.', 4, 'z')`,
      )
      .run()
    expect(await find('zeppelin')).toHaveLength(1)
  })
})
