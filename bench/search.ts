// Keyword search against the plain OR query, and search with a filter against search without, in one run: time over a large
// library, quality on benchmarks.
// npm run bench:search [-- --passages 250000]. Uses ../shared/data where it is beside the checkout, else the sample library's words.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { spawnSync } from 'node:child_process'
import type Database from 'better-sqlite3'
import {
  alignRun,
  metricsOf,
  openBeir,
  readBeirCorpus,
  type Run,
  type ScoredDocument,
} from '../electron/evaluation/index.ts'
import { LexicalRetriever, type RankedPassage, type Retriever } from '../electron/retrieval/index.ts'
import { DocumentRepository, LibraryDatabase } from '../electron/storage/index.ts'
import type { PassageDraft } from '../electron/text/page.ts'
import { contentTerms } from '../electron/text/query-syntax.ts'
import { sharedData } from '../tests/shared-data.ts'
import { timeFilters } from './search/filters.ts'
import { fillLibrary, readQuestions, readWords } from './search/large-library.ts'

const { values } = parseArgs({
  options: { passages: { type: 'string', default: '250000' }, queries: { type: 'string', default: '200' } },
})
const PASSAGES = Number(values.passages)
const QUERIES = Number(values.queries)
const FILTERED_QUERIES = 100

const scratch = mkdtempSync(join(tmpdir(), 'dmr-bench-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** The reference: every content word of the question, any of them, ranked by FTS5's BM25. */
class PlainOr implements Retriever {
  readonly id = 'plain-or'
  readonly #db: Database.Database
  readonly #terms: (text: string) => readonly string[]
  constructor(db: Database.Database, terms: (text: string) => readonly string[]) {
    this.#db = db
    this.#terms = terms
  }
  retrieve({ text, k }: { text: string; k: number }): Promise<RankedPassage[]> {
    const match = this.#terms(text)
      .map((term) => `"${term}"`)
      .join(' OR ')
    if (match === '') return Promise.resolve([])
    const statement = this.#db.prepare<[string, number], RankedPassage>(
      'SELECT rowid AS passageId, -rank AS score FROM passage_fts WHERE passage_fts MATCH ? ORDER BY rank LIMIT ?',
    )
    return Promise.resolve(statement.all(match, k))
  }
}

const allWords = (text: string): string[] => [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]

const questions = await timeOverALargeLibrary()
await timeFilters(join(scratch, 'large.db'), questions.slice(0, FILTERED_QUERIES))
await qualityOnBenchmarks()

async function timeOverALargeLibrary(): Promise<readonly string[]> {
  const path = join(scratch, 'large.db')
  const library = LibraryDatabase.open(path)
  const words = readWords()
  fillLibrary(library, words, PASSAGES)
  const questions = readQuestions(words, QUERIES)
  const lexical = new LexicalRetriever(library.db)
  const plain = new PlainOr(library.db, allWords)
  const withoutStopWords = new PlainOr(library.db, contentTerms)
  const rows = []
  for (const [name, retriever] of [
    ['OR of all words (reference)', plain],
    ['OR without stop-words', withoutStopWords],
    ['keyword search', lexical],
  ] as const) {
    await retriever.retrieve({ text: questions[0]!, intent: 'QA', k: 100 })
    const times: number[] = []
    for (const text of questions) {
      const started = performance.now()
      await retriever.retrieve({ text, intent: 'QA', k: 100 })
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    rows.push({ name, p50: times[Math.floor(times.length * 0.5)]!, p95: times[Math.floor(times.length * 0.95)]! })
  }
  console.log(`\n${PASSAGES.toLocaleString('en')} passages, ${questions.length} questions of 10 to 14 words, top 100`)
  for (const { name, p50, p95 } of rows) {
    console.log(
      `${name.padEnd(30)} p50 ${p50.toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms   ratio p95 ${(p95 / rows[0]!.p95).toFixed(3)}`,
    )
  }
  library.close()
  const cold: number[] = []
  for (let run = 0; run < 3; run += 1) {
    const started = performance.now()
    spawnSync(process.execPath, ['electron/host/cli/main.ts', 'search', questions[run]!, '--library', path, '--json'])
    cold.push(performance.now() - started)
  }
  console.log(`whole process "dmr search" on that library: ${cold.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`)
  return questions
}

async function qualityOnBenchmarks(): Promise<void> {
  const folder = sharedData('benchmarks')
  if (!folder) return
  console.log('\nnDCG@10       OR of all words   keyword search   difference')
  for (const name of ['scifact', 'climate-fever-sent', 'covid-faq', 'cranfield'].filter((set) =>
    existsSync(join(folder, set)),
  )) {
    const dataset = await openBeir(join(folder, name), 'test')
    const library = LibraryDatabase.open(join(scratch, `${name}.db`))
    const documents = new DocumentRepository(library.db)
    const ids: string[] = []
    const passages: PassageDraft[] = []
    for await (const { id, title, text } of readBeirCorpus(dataset.folder)) {
      ids.push(id)
      const whole = title ? `${title}\n${text}` : text
      passages.push({
        pageStart: 1,
        pageEnd: 1,
        charStart: 0,
        charEnd: whole.length,
        headings: [],
        text: whole,
        tokens: 1,
      })
    }
    library.db.transaction(() =>
      documents.insert({
        contentHash: name,
        pageCount: 1,
        title: '',
        author: undefined,
        date: undefined,
        language: 'en',
        hazards: [],
        pages: [],
        passages,
        dropped: [],
        signature: undefined,
        damage: undefined,
      }),
    )()
    const scores = []
    for (const retriever of [new PlainOr(library.db, allWords), new LexicalRetriever(library.db)]) {
      const run = new Map<string, ScoredDocument[]>()
      for (const [queryId, { text }] of dataset.queries) {
        const ranking = await retriever.retrieve({ text, plain: true, intent: 'QA', k: 100 })
        run.set(
          queryId,
          ranking.map(({ passageId, score }) => ({ docId: ids[passageId - 1]!, score })),
        )
      }
      scores.push(metricsOf(dataset.qrels, alignRun(dataset.qrels, run as Run)).mean['nDCG@10']!)
    }
    library.close()
    console.log(
      `${name.padEnd(20)} ${scores[0]!.toFixed(4).padStart(8)} ${scores[1]!.toFixed(4).padStart(16)} ${(scores[1]! - scores[0]!).toFixed(4).padStart(12)}`,
    )
  }
}
