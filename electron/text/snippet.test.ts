import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { diffWords } from './diff.ts'
import fc from 'fast-check'
import { bestSnippet, matchRanges, matchTerms } from './snippet.ts'
import { stem } from './stem.ts'

const marked = (text: string, query: string): string[] =>
  matchRanges(text, query).map(([start, end]) => text.slice(start, end))

describe('stem', () => {
  it("equals FTS5's porter tokenizer", () => {
    const words =
      'flooded flooding floods evacuation evacuees évacuées preparedness organizational 1970s RES3E is by sky ponies agreed plastered conflated hopping œuvres'.split(
        ' ',
      )
    const db = new Database(':memory:')
    db.exec(
      "CREATE VIRTUAL TABLE t USING fts5(w, tokenize = 'porter unicode61 remove_diacritics 2'); CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')",
    )
    words.forEach((word, i) => db.prepare('INSERT INTO t (rowid, w) VALUES (?, ?)').run(i, word))
    const terms = db.prepare<[], string>('SELECT term FROM v ORDER BY doc').pluck().all()
    expect(words.map(stem)).toEqual(terms)
    db.close()
  })
})

describe('matchRanges', () => {
  it('marks every form of a word', () => {
    expect(marked('Flooded roads: the FLOOD was flooding.', 'What floods roads?')).toEqual([
      'Flooded',
      'roads',
      'FLOOD',
      'flooding',
    ])
    expect(marked('Les blessés évacués', 'evacue')).toEqual(['évacués'])
  })

  it('marks phrases whole and prefixes, and nothing that is excluded', () => {
    expect(marked('Shelter in place. A place to shelter.', '"shelter in place"')).toEqual(['Shelter in place'])
    expect(marked('Evacuees and evacuation', 'evacuee* AND evacuation')).toEqual(['Evacuees', 'evacuation'])
    expect(marked('flood and hurricane', 'flood -hurricane')).toEqual(['flood'])
    expect(marked('COVID-19 and 19 cases of covid', 'covid-19 outbreak')).toEqual(['COVID-19'])
  })

  it('marks words of a query that cannot be parsed', () => {
    expect(marked('the flood', '"flood')).toEqual(['flood'])
  })
})

describe('matchTerms', () => {
  it('tells what is there and what is not', () => {
    expect(matchTerms('Run the generators outside.', 'Where do I run a portable generator?')).toEqual({
      matched: ['run', 'generator'],
      missing: ['portable'],
    })
  })
})

describe('bestSnippet', () => {
  const filler = 'The council met in the old town hall to hear reports from all of its committees. '
  const answer = 'Place a portable generator at least 20 feet from doors and windows.'

  it('shows the sentence that holds most terms and marks them', () => {
    const { text, keywords } = bestSnippet(
      filler.repeat(6) + answer + ' ' + filler.repeat(6),
      'How many feet from windows is a portable generator?',
    )
    expect(text.startsWith(answer)).toBe(true)
    expect(keywords.map(([start, end]) => text.slice(start, end))).toEqual(['portable', 'generator', 'feet', 'windows'])
    expect(text.length).toBeLessThanOrEqual(304)
  })

  it('cuts inside a very long sentence at words, with ellipses', () => {
    const { text } = bestSnippet('alpha beta '.repeat(60) + 'generator ' + 'gamma delta '.repeat(60), 'generator', 120)
    expect(text).toMatch(/^… (?:alpha|beta) .*generator.* (?:gamma|delta)\u00a0…$/)
  })

  it('shows a short passage whole, a line for each paragraph, and the beginning when nothing matches', () => {
    expect(bestSnippet('Flood\nplan \n\n Who\tdecides', 'fire')).toEqual({
      text: 'Flood plan\nWho decides',
      keywords: [],
    })
    expect(bestSnippet(filler.repeat(9), 'zebra').text.startsWith('The council met')).toBe(true)
  })

  it('holds for any text and length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'flood', ' ', '. ', '\n', 'é', '🌊'), maxLength: 200 }),
        fc.integer({ min: 1, max: 60 }),
        (text, length) => {
          const snippet = bestSnippet(text, 'flood a', length)
          expect(snippet.text.length).toBeLessThanOrEqual(length + 4)
          let at = 0
          for (const [start, end] of snippet.keywords) {
            expect(start).toBeGreaterThanOrEqual(at)
            expect(end).toBeGreaterThan(start)
            at = end
          }
          expect(at).toBeLessThanOrEqual(snippet.text.length)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('diffWords', () => {
  it('names the words removed and added', () => {
    expect(diffWords('The shelter opens at 5 p.m. on Monday.', 'The shelter opens at 6 p.m. on Monday.')).toEqual([
      { kind: 'same', text: 'The shelter opens at ' },
      { kind: 'removed', text: '5 ' },
      { kind: 'added', text: '6 ' },
      { kind: 'same', text: 'p.m. on Monday.' },
    ])
  })

  it('rebuilds both texts from its parts, for any texts', () => {
    const text = fc
      .array(fc.constantFrom('flood', 'fire', ' ', '\n', ',', '5', 'é', '🌊'), { maxLength: 40 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffWords(before, after)
        const join = (kind: string): string =>
          parts
            .filter((part) => part.kind !== kind)
            .map((part) => part.text)
            .join('')
        expect(join('added')).toBe(before)
        expect(join('removed')).toBe(after)
      }),
    )
  })

  it('gives up on texts that share too little instead of taking minutes', () => {
    const numbers = (from: number): string => Array.from({ length: 5_000 }, (_, i) => `n${from + i}`).join(' ')
    expect(diffWords(numbers(0), numbers(10_000)).map((part) => part.kind)).toEqual(['removed', 'added'])
  })
})
