import type { HazardGroup, SearchFilters } from '../../../../electron/contracts/search.ts'
import { hazardName, languageName } from '../../format/facets.ts'
import { isoDate } from '../../format/time.ts'
import type { ParamChanges } from '../../state/router.svelte.ts'
import { strings } from '../../strings/index.ts'

/** How the ids in a filter are called. */
export interface FilterNames {
  readonly source: (id: number) => string | undefined
  readonly document: (id: number) => string | undefined
}

/** One filter as a person sees it, and the filters that are left when it is taken away. */
export interface FilterChip {
  readonly id: string
  readonly label: string
  readonly rest: SearchFilters
}

const words = strings.search

/** One chip for each filter, in the order of the filter bar. */
export function filterChips(filters: SearchFilters, names: FilterNames): FilterChip[] {
  const chips: FilterChip[] = []
  const add = (id: string, label: string, rest: SearchFilters): void => {
    chips.push({ id, label, rest })
  }
  const source = (filters.sourceIds ?? []).map((id) => names.source(id) ?? words.unknownSource)
  if (filters.folder !== undefined || source.length > 0) {
    add('folder', words.folderChip(filters.folder ?? source.join(', ')), without(filters, 'folder', 'sourceIds'))
  }
  for (const id of filters.documentIds ?? []) {
    const label = words.documentChip(names.document(id) ?? words.unknownDocument(id))
    add(`document:${id}`, label, withoutItem(filters, 'documentIds', id))
  }
  for (const group of filters.hazards ?? []) {
    add(`hazard:${group}`, hazardName(group), withoutItem(filters, 'hazards', group))
  }
  if (filters.since !== undefined)
    add('since', words.since(dayOrYear(filters.since, '01-01')), without(filters, 'since'))
  if (filters.until !== undefined)
    add('until', words.until(dayOrYear(filters.until, '12-31')), without(filters, 'until'))
  for (const language of filters.languages ?? []) {
    const label = words.languageChip(languageName(language))
    add(`language:${language}`, label, withoutItem(filters, 'languages', language))
  }
  if (filters.ocr !== undefined) add('ocr', filters.ocr ? words.ocrOnly : words.ocrWithout, without(filters, 'ocr'))
  return chips
}

export function hasFilters(filters: SearchFilters): boolean {
  return Object.keys(filters).length > 0
}

/** Filters with some of them set; `undefined` takes one away, and so does an empty list. */
export function changeFilters(
  filters: SearchFilters,
  change: { readonly [Key in keyof SearchFilters]?: SearchFilters[Key] | undefined },
): SearchFilters {
  const next = Object.entries({ ...filters, ...change }).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  )
  return Object.fromEntries(next) as SearchFilters
}

/** Adds a value to a list filter, or takes it out when it is there. */
export function toggled<Value>(list: readonly Value[] | undefined, value: Value): Value[] {
  return list?.includes(value) ? list.filter((one) => one !== value) : [...(list ?? []), value]
}

const KEYS = ['sources', 'folder', 'documents', 'hazards', 'since', 'until', 'languages', 'ocr'] as const

/** The filters as they stand in the address; absent ones are taken out of it. */
export function filtersToParams(filters: SearchFilters): ParamChanges {
  const text: Partial<Record<(typeof KEYS)[number], string | undefined>> = {
    sources: filters.sourceIds?.join(','),
    folder: filters.folder,
    documents: filters.documentIds?.join(','),
    hazards: filters.hazards?.join(','),
    since: filters.since,
    until: filters.until,
    languages: filters.languages?.join(','),
    ocr: filters.ocr === undefined ? undefined : filters.ocr ? '1' : '0',
  }
  return Object.fromEntries(KEYS.map((key) => [key, text[key] ?? null]))
}

/** Reads what `filtersToParams` writes; what is not understood is left out. */
export function filtersFromParams(params: Readonly<Record<string, string>>): SearchFilters {
  const hazards = listOf(params['hazards']).filter((group): group is HazardGroup => group in words.hazards)
  return changeFilters(
    {},
    {
      sourceIds: idsOf(params['sources']),
      folder: params['folder'],
      documentIds: idsOf(params['documents']),
      hazards,
      since: dateOf(params['since']),
      until: dateOf(params['until']),
      languages: listOf(params['languages']),
      ocr: params['ocr'] === '1' ? true : params['ocr'] === '0' ? false : undefined,
    },
  )
}

function listOf(text: string | undefined): string[] {
  return text?.split(',').filter(Boolean) ?? []
}

function idsOf(text: string | undefined): number[] {
  return listOf(text)
    .map(Number)
    .filter((id) => Number.isInteger(id) && id > 0)
}

function dateOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined
}

/** A whole year is called by its number. */
function dayOrYear(date: string, edge: '01-01' | '12-31'): string {
  return date.slice(5) === edge ? date.slice(0, 4) : isoDate(date)
}

function without(filters: SearchFilters, ...keys: (keyof SearchFilters)[]): SearchFilters {
  return changeFilters(filters, Object.fromEntries(keys.map((key) => [key, undefined])))
}

function withoutItem(
  filters: SearchFilters,
  key: 'documentIds' | 'hazards' | 'languages',
  item: unknown,
): SearchFilters {
  const list: readonly unknown[] = filters[key] ?? []
  return changeFilters(filters, { [key]: list.filter((one) => one !== item) })
}
