import type { FileState } from '../../../electron/contracts/library.ts'

/** What the table shows: everything, one of the three groups, one state, or near copies. */
export type FileFilter = 'all' | 'attention' | 'searchable' | 'waiting' | 'near-copies' | FileState

/** The states of each group. `attention` repeats STATES_NEEDING_ATTENTION, whose file would bring the schemas along. */
const GROUPS = {
  attention: ['needs-ocr', 'encrypted', 'damaged', 'failed'],
  searchable: ['indexed', 'duplicate'],
  waiting: ['waiting', 'reading'],
} as const satisfies Readonly<Record<string, readonly FileState[]>>

/** States that count as "passing": the row changes by itself. */
export function isPassing(state: FileState): boolean {
  return state === 'waiting' || state === 'reading'
}

/** The states a filter lets through; undefined for all of them. */
export function statesOf(filter: FileFilter): readonly FileState[] | undefined {
  if (filter === 'all' || filter === 'near-copies') return undefined
  return Object.hasOwn(GROUPS, filter) ? GROUPS[filter as keyof typeof GROUPS] : [filter as FileState]
}

/** How many files a filter lets through, from the counts by state. */
export function countOf(
  filter: Exclude<FileFilter, 'near-copies'>,
  byState: Readonly<Partial<Record<FileState, number>>>,
): number {
  const states = statesOf(filter) ?? (Object.keys(byState) as FileState[])
  return states.reduce((sum, state) => sum + (byState[state] ?? 0), 0)
}

const FILTERS: Readonly<Record<FileFilter, true>> = {
  all: true,
  attention: true,
  searchable: true,
  'near-copies': true,
  waiting: true,
  reading: true,
  indexed: true,
  duplicate: true,
  'needs-ocr': true,
  encrypted: true,
  damaged: true,
  unsupported: true,
  empty: true,
  excluded: true,
  failed: true,
}

/** Reads a filter from the address; anything unknown is 'all'. */
export function parseFilter(text: string | undefined): FileFilter {
  return text !== undefined && Object.hasOwn(FILTERS, text) ? (text as FileFilter) : 'all'
}
