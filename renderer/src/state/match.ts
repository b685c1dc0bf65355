/** Half-open character ranges of a text. */
export type Ranges = readonly (readonly [start: number, end: number])[]

export interface Match {
  /** Higher is better; only comparable for the same query. */
  readonly score: number
  readonly ranges: Ranges
}

/**
 * Matches a typed query against a title: every word of the query must occur, at the start of a word for the better score.
 * @returns null when a word is missing; an empty query matches everything with score 0
 */
export function matchTitle(title: string, query: string): Match | null {
  const text = title.toLocaleLowerCase()
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const ranges: [number, number][] = []
  let score = 0
  for (const word of words) {
    const start = wordStart(text, word)
    const at = start >= 0 ? start : text.indexOf(word)
    if (at < 0) return null
    ranges.push([at, at + word.length])
    score += start === 0 ? 3 : start > 0 ? 2 : 1
  }
  return { score, ranges: merge(ranges) }
}

function wordStart(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return at
  }
  return -1
}

function merge(ranges: readonly [number, number][]): Ranges {
  const merged: [number, number][] = []
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

/** Cuts a text into marked and unmarked parts, for rendering. */
export function markParts(text: string, ranges: Ranges): { readonly text: string; readonly marked: boolean }[] {
  const parts: { text: string; marked: boolean }[] = []
  let at = 0
  for (const [start, end] of ranges) {
    if (start > at) parts.push({ text: text.slice(at, start), marked: false })
    parts.push({ text: text.slice(start, end), marked: true })
    at = end
  }
  if (at < text.length) parts.push({ text: text.slice(at), marked: false })
  return parts
}
