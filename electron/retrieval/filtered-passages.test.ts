import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadKernels } from '../../native/index.ts'
import { HAZARD_GROUPS, type SearchFilters } from '../contracts/search.ts'
import { seededRandom } from '../platform/seeded-random.ts'
import { DocumentRepository, LibraryDatabase } from '../storage/index.ts'
import type { PassageDraft } from '../text/page.ts'
import { DenseRetriever } from './dense-retriever.ts'
import { FilteredPassages } from './filtered-passages.ts'
import { fuseLegs, HybridRetriever } from './hybrid-retriever.ts'
import { LatentSemanticIndex } from './latent-semantic/latent-semantic-index.ts'
import { LatentSemanticRetriever } from './latent-semantic-retriever.ts'
import { LexicalRetriever } from './lexical-retriever.ts'
import type { RankedPassage, Retriever } from './retriever.ts'
import { unitVectors } from './testing/vectors.ts'
import { VectorSearch } from './vector-search.ts'
import { VectorStore } from './vector-store.ts'

const DIMENSIONS = 16
const WORDS =
  'levee flood river shelter generator boil water road closed bridge crew radio duty officer mask fire'.split(' ')
const DATES = ['2019', '2021-06', '2021-06-15', '2022-12-31', '2024', undefined]
const LANGUAGES = ['en', 'es', undefined]

interface PlacedDocument {
  readonly id: number
  readonly source: number
  readonly path: string
  readonly date: string | undefined
  readonly language: string | undefined
  readonly hazards: readonly string[]
}

const random = seededRandom(11)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
const some = <T>(list: readonly T[], share: number): T[] => list.filter(() => random() < share)

let folder: string
let library: LibraryDatabase
let documents: DocumentRepository
const placed: PlacedDocument[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-filtered-'))
  library = LibraryDatabase.open(join(folder, 'library.db'))
  documents = new DocumentRepository(library.db)
  for (const source of [1, 2]) {
    library.db.prepare("INSERT INTO source (id, path, name, added_at) VALUES (?, ?, 's', 0)").run(source, `/s${source}`)
  }
  for (let i = 0; i < 40; i++) place(i)
})
afterAll(() => {
  library.close()
  rmSync(folder, { recursive: true, force: true })
})

function drafts(count: number): PassageDraft[] {
  return Array.from({ length: count }, (_, i) => {
    const text = Array.from({ length: 12 }, () => pick(WORDS)).join(' ')
    const page = 1 + (i >> 1)
    return { pageStart: page, pageEnd: page, charStart: 0, charEnd: text.length, headings: [], text, tokens: 12 }
  })
}

function place(number: number): void {
  const facts = {
    source: pick([1, 2]),
    path: `${pick(['plans', 'plans/flood', 'plans-old', 'reports'])}/${number}.pdf`,
    date: pick(DATES),
    language: pick(LANGUAGES),
    hazards: some(HAZARD_GROUPS, 0.2),
  }
  // Passages of the second page were read by OCR in every third document.
  const page = { number: 2, width: 1, height: 1, rotation: 0, lines: new Uint8Array(), text: '', dropped: [] }
  const pages = number % 3 === 0 ? [{ ...page, quality: 'text' as const, source: 'ocr' as const }] : []
  const id = library.db.transaction(() =>
    documents.insert({
      ...{ contentHash: `hash-${number}`, pageCount: 9, title: 'Plan', author: undefined, signature: undefined },
      ...{ pages, dropped: [], damage: undefined },
      ...{ date: facts.date, language: facts.language, hazards: facts.hazards, passages: drafts(number % 17) },
    }),
  )()
  library.db
    .prepare("INSERT INTO file (source_id, path, size, modified, document_id, state) VALUES (?, ?, 1, 1, ?, 'indexed')")
    .run(facts.source, facts.path, id)
  placed.push({ id, ...facts })
}

function randomFilters(): SearchFilters {
  const filters: SearchFilters = {}
  if (random() < 0.2) filters.sourceIds = some([1, 2], 0.5)
  if (random() < 0.2) filters.folder = pick(['', 'plans', 'plans/flood', 'reports', 'pla'])
  if (random() < 0.2) filters.documentIds = some(placed, 0.3).map(({ id }) => id)
  if (random() < 0.2) filters.since = pick(['2020-01-01', '2021-06-15', '2021-06-16', '2021-07', '2022', '2024-05-01'])
  if (random() < 0.2) filters.until = pick(['2018', '2021-06-14', '2021-06-15', '2021-06', '2022', '2024-05-01'])
  if (random() < 0.2) filters.hazards = some(HAZARD_GROUPS, 0.3)
  if (random() < 0.2) filters.languages = some(['en', 'es'], 0.5)
  if (random() < 0.2) filters.ocr = random() < 0.5
  return filters
}

const firstDay = (date: string) => date + '-01-01'.slice(date.length - 4)
const lastDay = (date: string) => date + '-12-31'.slice(date.length - 4)

/** What a filter means, told without SQL. */
function passes(filters: SearchFilters, document: PlacedDocument): boolean {
  const { sourceIds, documentIds, hazards, languages, since, until } = filters
  const { date } = document
  return (
    (!sourceIds?.length || sourceIds.includes(document.source)) &&
    (!filters.folder || document.path.startsWith(`${filters.folder}/`)) &&
    (!documentIds?.length || documentIds.includes(document.id)) &&
    (!hazards?.length || hazards.some((hazard) => document.hazards.includes(hazard))) &&
    (!languages?.length || languages.includes(document.language!)) &&
    (since === undefined || (date !== undefined && lastDay(date) >= firstDay(since))) &&
    (until === undefined || (date !== undefined && firstDay(date) <= lastDay(until)))
  )
}

function passingIds(filters: SearchFilters): number[] {
  const chosen = new Map(placed.map((document) => [document.id, passes(filters, document)]))
  return library.db
    .prepare<[], { id: number; document_id: number; ocr: number }>(
      'SELECT id, document_id, ocr FROM passage ORDER BY id',
    )
    .all()
    .filter(
      ({ document_id, ocr }) => chosen.get(document_id) && (filters.ocr === undefined || filters.ocr === (ocr === 1)),
    )
    .map(({ id }) => id)
}

const filtersToTry = Array.from({ length: 150 }, randomFilters)

describe('the passages that pass a filter', () => {
  const passing = (filters: SearchFilters) => FilteredPassages.in(library.db).passing(filters)

  it('are those of the documents it means', () => {
    const sizes = new Set<number>()
    for (const filters of filtersToTry) {
      const expected = passingIds(filters)
      // Nothing is filtered: all pass.
      const found = passing(filters)?.ids() ?? passingIds({})
      expect(found, JSON.stringify(filters)).toEqual(expected)
      sizes.add(expected.length)
    }
    expect(sizes.size).toBeGreaterThan(20)
  })

  it('are found anew after a change, and are the same object where nothing came of it', () => {
    const filters = { languages: ['es'] }
    const before = passing(filters)!
    expect(passing({ languages: ['es'] })).toBe(before)
    library.db.prepare("INSERT OR REPLACE INTO setting VALUES ('any', '1')").run()
    expect(passing(filters)).toBe(before)
    const spanish = placed.find(({ id, language }) => language === 'es' && documents.passages(id).length > 0)!
    library.db.transaction(() => documents.replaceText(spanish.id, [], drafts(5)))()
    expect(passing(filters)).not.toBe(before)
    expect(passing(filters)!.ids()).toEqual(passingIds(filters))
    documents.remove(spanish.id)
    expect(passing(filters)!.ids()).toEqual(passingIds(filters))
  })

  it('are seen as another connection left them', () => {
    const filters = { folder: 'added' }
    expect(passing(filters)!.size).toBe(0)
    const reader = LibraryDatabase.open(library.path, { readOnly: true })
    const seen = () => FilteredPassages.in(reader.db).passing(filters)!.size
    expect(seen()).toBe(0)
    place(100)
    library.db.prepare("UPDATE file SET path = 'added/100.pdf' WHERE document_id = ?").run(placed.pop()!.id)
    expect(seen()).toBe(100 % 17)
    reader.close()
    documents.remove(documents.byContentHash('hash-100')!.id)
  })

  it('of the last few filters are kept', () => {
    const first = passing({ folder: 'plans' })
    for (const documentId of [1, 2, 3]) passing({ documentIds: [documentId] })
    expect(passing({ folder: 'plans' })).toBe(first)
    for (let documentId = 1; documentId < 20; documentId++) passing({ documentIds: [documentId] })
    expect(passing({ folder: 'plans' })).not.toBe(first)
  })
})

describe('a filtered search', () => {
  const text = 'flood water at the bridge'
  const k = 1_000
  const ask = (retriever: Retriever, filters?: SearchFilters) =>
    retriever.retrieve({ text, intent: 'QA', k, ...(filters ? { filters } : {}) })

  async function retrievers(): Promise<{ lexical: Retriever; dense: Retriever; latent: Retriever }> {
    const { db } = library
    const ids = db.prepare<[], number>('SELECT id FROM passage ORDER BY id').pluck().all()
    const store = VectorStore.create(db, { modelId: 'm', version: '1' }, DIMENSIONS)
    store.insert(ids, unitVectors(ids.length, DIMENSIONS))
    const vectors = new VectorSearch({
      store,
      kernels: () => loadKernels({ only: 'wasm' }),
      logger: pino({ level: 'silent' }),
    })
    await vectors.load()
    const encoder = { encodeQuery: () => Promise.resolve(unitVectors(1, DIMENSIONS, 5)) }
    return {
      lexical: new LexicalRetriever(db),
      dense: new DenseRetriever({ id: 'm', db, encoder, vectors }),
      latent: new LatentSemanticRetriever(db, await LatentSemanticIndex.fit(db, { dimensions: 8 })),
    }
  }

  it('ranks and scores as the search of everything does, without what does not pass', async () => {
    const { lexical, dense, latent } = await retrievers()
    const hybrid = new HybridRetriever(lexical, dense)
    const whole = { lexical: await ask(lexical), dense: await ask(dense), latent: await ask(latent) }
    expect(Math.min(...Object.values(whole).map((hits) => hits.length))).toBeGreaterThan(100)
    for (const filters of filtersToTry) {
      const wanted = new Set(passingIds(filters))
      const only = (hits: readonly RankedPassage[]) => hits.filter(({ passageId }) => wanted.has(passageId))
      const about = JSON.stringify(filters)
      expect(await ask(lexical, filters), about).toEqual(only(whole.lexical))
      expect(await ask(dense, filters), about).toEqual(only(whole.dense))
      expect(await ask(latent, filters), about).toEqual(only(whole.latent))
      // Fusion scales each leg by what it found, so it is the legs that are cut, not their fusion.
      const fused = fuseLegs(only(whole.lexical), only(whole.dense))
      expect(await ask(hybrid, filters), about).toEqual(fused.map(({ passageId, score }) => ({ passageId, score })))
    }
  })
})
