import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countTokens } from './tokens.ts'

describe('countTokens', () => {
  it.each([
    ['', 0],
    ['Go to high ground.', 5],
    ['interoperability', 2],
    ['12,500 people in 2024', 6],
    ['état', 2],
    ['洪水警報', 4],
    ['🌊 wave', 2],
    ['well-kept', 3],
  ])('%j', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens)
  })

  it('adds up over a text that is split at white space', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 10 }),
        (words) => {
          const parts = words.join(' ').split(/\s+/)
          expect(parts.reduce((sum, part) => sum + countTokens(part), 0)).toBe(countTokens(words.join(' ')))
        },
      ),
    )
  })

  it('counts a range as it counts the text cut out', () => {
    const text = 'Close the doors, then wait for 30 minutes.'
    expect(countTokens(text, 6, 16)).toBe(countTokens(text.slice(6, 16)))
  })
})
