/** A run of text as pdf.js gives it; `hasEOL` ends a printed line. */
export interface TextRun {
  readonly str: string
  readonly hasEOL: boolean
}

/** The text of a page, and where each run begins in it. */
export interface PageText {
  readonly text: string
  readonly starts: readonly number[]
}

/** A part of one run: [from, to) of its characters. */
export interface RunPart {
  readonly run: number
  readonly from: number
  readonly to: number
}

export function joinRuns(runs: readonly TextRun[]): PageText {
  let text = ''
  const starts: number[] = []
  for (const run of runs) {
    starts.push(text.length)
    text += run.hasEOL ? `${run.str}\n` : run.str
  }
  return { text, starts }
}

/** Which runs the characters [start, end) of a page's text come from. */
export function partsOf(page: PageText, runs: readonly TextRun[], start: number, end: number): RunPart[] {
  const parts: RunPart[] = []
  for (let run = 0; run < runs.length; run += 1) {
    const at = page.starts[run] ?? 0
    if (at >= end) break
    const length = runs[run]?.str.length ?? 0
    const from = Math.max(0, start - at)
    const to = Math.min(length, end - at)
    if (from < to) parts.push({ run, from, to })
  }
  return parts
}

/**
 * Where a text stands in a page, whatever its case, accents and line breaks; a hyphen at a line's end is no obstacle.
 * @returns half-open ranges of the page's text, in order
 */
export function findAll(text: string, query: string): (readonly [number, number])[] {
  const words = query.trim().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const pattern = words.map((word) => [...fold(word)].map(escape).join('(?:-\\n)?')).join('\\s+')
  return [...foldKeepingLength(text).matchAll(new RegExp(pattern, 'gu'))].map(
    (match) => [match.index, match.index + match[0].length] as const,
  )
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Folds character by character, so that an offset means the same before and after. */
function foldKeepingLength(text: string): string {
  let folded = ''
  for (const unit of text.split('')) {
    const one = fold(unit)
    folded += one.length === 1 ? one : unit
  }
  return folded
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
}
