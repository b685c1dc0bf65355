import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findAll, joinRuns, partsOf } from './page-text.ts'

const runs = [
  { str: 'The shelter', hasEOL: false },
  { str: ' is opened', hasEOL: true },
  { str: 'by Opera-', hasEOL: true },
  { str: 'tions.', hasEOL: false },
]
const page = joinRuns(runs)
const found = (query: string): string[] => findAll(page.text, query).map(([start, end]) => page.text.slice(start, end))

describe('finding in the text of a page', () => {
  it('goes across runs and line ends', () => {
    expect(found('opened by')).toEqual(['opened\nby'])
  })
  it('goes across a hyphen at a line end', () => {
    expect(found('operations')).toEqual(['Opera-\ntions'])
  })
  it('does not mind case and accents', () => {
    expect(findAll('Évacuation, EVACUATION', 'évacuation')).toHaveLength(2)
  })
  it('takes the signs of patterns as they are', () => {
    expect(findAll('cost (2024): $5.00 + tax', '(2024): $5.00 +')).toEqual([[5, 20]])
    expect(findAll('a b', '.')).toEqual([])
  })
  it('finds nothing for nothing', () => {
    expect(findAll('text', '  ')).toEqual([])
  })
  it('finds every text in itself, whatever its characters', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9.*+?()[\]{}|\\/$^-]{1,12}$/), (text) => {
        expect(findAll(`x ${text} y`, text).length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('the parts of a range', () => {
  it('are characters of the runs it covers, without the line ends', () => {
    const [range] = findAll(page.text, 'opened by opera')
    const parts = partsOf(page, runs, range?.[0] ?? 0, range?.[1] ?? 0)
    expect(parts.map(({ run, from, to }) => runs[run]?.str.slice(from, to))).toEqual(['opened', 'by Opera'])
  })
})
