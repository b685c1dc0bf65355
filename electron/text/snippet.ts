/** Finds a query's words in a text as the keyword index finds them, and the part of a passage worth showing. */
import { contentTerms, parseQuery, wantedTerms } from './query-syntax.ts'
import { splitSentences } from './sentences.ts'
import { fold, stem } from './stem.ts'

/** Half-open range of UTF-16 offsets. */
export type MatchRange = [start: number, end: number]

export interface Snippet {
  /** One line for each paragraph, heading or cell; an ellipsis stands where it was cut inside a sentence. */
  readonly text: string
  /** Where the query's words stand in `text`, ascending, not overlapping. */
  readonly keywords: MatchRange[]
}

export interface TermMatches {
  /** Terms of the query (lower case, phrases whole) that the text has, and those it has not. */
  readonly matched: string[]
  readonly missing: string[]
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu
const SNIPPET_LENGTH = 300

/** A term of the query: stems that must follow each other; the last one is a prefix when `open`. */
interface Term {
  readonly name: string
  readonly stems: readonly string[]
  readonly open: boolean
}

interface Match {
  readonly start: number
  readonly end: number
  readonly term: number
}

/** Places of the query's words and phrases in a text; "flooded" matches "flood", words behind NOT do not count. */
export function matchRanges(text: string, query: string): MatchRange[] {
  return rangesOf(findMatches(text, termsOf(query)))
}

/** Which terms of the query a text has: "missing: generator" tells why a hit ranks where it does. */
export function matchTerms(text: string, query: string): TermMatches {
  const terms = termsOf(query)
  const found = new Set(findMatches(text, terms).map((match) => match.term))
  return {
    matched: terms.filter((_, i) => found.has(i)).map((term) => term.name),
    missing: terms.filter((_, i) => !found.has(i)).map((term) => term.name),
  }
}

/**
 * The window of a passage that holds most of the query's terms: from the start of a sentence where one is near, else from
 * a word. Without any match, the beginning.
 * @param maxLength characters of the window, ellipses not counted
 */
export function bestSnippet(text: string, query: string, maxLength = SNIPPET_LENGTH): Snippet {
  const terms = termsOf(query)
  const sentenceStarts = splitSentences(text).map(({ start }) => start)
  const [from, to] = bestWindow(text, findMatches(text, terms), sentenceStarts, maxLength)
  const starts = from === 0 || sentenceStarts.includes(from)
  const body = text.slice(from, to).trim().replace(/\s+/g, gapShown)
  const shown = `${starts ? '' : '… '}${body}${to >= text.trimEnd().length || /[.!?]["”’)]?$/.test(body) ? '' : '\u00a0…'}`
  return { text: shown, keywords: rangesOf(findMatches(shown, terms)) }
}

/** Only a blank line says that two texts are apart; a single line feed may stand inside a cell of a table. */
function gapShown(gap: string): string {
  return /\n[^\S\n]*\n/.test(gap) ? '\n' : ' '
}

/** The terms of the last query, because every hit of a page of results asks for the same. */
let lastQuery: { readonly query: string; readonly terms: readonly Term[] } | undefined

function termsOf(query: string): readonly Term[] {
  if (lastQuery?.query !== query) lastQuery = { query, terms: parseTerms(query) }
  return lastQuery.terms
}

function parseTerms(query: string): Term[] {
  const parsed = parseQuery(query)
  const names = parsed.kind === 'invalid' ? contentTerms(query) : wantedTerms(parsed)
  return names
    .map((name) => {
      const open = name.endsWith('*')
      const words = name.match(WORD) ?? []
      const stems = words.map((word, i) => (open && i === words.length - 1 ? fold(word) : stem(word)))
      return { name, stems, open }
    })
    .filter((term) => term.stems.length > 0)
}

function findMatches(text: string, terms: readonly Term[]): Match[] {
  if (terms.length === 0) return []
  // By first stem, so that a passage is scanned once however many terms there are.
  const byStem = new Map<string, number[]>()
  const prefixes: number[] = []
  terms.forEach((term, i) => {
    const [first = ''] = term.stems
    if (term.open && term.stems.length === 1) prefixes.push(i)
    else byStem.set(first, [...(byStem.get(first) ?? []), i])
  })
  const words = [...text.matchAll(WORD)].map((match) => ({ start: match.index, word: match[0] }))
  const matches: Match[] = []
  words.forEach(({ start, word }, at) => {
    const candidates = byStem.get(stem(word)) ?? []
    for (const index of prefixes.length > 0 ? [...candidates, ...prefixes] : candidates) {
      const term = terms[index] as Term
      const last = at + term.stems.length - 1
      const fits = term.stems.every((wanted, offset) => {
        const other = words[at + offset]?.word
        if (other === undefined) return false
        return term.open && at + offset === last ? fold(other).startsWith(wanted) : stem(other) === wanted
      })
      const end = words[last]
      if (fits && end) matches.push({ start, end: end.start + end.word.length, term: index })
    }
  })
  return matches
}

/** Ranges in order, those that overlap made one. */
function rangesOf(matches: readonly Match[]): MatchRange[] {
  const ranges: MatchRange[] = []
  for (const { start, end } of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = ranges.at(-1)
    if (last && start < last[1]) last[1] = Math.max(last[1], end)
    else ranges.push([start, end])
  }
  return ranges
}

function bestWindow(
  text: string,
  matches: readonly Match[],
  sentenceStarts: readonly number[],
  maxLength: number,
): MatchRange {
  if (text.length <= maxLength) return [0, text.length]
  let best: MatchRange = [0, wordEnd(text, maxLength)]
  let bestScore = scoreOf(best, matches)
  for (const match of matches) {
    const sentence = sentenceStarts.findLast((start) => start <= match.start) ?? 0
    const from = match.end - sentence <= maxLength * 0.6 ? sentence : wordStart(text, match.start - maxLength / 4)
    const window: MatchRange = [from, wordEnd(text, from + maxLength)]
    const score = scoreOf(window, matches)
    if (score > bestScore) {
      best = window
      bestScore = score
    }
  }
  return best
}

/** Different terms first, then how often they stand there. */
function scoreOf([from, to]: MatchRange, matches: readonly Match[]): number {
  const terms = new Set<number>()
  let count = 0
  for (const match of matches) {
    if (match.start < from || match.end > to) continue
    terms.add(match.term)
    count++
  }
  return terms.size + Math.min(count, 20) / 100
}

/** The first word start at or after an offset. */
function wordStart(text: string, offset: number): number {
  let at = Math.max(0, Math.floor(offset))
  if (at === 0) return 0
  while (at < text.length && !/\s/.test(text.charAt(at - 1))) at++
  return at
}

/** The last word end at or before an offset; the offset itself inside a very long word. */
function wordEnd(text: string, offset: number): number {
  if (offset >= text.length) return text.length
  let at = offset
  while (at > offset - 60 && at > 0 && !/\s/.test(text.charAt(at))) at--
  return /\s/.test(text.charAt(at)) ? at : offset
}
