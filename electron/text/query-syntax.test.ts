import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentTerms, parseQuery, toFts5, wantedTerms } from './query-syntax.ts'

const texts = [
  'Leave the valley when the siren sounds; floods come fast.',
  'Shelter in place during a chemical release. Close the doors.',
  'Evacuation routes for hurricane and flood.',
  'The mayor orders the evacuation of Portland.',
  'A place to shelter from the storm.',
]

/** The real thing: SQLite's FTS5 with the tokenizer of the library. */
function fts5() {
  const db = new Database(':memory:')
  db.exec("CREATE VIRTUAL TABLE passage USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')")
  const insert = db.prepare('INSERT INTO passage (text) VALUES (?)')
  for (const text of texts) insert.run(text)
  return db
}
const db = fts5()
const select = db.prepare<[string], number>('SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rowid').pluck()

function hits(query: string): number[] {
  const parsed = parseQuery(query)
  if (parsed.kind !== 'explicit') throw new Error(`not explicit: ${JSON.stringify(parsed)}`)
  return select.all(toFts5(parsed.expression))
}

describe('parseQuery on plain language', () => {
  it.each([
    [
      "I'm behind the wheel when the ground begins to shake. What is the safest thing to do?",
      ['behind', 'wheel', 'ground', 'begins', 'shake', 'safest', 'thing'],
    ],
    [
      'How many feet from doors and windows should a portable generator be run?',
      ['feet', 'doors', 'windows', 'portable', 'generator', 'run'],
    ],
    ['flood insurance', ['flood', 'insurance']],
    ['COVID-19 cases (Hubei)', ['covid-19', 'cases', 'hubei']],
    ['¿Qué hacer cuando sube el río?', ['hacer', 'sube', 'río']],
    ["Que faire si l'eau monte ?", ['eau', 'monte']],
    ['WHAT TO DO AND WHAT NOT TO DO', ['what', 'to', 'do', 'and', 'not']],
    ['Do NOT use elevators', ['use', 'elevators']],
    ['shelters in Portland, OR', ['shelters', 'portland']],
    ['a 12" pipe', ['12', 'pipe']],
    ['What does -20 mean to you?', ['20', 'mean']],
    ['what is evacuat*', ['evacuat']],
    ['What to do?', ['what', 'to', 'do']],
    ['', []],
    [' ?!… " ', []],
  ])('%s', (query, terms) => {
    expect(parseQuery(query)).toEqual({ kind: 'natural', terms })
  })

  it('takes pasted text as plain language, whatever it holds', () => {
    const pasted = `${texts.join(' ')} "${texts.join(' OR ')}" -all ( AND `
    expect(parseQuery(pasted.repeat(3)).kind).toBe('natural')
  })

  it('wants a phrase in a question to occur and lets the other words rank', () => {
    expect(hits('When do I "shelter in place"?')).toEqual([2])
    const parsed = parseQuery('Who opens a "place to shelter" tonight?')
    expect(parsed).toMatchObject({ kind: 'explicit', expression: { type: 'and' } })
    expect(hits('Who opens a "place to shelter" tonight?')).toEqual([5])
  })
})

describe('parseQuery on explicit queries', () => {
  it.each([
    ['"shelter in place"', [2]],
    ['“shelter in place”', [2]],
    ['flood AND siren', [1]],
    ['siren OR hurricane', [1, 3]],
    ['evacuation NOT hurricane', [4]],
    ['evacuation -hurricane', [4]],
    ['evacuation AND NOT portland', [3]],
    ['evac* AND port*', [4]],
    ['(siren OR mayor) AND (valley OR portland)', [1, 4]],
    ['shelter -"in place"', [5]],
    ['flood OR chemical AND doors', [1, 2, 3]],
    ['evacuation -(hurricane OR mayor)', []],
    ['FLOOD AND HURRICANE', [3]],
    ['"flooding"', [1, 3]],
    ['evacuation NOT NOT hurricane', [3]],
  ])('%s', (query, rows) => {
    expect(hits(query)).toEqual(rows)
  })

  it.each([
    ['"shelter in place', 'unclosed-quote', 0],
    ['flood AND', 'missing-operand', 6],
    ['AND flood', 'missing-operand', 0],
    ['flood AND OR fire', 'missing-operand', 10],
    ['flood AND (fire OR rain', 'unclosed-bracket', 10],
    ['flood OR fire)', 'unexpected-bracket', 13],
    ['flood AND ()', 'missing-operand', 11],
    ['-hurricane', 'only-exclusions', 0],
    ['flood OR NOT fire', 'only-exclusions', 9],
    ['a* AND flood', 'short-prefix', 0],
    [`${'('.repeat(40)}flood OR fire${')'.repeat(40)}`, 'too-deep', 32],
    [`${'flood-'.repeat(300)} OR x`, undefined, 0],
  ])('%s', (query, code, position) => {
    const parsed = parseQuery(query)
    if (code === undefined) {
      expect(parsed.kind).toBe('explicit')
      return
    }
    expect(parsed).toMatchObject({ kind: 'invalid', error: { code, position } })
    if (parsed.kind === 'invalid') expect(parsed.error.remedy).toMatch(/\.$/)
  })
})

describe('toFts5', () => {
  it('quotes every term, so that column filters, NEAR and anchors are only words', () => {
    expect(hits('"text" OR siren')).toEqual([1])
    const parsed = parseQuery('text:siren OR ^mayor OR NEAR(valley siren)')
    expect(parsed.kind === 'explicit' && toFts5(parsed.expression)).toBe(
      '"text:siren" OR "mayor" OR ("NEAR" AND ("valley" AND "siren"))',
    )
  })

  it('makes an expression that FTS5 accepts from any query, and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'flood',
        'AND',
        'OR',
        'NOT',
        '-',
        '"',
        '“',
        '(',
        ')',
        '*',
        'evac*',
        '?',
        'the',
        ',',
        ' ',
        ':',
        '^',
        '{',
        '}',
        '+',
        'NEAR(',
        "'",
        ';',
        '\0',
        '\\',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const query = fc.array(piece, { maxLength: 20 }).chain((parts) => fc.constantFrom(parts.join(' '), parts.join('')))
    fc.assert(
      fc.property(query, (text) => {
        const parsed = parseQuery(text)
        if (parsed.kind === 'explicit') select.all(toFts5(parsed.expression))
        if (parsed.kind === 'natural') for (const term of parsed.terms) select.all(toFts5({ type: 'word', text: term }))
        if (parsed.kind === 'invalid') {
          expect(parsed.error.position).toBeLessThanOrEqual(text.length)
          expect(parsed.error.message).not.toBe('')
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('is never invalid for a query that ends as a question', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(parseQuery(`${text}?`).kind).not.toBe('invalid')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('contentTerms', () => {
  it('uses the stop-words of one language', () => {
    expect(contentTerms('pour the water on the son of the mayor')).toEqual(['pour', 'water', 'son', 'mayor'])
    expect(contentTerms('que faire pour les blessés')).toEqual(['blessés'])
  })

  it('gives each word once and a bounded number', () => {
    expect(contentTerms('flood Flood FLOOD')).toEqual(['flood'])
    expect(contentTerms(Array.from({ length: 500 }, (_, i) => `word${i}`).join(' '))).toHaveLength(96)
  })
})

describe('wantedTerms', () => {
  it('names what a hit may contain, without exclusions', () => {
    expect(wantedTerms(parseQuery('(Flood OR "storm surge") AND evac* -drill'))).toEqual([
      'flood',
      'storm surge',
      'evac*',
    ])
  })
})
