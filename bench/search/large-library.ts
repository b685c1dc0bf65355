// A large library of real words, and questions for it: from ../shared/data where it is beside the checkout, else from the sample library.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DocumentRepository, type LibraryDatabase } from '../../electron/storage/index.ts'
import { sharedData } from '../../tests/shared-data.ts'

const PASSAGE_WORDS = 120
const PASSAGES_PER_DOCUMENT = 50
/** One document in so many is in the other language: the narrowest filter. */
export const OTHER_LANGUAGE_EVERY = 1_000

/**
 * Passages of 120 words, cut from the text at changing offsets when it is shorter than what is asked for. Half of the
 * documents lie in each of two sources, a twentieth in each folder.
 */
export function fillLibrary(library: LibraryDatabase, words: readonly string[], passages: number): void {
  const documents = new DocumentRepository(library.db)
  const sources = ['/plans', '/reports'].map((path) =>
    Number(library.db.prepare("INSERT INTO source (path, name, added_at) VALUES (?, '', 0)").run(path).lastInsertRowid),
  )
  const file = library.db.prepare(
    "INSERT INTO file (source_id, path, size, modified, document_id, state) VALUES (?, ?, 1, 1, ?, 'indexed')",
  )
  const perLap = Math.floor(words.length / PASSAGE_WORDS)
  const textOf = (number: number): string => {
    const lap = Math.floor(number / perLap)
    const start = ((number % perLap) * PASSAGE_WORDS + lap * 31) % (words.length - PASSAGE_WORDS)
    return words.slice(start, start + PASSAGE_WORDS).join(' ')
  }
  const started = performance.now()
  for (let document = 0; document * PASSAGES_PER_DOCUMENT < passages; document += 1) {
    const first = document * PASSAGES_PER_DOCUMENT
    const drafts = Array.from({ length: Math.min(PASSAGES_PER_DOCUMENT, passages - first) }, (_, index) => {
      const text = textOf(first + index)
      return { pageStart: 1, pageEnd: 1, charStart: 0, charEnd: text.length, headings: [], text, tokens: PASSAGE_WORDS }
    })
    library.db.transaction(() => {
      const id = documents.insert({
        contentHash: `bench-${document}`,
        pageCount: 1,
        title: `Document ${document}`,
        author: undefined,
        date: '2024-03-14',
        language: document % OTHER_LANGUAGE_EVERY === 0 ? 'es' : 'en',
        hazards: [],
        pages: [],
        passages: drafts,
        dropped: [],
        signature: new Uint32Array(128).fill(document),
        damage: undefined,
      })
      file.run(sources[document % 2], `folder-${document % 20}/${document}.pdf`, id)
    })()
  }
  const perSecond = passages / ((performance.now() - started) / 1_000)
  console.log(`stored and indexed ${Math.round(perSecond).toLocaleString('en')} passages/s`)
}

export function readWords(): string[] {
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

/** Questions of 10 to 14 words. */
export function readQuestions(words: readonly string[], count: number): string[] {
  const file = sharedData('text/pairs-squad-nqg.jsonl.gz')
  if (!file)
    return Array.from(
      { length: count },
      (_, index) => `what is said about ${words.slice(index * 97, index * 97 + 8).join(' ')}`,
    )
  const length = (text: string) => text.split(/\s+/u).length
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { query: string }).query)
    .filter((text) => length(text) >= 10 && length(text) <= 14)
    .slice(0, count)
}
