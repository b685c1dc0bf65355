// Keyword search against the plain OR query, in one run: time over a large library, quality on benchmarks.
// npm run bench:search [-- --passages 250000]. Uses ../shared/data where it is beside the checkout, else the sample library's words.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
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

const { values } = parseArgs({
  options: { passages: { type: 'string', default: '250000' }, queries: { type: 'string', default: '200' } },
})
const PASSAGES = Number(values.passages)
const QUERIES = Number(values.queries)
const PASSAGE_WORDS = 120

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

await timeOverALargeLibrary()
await qualityOnBenchmarks()

async function timeOverALargeLibrary(): Promise<void> {
  const path = join(scratch, 'large.db')
  const library = LibraryDatabase.open(path)
  const words = readWords()
  fill(library, words)
  const questions = readQuestions(words)
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
}

/** Passages of 120 words, cut from the text at changing offsets when it is shorter than what is asked for. */
function fill(library: LibraryDatabase, words: readonly string[]): void {
  const documents = new DocumentRepository(library.db)
  const perDocument = 500
  const perLap = Math.floor(words.length / PASSAGE_WORDS)
  const started = performance.now()
  for (let document = 0; document * perDocument < PASSAGES; document += 1) {
    const passages = Array.from({ length: Math.min(perDocument, PASSAGES - document * perDocument) }, (_, index) => {
      const number = document * perDocument + index
      const start =
        ((number % perLap) * PASSAGE_WORDS + Math.floor(number / perLap) * 31) % (words.length - PASSAGE_WORDS)
      const text = words.slice(start, start + PASSAGE_WORDS).join(' ')
      return { pageStart: 1, pageEnd: 1, charStart: 0, charEnd: text.length, headings: [], text, tokens: PASSAGE_WORDS }
    })
    library.db.transaction(() =>
      documents.insert({
        contentHash: `bench-${document}`,
        pageCount: 1,
        title: `Document ${document}`,
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
  }
  console.log(
    `stored and indexed ${Math.round(PASSAGES / ((performance.now() - started) / 1_000)).toLocaleString('en')} passages/s`,
  )
}

function readWords(): string[] {
  const folder = sharedData('text')
  const sources = folder
    ? readdirSync(folder)
        .filter((name) => name.startsWith('text-'))
        .map((name) => gunzipSync(readFileSync(join(folder, name))).toString('utf8'))
    : readdirSync('resources/sample-library/source', { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => readFileSync(join('resources/sample-library/source', name), 'utf8'))
  return sources.flatMap((source) =>
    folder
      ? source
          .split('\n')
          .filter(Boolean)
          .flatMap((line) => (JSON.parse(line) as { text: string }).text.split(/\s+/u))
      : source.split(/\s+/u),
  )
}

function readQuestions(words: readonly string[]): string[] {
  const file = sharedData('text/pairs-squad-nqg.jsonl.gz')
  const fits = (text: string): boolean => {
    const count = text.split(/\s+/u).length
    return count >= 10 && count <= 14
  }
  if (!file)
    return Array.from(
      { length: QUERIES },
      (_, index) => `what is said about ${words.slice(index * 97, index * 97 + 8).join(' ')}`,
    )
  const questions = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { query: string }).query)
  return questions.filter(fits).slice(0, QUERIES)
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
