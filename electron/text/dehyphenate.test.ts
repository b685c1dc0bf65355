import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countWordForms, dehyphenate, joinLines } from './dehyphenate.ts'

const forms = (...lines: string[]) => countWordForms(lines)
const none = forms()

describe('dehyphenate', () => {
  it('joins a word that the typesetter cut', () => {
    expect(dehyphenate(['the basement con-', 'crete block'])).toBe('the basement concrete block')
    expect(dehyphenate(['Washing-', 'ton, D. C.'])).toBe('Washington, D. C.')
    expect(dehyphenate(['évacua\u00AD', 'tion immédiate'])).toBe('évacuation immédiate')
    expect(dehyphenate(['radia\u2010', 'tion'])).toBe('radiation')
  })

  it('follows the form that the rest of the document uses', () => {
    const lines = ['a state-', 'owned dam']
    expect(dehyphenate(lines, forms('the state-owned dam'))).toBe('a state-owned dam')
    expect(dehyphenate(lines, forms('the stateowned dam'))).toBe('a stateowned dam')
    expect(dehyphenate(['re-', 'opening'], forms('reopening', 're-opening schools', 'reopening'))).toBe('reopening')
    expect(dehyphenate(['EMER-', 'GENCY'], forms('emergency'))).toBe('EMERGENCY')
  })

  it('does not take the pieces of cut words for words', () => {
    expect(countWordForms(['the con-', 'crete block']).counts).toEqual(
      new Map([
        ['the', 1],
        ['block', 1],
      ]),
    )
  })

  it('keeps the hyphen of compounds that are seen nowhere else', () => {
    expect(dehyphenate(['a state-of-the-', 'art siren'], none)).toBe('a state-of-the-art siren')
    expect(dehyphenate(['refrain from self-', 'dispatching'], none)).toBe('refrain from self-dispatching')
    expect(dehyphenate(['Create password-', 'protected copies'], forms('the password is protected'))).toBe(
      'Create password-protected copies',
    )
    expect(dehyphenate(['a risk-', 'based plan'], forms('risk is based on'))).toBe('a risk-based plan')
    expect(dehyphenate(['fema.gov/emergency-', 'managers/plan'], none)).toBe('fema.gov/emergency-managers/plan')
  })

  it('joins words written solid although both parts are words', () => {
    expect(dehyphenate(['an over-', 'flow pipe'], forms('go over there', 'the flow is high'))).toBe('an overflow pipe')
  })

  it('keeps hyphens before digits and capitals, ranges and open compounds', () => {
    expect(dehyphenate(['COVID-', '19 cases'])).toBe('COVID-19 cases')
    expect(dehyphenate(['Anglo-', 'American'])).toBe('Anglo-American')
    expect(dehyphenate(['pages 12-', '14'])).toBe('pages 12-14')
    expect(dehyphenate(['pre-', 'and post-disaster'])).toBe('pre- and post-disaster')
    expect(dehyphenate(['water -', 'boil it'])).toBe('water - boil it')
    expect(dehyphenate(['stop --', 'then go'])).toBe('stop -- then go')
  })
})

describe('joinLines', () => {
  it('says where each line stands in the joined text', () => {
    const { text, ranges } = joinLines(['the con-', 'crete', '', 'block'], none)
    expect(text).toBe('the concrete block')
    expect(ranges.map(({ start, end }) => text.slice(start, end))).toEqual(['the con', 'crete', '', 'block'])
  })

  it('loses nothing but hyphens and gives ascending ranges for any lines', () => {
    const line = fc
      .string({ unit: fc.constantFrom('a', 'B', '-', '\u00AD', '7', ' ', '/', 'é', '’'), maxLength: 8 })
      .map((text) => text.trim())
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const { text, ranges } = joinLines(lines, countWordForms(lines))
        const solid = (value: string): string => value.replace(/[\s\u00AD-]/g, '')
        expect(solid(text)).toBe(solid(lines.join('')))
        let at = 0
        for (const { start, end } of ranges) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(end).toBeGreaterThanOrEqual(start)
          at = end
        }
        expect(at).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 500 },
    )
  })
})
