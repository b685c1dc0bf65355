import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from './normalise.ts'

describe('normalise', () => {
  it('composes accents and spells out ligatures', () => {
    expect(normalise('e\u0301vacuation e\uFB03cace \uFB02ood').text).toBe('évacuation efficace flood')
  })

  it('drops what has no printed meaning and counts it', () => {
    expect(normalise('a\u0000b\u0007\uE123c\uFFFD \uD800d')).toEqual({ text: 'abc d', removed: 5 })
  })

  it('reads the bullets and boxes of symbol fonts', () => {
    expect(normalise('\uF0B7 water \uF0FC done \uF06F open')).toEqual({ text: '• water ✓ done ☐ open', removed: 0 })
  })

  it('drops invisible marks without counting them, and soft hyphens except at a line end', () => {
    expect(normalise('\uFEFFeva\u00ADcu\u200Bation emer\u00AD')).toEqual({ text: 'evacuation emer\u00AD', removed: 0 })
    expect(normalise('emer\u00AD\ngency').text).toBe('emer\u00AD\ngency')
  })

  it('collapses spaces of every kind, keeps line feeds, at most two', () => {
    expect(normalise(' a\u00A0\u2009 b\t c \r\n d\n\n\n\ne ').text).toBe('a b c\nd\n\ne')
  })

  it('keeps curly quotes unless straight ones are asked for', () => {
    const quoted = '“Don’t wait,” said the mayor'
    expect(normalise(quoted).text).toBe(quoted)
    expect(normalise(quoted, 'straight').text).toBe('"Don\'t wait," said the mayor')
  })

  it('keeps joiners that shape words in other scripts and in emoji', () => {
    expect(normalise('می\u200Cخواهم 👩\u200D🚒').text).toBe('می\u200Cخواهم 👩\u200D🚒')
  })

  it('is idempotent, NFC and free of controls for any input', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({
        unit: fc.constantFrom(
          'a',
          ' ',
          '\n',
          '\r',
          '\u00AD',
          '\u0301',
          '\uFB01',
          '\uE000',
          '\u200B',
          '\u00A0',
          '\u0001',
        ),
        maxLength: 40,
      }),
    )
    fc.assert(
      fc.property(anyText, fc.constantFrom('keep' as const, 'straight' as const), (text, quotes) => {
        const once = normalise(text, quotes).text
        expect(normalise(once, quotes)).toEqual({ text: once, removed: 0 })
        expect(once).toBe(once.normalize('NFC'))
        expect(once).not.toMatch(/(?!\n)\p{Cc}|\p{Co}|\p{Cs}|  |\n{3}/u)
      }),
      { numRuns: 1_000 },
    )
  })
})
