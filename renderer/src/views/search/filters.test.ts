import { describe, expect, it } from 'vitest'
import type { SearchFilters } from '../../../../electron/contracts/search.ts'
import { changeFilters, filterChips, filtersFromParams, filtersToParams, toggled } from './filters.ts'
import { languageName } from '../../format/facets.ts'

const names = {
  source: (id: number) => ({ 1: 'County plans' })[id],
  document: (id: number) => ({ 7: 'Annex E' })[id],
}
const all: SearchFilters = {
  sourceIds: [1],
  folder: 'annexes',
  documentIds: [7, 8],
  hazards: ['MH', 'Geo'],
  since: '2019-01-01',
  until: '2023-06-30',
  languages: ['es'],
  ocr: false,
}

describe('filters as chips', () => {
  it('has one chip for each filter, in words', () => {
    expect(filterChips(all, names).map((chip) => chip.label)).toEqual([
      'Folder: annexes',
      'Document: Annex E',
      'Document: number 8',
      'Weather and water',
      'Geological',
      'Since 2019',
      'Until 30 Jun 2023',
      'Language: Spanish',
      'Not read by OCR',
    ])
  })
  it('leaves the others when one is taken away', () => {
    for (const chip of filterChips(all, names)) {
      const left = filterChips(chip.rest, names).map(({ id }) => id)
      expect(left).toEqual(
        filterChips(all, names)
          .map(({ id }) => id)
          .filter((id) => id !== chip.id),
      )
    }
  })
  it('forgets a list with its last entry', () => {
    const [chip] = filterChips({ hazards: ['Bio'] }, names)
    expect(chip?.rest).toEqual({})
  })
  it('calls a removed folder by what is known of it', () => {
    expect(filterChips({ sourceIds: [99] }, names)[0]?.label).toBe('Folder: removed folder')
  })
})

describe('filters in the address', () => {
  it('come back as they were written', () => {
    const params = Object.entries(filtersToParams(all)).filter(([, value]) => value !== null)
    expect(filtersFromParams(Object.fromEntries(params.map(([key, value]) => [key, String(value)])))).toEqual(all)
  })
  it('clears the address of what is not set', () => {
    expect(new Set(Object.values(filtersToParams({})))).toEqual(new Set([null]))
  })
  it('leaves out what nobody could have written', () => {
    expect(filtersFromParams({ sources: 'x,-1,0', hazards: 'Magic', since: 'yesterday', ocr: 'maybe' })).toEqual({})
  })
})

describe('changing filters', () => {
  it('takes away what is set to nothing or to an empty list', () => {
    expect(changeFilters(all, { folder: undefined, hazards: [], ocr: undefined })).not.toHaveProperty('hazards')
    expect(changeFilters({}, { languages: [] })).toEqual({})
  })
  it('adds and takes out by turns', () => {
    expect(toggled(toggled(undefined, 'en'), 'es')).toEqual(['en', 'es'])
    expect(toggled(['en', 'es'], 'en')).toEqual(['es'])
  })
  it('names languages, and does not stumble over what is none', () => {
    expect(languageName('de')).toBe('German')
    expect(languageName('not a code!')).toBe('not a code!')
  })
})
