import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { semanticBreakpoints, splitSentences } from './sentences.ts'

const split = (text: string): string[] => splitSentences(text).map(({ start, end }) => text.slice(start, end))

describe('splitSentences', () => {
  it.each([
    ['Stay inside. Close the doors! Are you safe? Yes.', 4],
    ['Dr. Smith called Lt. Col. Jones at 5 p.m. on Jan. 5, 2020.', 1],
    ['The shelter opens at 5 p.m. The mayor will speak.', 2],
    ['See Fig. 3 and No. 4 in Sec. 2.1 of the plan, e.g. the map.', 1],
    ['The dam holds 3.5 million cubic metres. It is 12.4 m high.', 2],
    ['J. F. Kennedy signed it. U.S. Army engineers built it in the U.S. The rest is history.', 3],
    ['1. Evacuate the school. 2. Call 911.', 2],
    ['2.3. Roles and duties are listed below.', 1],
    ['IV. Developing a Security Plan', 1],
    ['Use the FEMA app. The alerts are free.', 2],
    ['Stay out of the sun. Drink water.', 2],
    ['He said "Run!" Then he left. (It was late.) Nobody stayed.', 4],
    ['Take water, food, etc. The kit must last three days.', 2],
    ['Wait... The siren sounds again.', 2],
    ['Visit www.fema.gov or Ready.gov/floods for more.', 1],
    ['• Water • Food • A radio', 3],
    ['Pack:\n• Water\n• Food', 3],
    ['First part\n\nsecond part', 2],
    ['a line\nthat runs on', 1],
    ['¿Qué hacer? Llame al Sr. García. ¡Evacúe ya!', 3],
    ['M. Dupont est arrivé. «Restez chez vous.» Les écoles ferment.', 3],
    ['洪水来了。请撤离。', 2],
  ])('%s', (text, count) => {
    expect(split(text)).toHaveLength(count)
  })

  it('covers every character that is not white space once, in order, for any text', () => {
    const piece = fc.constantFrom(
      'Dr.',
      'a.m.',
      ' ',
      '\n',
      '\n\n',
      '.',
      '?',
      '"',
      ')',
      '•',
      '1.',
      'Water',
      'é',
      '。',
      '…',
      '(',
      '🌊',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        expect(split(text).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
        for (const sentence of split(text)) expect(sentence).toBe(sentence.trim())
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('semanticBreakpoints', () => {
  it('breaks where the distance exceeds the percentile, interpolated as numpy does', () => {
    // numpy.percentile([.1, .2, .3, .4, .9], 75) = 0.4
    expect(semanticBreakpoints([0.1, 0.9, 0.2, 0.4, 0.3], 75)).toEqual([1])
    // 60th percentile = .34
    expect(semanticBreakpoints([0.1, 0.9, 0.2, 0.4, 0.3], 60)).toEqual([1, 3])
    expect(semanticBreakpoints(Array.from({ length: 100 }, (_, i) => i))).toEqual([95, 96, 97, 98, 99])
  })

  it('has no break in equal or no distances and refuses a percentile out of range', () => {
    expect(semanticBreakpoints([0.5, 0.5, 0.5])).toEqual([])
    expect(semanticBreakpoints([])).toEqual([])
    expect(() => semanticBreakpoints([1], 101)).toThrow(RangeError)
  })
})
