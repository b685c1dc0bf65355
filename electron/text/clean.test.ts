import { describe, expect, it } from 'vitest'
import { CLEAN_PROFILES, cleanDocument } from './clean.ts'
import type { PageText } from './page.ts'
import { testPage, type TestParagraph } from './testing/pages.ts'

const { index, training } = CLEAN_PROFILES

/** Pages with a header at the top edge and a footer at the bottom edge. */
function framed(count: number, header: (n: number) => string, footer: (n: number) => string): PageText[] {
  return Array.from({ length: count }, (_, i) =>
    testPage(i + 1, [
      { text: header(i + 1), y: 760 },
      { text: `The plan of page ${'abcdefghij'[i]} starts here and tells everybody where to go.`, y: 600 },
      { text: footer(i + 1), y: 30 },
    ]),
  )
}
const kept = (pages: readonly PageText[]): string[] => cleanDocument(pages, index).pages.map((page) => page.text)
const gone = (pages: readonly PageText[], profile = index as typeof index | typeof training): string[] =>
  cleanDocument(pages, profile).dropped.map((line) => `${line.page} ${line.reason}: ${line.text}`)

describe('the index profile', () => {
  it.each(['7', 'Page 7 of 12', '- 7 -', '2-14', 'iv', 'SM-40', '7 | P a g e', 'Página 7'])(
    'drops the page number %j',
    (number) => {
      const body = 'Everybody leaves by the school road.'
      const page = testPage(7, [
        { text: body, y: 400 },
        { text: number, y: 30 },
      ])
      expect(kept([page])).toEqual([body])
      expect(gone([page])).toEqual([`7 page-number: ${number}`])
    },
  )

  it('keeps numbers inside the page, years, short words and rows of numbers at its edge', () => {
    for (const paragraphs of [
      [{ text: '42', y: 400 }],
      [{ text: '2024', y: 30 }],
      [{ text: 'Go now', y: 30 }],
      [{ text: 'mix', y: 30 }],
      [
        { text: '12', y: 30 },
        { text: '15', y: 30 },
        { text: '19', y: 30 },
      ],
    ] satisfies TestParagraph[][]) {
      expect(gone([testPage(1, paragraphs)])).toEqual([])
    }
  })

  it('drops running headers but keeps the first, so that its words stay searchable', () => {
    const texts = kept(
      framed(
        4,
        () => 'County Flood Annex',
        (n) => `Rev. 3 - Page ${n}`,
      ),
    )
    expect(texts.map((text) => text.includes('County Flood Annex'))).toEqual([true, false, false, false])
    expect(texts.map((text) => text.includes('Rev. 3'))).toEqual([true, false, false, false])
    expect(texts[1]).toBe('The plan of page b starts here and tells everybody where to go.')
  })

  it('drops the first header too when the title stands elsewhere', () => {
    const pages = [
      testPage(1, [{ text: 'County Flood Annex', y: 500 }]),
      ...framed(
        3,
        () => 'County Flood Annex',
        () => 'x',
      ).map((page, i) => ({ ...page, number: i + 2 })),
    ]
    expect(
      kept(pages)
        .slice(1)
        .some((text) => text.includes('County')),
    ).toBe(false)
  })

  it('keeps lines whose number does not count pages, and lines that return on two pages only', () => {
    expect(
      gone(
        framed(
          4,
          (n) => `Step ${[3, 9, 4, 1][n - 1]}`,
          (n) => `end of ${'wxyz'[n - 1]}`,
        ),
      ),
    ).toEqual([])
    expect(
      gone(
        framed(
          2,
          () => 'County Flood Annex',
          () => 'Rev. 3',
        ),
      ),
    ).toEqual([])
  })

  it('keeps the fields of a form that return below its title', () => {
    const pages = Array.from({ length: 4 }, (_, i) =>
      testPage(i + 1, [
        { text: `${['Incident', 'Medical', 'Safety', 'Traffic'][i]} form`, y: 770 },
        { text: 'Name: Position: Signature:', y: 740 },
        { text: 'Fill in all of it.', y: 400 },
      ]),
    )
    expect(gone(pages)).toEqual([])
  })

  it('looks at a turned page as the reader sees it', () => {
    const page = testPage(3, [
      { text: 'Everybody leaves.', y: 400 },
      { text: '3', y: 400 },
    ])
    const lines = page.lines.map((line, i) => (i === 1 ? { ...line, x: 600 } : line))
    expect(gone([{ ...page, lines, rotation: 90 }])).toEqual(['3 page-number: 3'])
    expect(gone([{ ...page, lines }])).toEqual([])
  })
})

describe('the training profile', () => {
  const page = testPage(1, [
    'Evacuation starts tonight everywhere.',
    ['Go to high ground', 'before nightfall tomorrow'],
    'Sandbags',
    'References',
    'Smith wrote about flooding.',
  ])

  it("applies the public cleaner's rules, which the index does not", () => {
    expect(gone([page], training)).toEqual([
      '1 short-words: Go to high ground',
      '1 one-word: Sandbags',
      '1 one-word: References',
      '1 references: Smith wrote about flooding.',
    ])
    expect(gone([page])).toEqual([])
  })

  it('rebuilds text and line ranges without the dropped lines', () => {
    const [cleaned] = cleanDocument([page], training).pages
    expect(cleaned?.text).toBe('Evacuation starts tonight everywhere.\n\nbefore nightfall tomorrow')
    expect(cleaned?.lines.map((line) => cleaned.text.slice(line.start, line.end))).toEqual([
      'Evacuation starts tonight everywhere.',
      'before nightfall tomorrow',
    ])
    expect(cleaned?.dropped).toHaveLength(4)
  })

  it('cuts at the last "References", not at the one in the table of contents', () => {
    const pages = [
      testPage(1, ['References', 'Alarm procedures explained']),
      testPage(2, ['REFERENCES', 'Some other author']),
    ]
    expect(gone(pages, training)).toEqual([
      '1 one-word: References',
      '2 one-word: REFERENCES',
      '2 references: Some other author',
    ])
  })
})
