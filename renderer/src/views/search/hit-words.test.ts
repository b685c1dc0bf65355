import { describe, expect, it } from 'vitest'
import questions from '../../../../resources/sample-library/questions.jsonl?raw'
import { EXAMPLE_QUESTIONS } from './example-questions.ts'
import { explainRank, folderOf, foundBy, highlightGroups, sameForms, shownPassage } from './hit-words.ts'
import { hitOf, responseOf } from './testing.ts'

describe('highlights', () => {
  it('let keywords stand inside what matches by meaning', () => {
    expect(highlightGroups('open the shelter now', [[9, 16]], [[5, 16]])).toEqual([
      { meaning: false, parts: [{ text: 'open ', keyword: false }] },
      {
        meaning: true,
        parts: [
          { text: 'the ', keyword: false },
          { text: 'shelter', keyword: true },
        ],
      },
      { meaning: false, parts: [{ text: ' now', keyword: false }] },
    ])
  })
  it('give back every character once, in order', () => {
    const text = 'Evacuation routes flood.'
    const groups = highlightGroups(
      text,
      [
        [0, 10],
        [18, 23],
      ],
      [[11, 99]],
    )
    expect(groups.flatMap((group) => group.parts.map((part) => part.text)).join('')).toBe(text)
  })
  it('leave a heading out of the sentence after it, and name the section instead', () => {
    const text = '3. Who decides\nThe incident commander orders it.\nTable 1'
    const shown = shownPassage({
      title: 'Annex E',
      headings: ['ANNEX E', '3. Who decides'],
      snippet: {
        text,
        keywords: [
          [7, 14],
          [19, 27],
        ],
        meaning: [[15, 48]],
      },
    })
    expect(shown.path).toEqual(['3. Who decides'])
    expect(shown.text).toBe('The incident commander orders it.\nTable 1')
    expect(shown.keywords.map(([from, to]) => shown.text.slice(from, to))).toEqual(['incident'])
    expect(shown.meaning).toEqual([[0, 33]])
  })
  it('keep a passage that is nothing but its heading', () => {
    const snippet = { text: '3. Who decides', keywords: [] }
    expect(shownPassage({ title: 'Annex E', headings: ['3. Who decides'], snippet }).text).toBe('3. Who decides')
  })
  it('mark a whole passage as its snippet is marked', () => {
    const snippet = { text: 'Shelters open', keywords: [[0, 8]] as [number, number][] }
    expect(sameForms('The shelters. SHELTERS, not a shelter.', snippet)).toEqual([
      [4, 12],
      [14, 22],
    ])
  })
})

describe('where a hit comes from', () => {
  it('is told by the lists that have it', () => {
    const leg = { rank: 1, score: 1 }
    expect(foundBy({ legs: { lexical: leg } })).toBe('keyword')
    expect(foundBy({ legs: { dense: leg } })).toBe('meaning')
    expect(foundBy({ legs: { dense: leg, lexical: leg } })).toBe('both')
  })
  it('is the innermost folder, or the source for a file at its top', () => {
    expect(folderOf({ file: 'plans/annexes/e.pdf', sourceName: 'County' })).toBe('annexes')
    expect(folderOf({ file: 'e.pdf', sourceName: 'County' })).toBe('County')
  })
})

describe('why a hit has its rank', () => {
  it('compares the scores of the one list there is', () => {
    const hits = [hitOf(1), hitOf(2)]
    const reason = explainRank(hits[0]!, responseOf(hits, { candidates: { lexical: 87, dense: 0 } }))
    expect(reason).toMatchObject({ kind: 'keywords', behind: 1, meaning: null })
    expect(reason.legs).toEqual([{ leg: 'lexical', rank: 1, total: 87, score: 9, share: 1 }])
  })
  it('names a list that does not have the passage', () => {
    const both = hitOf(1, { score: 0.0323, legs: { dense: { rank: 1, score: 0.83 }, lexical: { rank: 3, score: 7 } } })
    const meaning = hitOf(2, { score: 0.0315, legs: { dense: { rank: 2, score: 0.62 } } })
    const response = responseOf([both, meaning], { mode: 'hybrid', candidates: { lexical: 87, dense: 200 } })
    expect(explainRank(meaning, response).legs).toEqual([
      { leg: 'dense', rank: 2, total: 200, score: 0.62, share: 0.62 / 0.83 },
      { leg: 'lexical', rank: null, total: 87, score: 0, share: 0 },
    ])
    const reason = explainRank(both, response)
    expect(reason.kind).toBe('combined')
    expect(reason.behind).toBeCloseTo(0.0008, 10)
    expect(reason.meaning).toEqual({ score: 0.83, low: 0.62, high: 0.83 })
  })
  it('has nobody behind the last one shown', () => {
    expect(explainRank(hitOf(1), responseOf([hitOf(1)])).behind).toBeNull()
  })
})

describe('the example questions', () => {
  it('stand in the sample library’s list of questions', () => {
    const known = questions
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { query: string }).query)
    for (const question of EXAMPLE_QUESTIONS) expect(known).toContain(question)
  })
})
