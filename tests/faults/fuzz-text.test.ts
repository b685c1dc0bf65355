// Documents that no printer made, through everything between the PDF reader and the library, and queries through the parser.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assemblePages } from '../../electron/ingestion/extraction/assemble-pages.ts'
import type { PageRun, RawPage } from '../../electron/ingestion/extraction/pdf-extractor.ts'
import { chunkDocument } from '../../electron/text/chunker.ts'
import { documentDate, documentTitle } from '../../electron/text/document-facts.ts'
import { hazardGroups } from '../../electron/text/hazards.ts'
import { detectLanguage } from '../../electron/text/language.ts'
import { minhash } from '../../electron/text/minhash.ts'
import { packLines, unpackLines } from '../../electron/text/packed-lines.ts'
import { parseQuery, toFts5 } from '../../electron/text/query-syntax.ts'
import { splitSentences } from '../../electron/text/sentences.ts'
import { bestSnippet } from '../../electron/text/snippet.ts'
import { many, SEED } from './support/plan.ts'

const RUNS = { numRuns: many(150, 5_000), seed: SEED }
/** Longest time for one document of a few thousand characters: a hundred times what the slowest takes. */
const HANG_MS = 10_000

/** What breaks code that works on text: half characters, marks without a letter, directions, no characters at all. */
const oddities = fc.constantFrom(
  '\u{d83d}',
  '\u{dca7}',
  '\u0301\u0301\u0301',
  '\u202e',
  '\u200b\u200d',
  '\u00ad',
  '\ufeff',
  '\u0000',
  '\ufffd',
  '👩‍👩‍👧',
  'ﬁﬂ',
  'İi',
  'ß',
  '́',
  '\u2028',
  '$&$1',
  '\\',
  '%s',
  '</script>',
  "';--",
)
/** What expressions with repetition inside repetition are slow on. */
const repetitions = fc
  .tuple(
    fc.constantFrom('-', ' ', '. ', 'a', '1.', '(', '"', '. . ', 'a-', '\t', 'I ', 'http://'),
    fc.integer({ min: 50, max: 3_000 }),
  )
  .map(([part, count]) => part.repeat(count))
const structures = fc.constantFrom(
  'Page 3 of 9',
  '3.2.1 Evacuation routes',
  'ANNEX B: SHELTERS',
  '• Close the gate',
  'levee-',
  'inspec-',
  'tion of the levee.',
  'Purpose ........................ 12',
  'Effective 14 March 2024',
  'The siren sounds for three minutes. Everybody leaves on foot.',
)
const runText = fc.oneof(
  { weight: 4, arbitrary: structures },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.tuple(structures, oddities, structures).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: repetitions },
)

/** Sizes and places as broken transformation matrices give them. */
const measure = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 800, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1e6, 1e9, 1e-9, Number.MAX_SAFE_INTEGER) },
)

const box = fc.record({ x: measure, y: measure, width: measure, height: measure })
const run: fc.Arbitrary<PageRun> = fc
  .record({
    text: runText,
    upright: box,
    fontSize: fc.oneof(fc.double({ min: 4, max: 40, noNaN: true }), fc.constantFrom(0, 1e6)),
    bold: fc.boolean(),
    turn: fc.integer({ min: -1, max: 3 }),
  })
  .map((one) => ({ ...one, ...one.upright }))

const page = (number: number): fc.Arbitrary<RawPage> =>
  fc.record({
    number: fc.constant(number),
    width: fc.constantFrom(612, 0, 1e6),
    height: fc.constantFrom(792, 0, 1e6),
    rotation: fc.constantFrom(0, 90, 180, 270),
    runs: fc.array(run, { maxLength: 25 }),
    source: fc.constant('pdf' as const),
    quality: fc.constantFrom('text' as const, 'text' as const, 'garbage' as const, 'no-text' as const),
  })
const documents = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => page(index + 1))))

const solid = (text: string): string => text.replace(/\s+/gu, '')

/** Fails for a call that would hang a worker until its cap. */
function withoutHang<T>(what: string, work: () => T): T {
  const started = performance.now()
  const result = work()
  expect(performance.now() - started, what).toBeLessThan(HANG_MS)
  return result
}

describe('any document', () => {
  it(
    'becomes pages whose lines lie in their text, and passages that tile it',
    { timeout: many(60_000, 900_000) },
    () => {
      fc.assert(
        fc.property(documents, (raw) => {
          const pages = withoutHang('assembling pages', () => assemblePages(raw))
          for (const { text, lines } of pages) {
            let end = 0
            for (const line of lines) {
              expect(line.start).toBeGreaterThanOrEqual(end)
              expect(line.end).toBeGreaterThan(line.start)
              end = line.end
            }
            expect(end).toBeLessThanOrEqual(text.length)
            expect(unpackLines(packLines(lines)).map(({ start, end: last }) => [start, last])).toEqual(
              lines.map(({ start, end: last }) => [start, last]),
            )
          }
          const passages = withoutHang('cutting passages', () => chunkDocument(pages))
          expect(passages.map((passage) => solid(passage.text)).join('')).toBe(
            solid(pages.map(({ text }) => text).join('')),
          )
          for (const passage of passages) expect(passage.tokens).toBeLessThanOrEqual(512)
        }),
        RUNS,
      )
    },
  )

  it('has facts, a fingerprint, sentences and a snippet, whatever it says', { timeout: many(60_000, 900_000) }, () => {
    fc.assert(
      fc.property(documents, fc.oneof(runText, fc.string({ unit: 'binary' })), (raw, query) => {
        const pages = assemblePages(raw)
        const text = pages.map((one) => one.text).join('\n\n')
        withoutHang('reading facts', () => {
          const language = detectLanguage(text)?.code
          const source = { fileName: 'a.pdf', title: query, created: query, pages, language }
          expect(documentTitle(source)).not.toBe('')
          documentDate(source)
          hazardGroups(text, query)
          minhash(text)
        })
        const sentences = withoutHang('splitting sentences', () => splitSentences(text))
        expect(sentences.map(({ start, end }) => solid(text.slice(start, end))).join('')).toBe(solid(text))
        const snippet = withoutHang('making a snippet', () => bestSnippet(text, query))
        for (const [start, end] of snippet.keywords) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeLessThanOrEqual(snippet.text.length)
        }
      }),
      RUNS,
    )
  })

  it('is asked for with any query: it parses, or says where it does not', { timeout: many(60_000, 900_000) }, () => {
    const tokens = fc.constantFrom(
      '"',
      '(',
      ')',
      'AND',
      'OR',
      'NOT',
      'NEAR',
      '*',
      '-',
      ':',
      'levee',
      '^',
      '{',
      '\u0000',
    )
    const queries = fc.oneof(
      runText,
      fc.array(tokens, { maxLength: 30 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(queries, (query) => {
        const parsed = withoutHang('parsing a query', () => parseQuery(query))
        if (parsed.kind === 'invalid') expect(parsed.error.message.length).toBeGreaterThan(5)
        if (parsed.kind === 'explicit') expect(toFts5(parsed.expression)).not.toBe('')
      }),
      RUNS,
    )
  })
})
