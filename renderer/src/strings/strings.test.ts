import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { es } from './es.ts'
import { pseudo } from './pseudo.ts'

/** Names of all texts: `library.states.waiting`. */
function namesOf(entry: unknown, path: readonly string[] = []): string[] {
  if (typeof entry !== 'object' || entry === null) return [path.join('.')]
  return Object.entries(entry).flatMap(([key, inner]) => namesOf(inner, [...path, key]))
}

const at = (catalogue: unknown, name: string): unknown =>
  name.split('.').reduce<unknown>((entry, key) => (entry as Record<string, unknown> | undefined)?.[key], catalogue)

describe('Spanish', () => {
  const sections = Object.keys(es) as (keyof typeof es)[]

  it.each(sections)('has no text that English has not: %s', (section) => {
    const known = new Set(namesOf(en[section], [section]))
    expect(namesOf(es[section], [section]).filter((name) => !known.has(name))).toEqual([])
  })

  it('takes as many values as English does, in every text made of them', () => {
    const wrong = namesOf(es).filter((name) => {
      const [text, translated] = [at(en, name), at(es, name)]
      if (typeof text !== 'function') return typeof translated === 'function'
      return typeof translated !== 'function' || translated.length > text.length
    })
    expect(wrong).toEqual([])
  })

  it('has every section', () => expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort()))
})

describe('the pseudo-language', () => {
  it('puts every text in brackets, those made of values too', () => {
    const strings = pseudo(en)
    expect(strings.locale).toBe('en-US')
    expect(strings.common.close).toBe('⟦Close⟧')
    expect(strings.firstRun.next[0]).toMatch(/^⟦.*⟧$/u)
    expect(strings.library.passages(2, '2')).toBe('⟦2 passages⟧')
  })
})
