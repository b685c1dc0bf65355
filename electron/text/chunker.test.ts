import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentBlocks } from './blocks.ts'
import { chunkDocument, type ChunkOptions } from './chunker.ts'
import type { PageText, PassageDraft } from './page.ts'
import { breaksBetween, documentSentences } from './semantic-breaks.ts'
import { sentencesAbout, testPage, type TestParagraph } from './testing/pages.ts'
import { countTokens } from './tokens.ts'

const solid = (text: string): string => text.replace(/\s+/g, '')

describe('chunkDocument', () => {
  it('starts a passage at each heading and names the headings above it', () => {
    const passages = chunkDocument([
      testPage(1, [
        { text: 'Flood Plan', fontSize: 20 },
        { text: '1. Purpose', fontSize: 14 },
        sentencesAbout('the levee', 14),
        { text: '2. Roles', fontSize: 14 },
        { text: '2.1 Mayor', fontSize: 12.5 },
        sentencesAbout('the siren', 14),
        { text: '2.2 Fire chief', fontSize: 12.5 },
        sentencesAbout('the pumps', 14),
      ]),
    ])
    expect(passages.map((passage) => passage.headings)).toEqual([
      ['Flood Plan', '1. Purpose'],
      ['Flood Plan', '2. Roles', '2.1 Mayor'],
      ['Flood Plan', '2. Roles', '2.2 Fire chief'],
    ])
    expect(passages[1]?.text).toMatch(/^2\. Roles\n\n2\.1 Mayor\n\nRule 1 on the siren/)
  })

  it('takes bold, numbered and capital lines of body size as headings, and steps of a list as text', () => {
    const headings = (line: { text: string; bold?: boolean }): readonly string[] =>
      chunkDocument([testPage(1, [line, sentencesAbout('water', 10)])])[0]?.headings ?? []
    expect(headings({ text: 'Shelter in place', bold: true })).toEqual(['Shelter in place'])
    expect(headings({ text: '3.2 Shelter Operations' })).toEqual(['3.2 Shelter Operations'])
    expect(headings({ text: 'ANNEX B: EVACUATION' })).toEqual(['ANNEX B: EVACUATION'])
    expect(headings({ text: 'P R E F A C E' })).toEqual(['PREFACE'])
    expect(headings({ text: '1. Turn off the gas at the main' })).toEqual([])
    expect(headings({ text: 'Purpose .................... 12' })).toEqual([])
    expect(headings({ text: 'Call the fire station at once.', bold: true })).toEqual([])
  })

  it('crosses a page inside a running paragraph, joined by a space, and not between sections', () => {
    const [first, ...rest] = chunkDocument([
      testPage(1, [
        { text: 'SIRENS', fontSize: 16 },
        sentencesAbout('sirens', 7),
        'The siren sounds for three minutes when the water reaches',
      ]),
      testPage(2, [
        'the second mark at the bridge. Everybody below the mill leaves on foot, by the school road, without a car.',
        { text: 'SHELTERS', fontSize: 16 },
        sentencesAbout('beds', 8),
      ]),
      testPage(3, [{ text: 'SUPPLIES', fontSize: 16 }, sentencesAbout('water', 8)]),
    ])
    expect(first).toMatchObject({ pageStart: 1, pageEnd: 2, charStart: 0, headings: ['SIRENS'] })
    expect(first?.text).toContain('water reaches the second mark')
    expect(rest.map((passage) => [passage.pageStart, passage.pageEnd, passage.headings[0]])).toEqual([
      [2, 2, 'SHELTERS'],
      [3, 3, 'SUPPLIES'],
    ])
  })

  it('keeps a list with its lead-in in one passage when it fits and cuts it at items when it does not', () => {
    const item = (i: number): string =>
      `• Item ${i}: a radio with spare batteries, a torch, a whistle and a paper map of the county roads`
    const short = chunkDocument([
      testPage(1, [
        sentencesAbout('kits', 11),
        'Pack the following:',
        ...Array.from({ length: 14 }, (_, i) => item(i)),
      ]),
    ])
    const holder = short.find((passage) => passage.text.includes('Pack the following'))
    expect(holder?.text.match(/• Item/g)).toHaveLength(14)
    const long = chunkDocument([testPage(1, ['Pack the following:', ...Array.from({ length: 60 }, (_, i) => item(i))])])
    expect(long.length).toBeGreaterThan(2)
    expect(long.slice(1).every((passage) => passage.text.startsWith('• Item'))).toBe(true)
  })

  it('cuts a long paragraph at sentences into passages of like size', () => {
    const passages = chunkDocument([testPage(1, [sentencesAbout('dikes', 60)])])
    const sizes = passages.map((passage) => passage.tokens)
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.3)
    for (const passage of passages) expect(passage.text).toMatch(/^Rule .* first\.$/)
  })

  it('never ends a passage on a heading or a title-like line that the next one needs', () => {
    const paragraphs = Array.from({ length: 20 }, (_, i) => [
      `Step ${'ABCDEFGHIJKLMNOPQRST'[i]} for the watch`,
      sentencesAbout('x', 9),
    ]).flat()
    const passages = chunkDocument([testPage(1, paragraphs)])
    expect(passages.length).toBeGreaterThan(8)
    for (const passage of passages) expect(passage.text).toMatch(/first\.$/)
  })

  it('starts a passage at a semantic break when the one before is large enough', () => {
    const page = testPage(1, [sentencesAbout('fire', 12)])
    const offset = page.text.indexOf('Rule 5')
    const [first, second] = chunkDocument([page], { breaks: [{ page: 1, offset }] })
    expect(first?.charEnd).toBe(offset - 1)
    expect(second?.text.startsWith('Rule 5')).toBe(true)
    const early = page.text.indexOf('Rule 2')
    expect(chunkDocument([page], { breaks: [{ page: 1, offset: early }] })).toHaveLength(1)
  })

  it('takes the breaks that sentence distances give', () => {
    const page = testPage(1, [sentencesAbout('fire', 6), sentencesAbout('flood', 6)])
    const sentences = documentSentences([page])
    const distances = sentences.slice(1).map((_, i) => (i === 5 ? 0.9 : 0.1))
    const passages = chunkDocument([page], { breaks: breaksBetween(sentences, distances) })
    expect(passages.map((passage) => /fire|flood/.exec(passage.text)?.[0])).toEqual(['fire', 'flood'])
    expect(() => breaksBetween(sentences, [1])).toThrow(/12 sentences have 11 distances, got 1/)
  })

  it('finishes the sentence that the page end cuts when the passage is full', () => {
    const [first, second] = chunkDocument([
      testPage(1, [`${sentencesAbout('gates', 13)} The last gate is closed when`]),
      testPage(2, [`everybody has left the dam. ${sentencesAbout('boats', 12)}`]),
    ])
    expect(first?.text.endsWith('The last gate is closed when everybody has left the dam.')).toBe(true)
    expect(first).toMatchObject({ pageStart: 1, pageEnd: 2 })
    expect(second).toMatchObject({ pageStart: 2, pageEnd: 2 })
  })

  it('yields nothing for pages without text and refuses sizes that cannot hold', () => {
    expect(chunkDocument([testPage(1, []), testPage(2, [])])).toEqual([])
    expect(() => chunkDocument([], { minTokens: 300, maxTokens: 512 })).toThrow(/minTokens \(300\)/)
  })

  describe('for any pages and sizes', () => {
    const word = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom(
          'water',
          'levee',
          'Évacuation',
          'the',
          'U.S.',
          '12.5',
          'e.g.',
          'incomprehensibilities',
          '水',
          '🌊',
        ),
      },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 60 }) },
      { weight: 1, arbitrary: fc.constantFrom('é-'.repeat(200), 'x'.repeat(900)) },
    )
    const line = fc
      .tuple(
        fc.array(word, { minLength: 1, maxLength: 25 }),
        fc.constantFrom('', '.', ':', '?'),
        fc.constantFrom('', '• ', '2.1 '),
      )
      .map(([words, end, start]) => start + words.join(' ') + end)
    const styled = fc.record({ text: line, fontSize: fc.constantFrom(9, 11, 11, 11, 14, 20), bold: fc.boolean() })
    const paragraph: fc.Arbitrary<TestParagraph> = fc.oneof(
      line,
      styled,
      fc.array(styled, { minLength: 1, maxLength: 4 }),
    )
    const documents = fc
      .array(fc.tuple(fc.array(paragraph, { maxLength: 8 }), fc.constantFrom(' ', '\n')), { maxLength: 5 })
      .map((pages) => pages.map(([paragraphs, between], i) => testPage(i + 1, paragraphs, between)))
    const sizes = fc.constantFrom<ChunkOptions>(
      {},
      { minTokens: 8, targetTokens: 20, maxTokens: 40 },
      { minTokens: 1, targetTokens: 1, maxTokens: 2 },
    )

    it('puts every character that is not white space in exactly one passage, in order', () => {
      fc.assert(
        fc.property(
          documents,
          sizes,
          fc.array(fc.record({ page: fc.integer({ min: 1, max: 5 }), offset: fc.nat(400) })),
          (pages, options, breaks) => {
            const passages = chunkDocument(pages, { ...options, breaks })
            const all = solid(pages.map((page) => page.text).join(''))
            expect(solid(passages.map((passage) => passage.text).join(''))).toBe(all)
            expect(passages.map((passage) => solid(textOfRange(pages, passage))).join('')).toBe(all)
            for (const passage of passages) expect(solid(textOfRange(pages, passage))).toBe(solid(passage.text))
          },
        ),
        { numRuns: 100 },
      )
    })

    it('keeps passages within the sizes, short ones only where nothing is left to merge with', () => {
      fc.assert(
        fc.property(documents, sizes, (pages, options) => {
          const { minTokens = 32, maxTokens = 512 } = options
          const passages = chunkDocument(pages, options)
          passages.forEach((passage, i) => {
            expect(countTokens(passage.text)).toBeLessThanOrEqual(maxTokens)
            expect(passage.tokens).toBeLessThanOrEqual(maxTokens)
            if (passage.tokens >= minTokens) return
            for (const [a, b] of [
              [passages[i - 1], passage],
              [passage, passages[i + 1]],
            ]) {
              if (a && b && a.tokens + b.tokens <= maxTokens) expect(a.pageEnd).not.toBe(b.pageStart)
            }
          })
        }),
        { numRuns: 100 },
      )
    })

    it('crosses a page only inside a section', () => {
      fc.assert(
        fc.property(documents, (pages) => {
          const blocks = documentBlocks(pages)
          for (const passage of chunkDocument(pages)) {
            for (let page = passage.pageStart; page < passage.pageEnd; page++) {
              const before = blocks.findLast((block) => block.page < page)
              const after = blocks.find((block) => block.page >= page)
              if (before?.page === page - 1 && after?.page === page) expect(after.section).toBe(before.section)
            }
          }
        }),
        { numRuns: 200 },
      )
    })
  })
})

/** The text of a passage cut from the pages by its ranges alone. */
function textOfRange(pages: readonly PageText[], passage: PassageDraft): string {
  return pages
    .filter((page) => page.number >= passage.pageStart && page.number <= passage.pageEnd)
    .map((page) =>
      page.text.slice(
        page.number === passage.pageStart ? passage.charStart : 0,
        page.number === passage.pageEnd ? passage.charEnd : page.text.length,
      ),
    )
    .join('\n')
}
