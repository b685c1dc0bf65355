import type { SearchHit, SearchResponse } from '../../../../electron/contracts/search.ts'

/** Half-open character range. */
export type Range = readonly [start: number, end: number]

export interface TextPart {
  readonly text: string
  readonly keyword: boolean
}

/** A stretch of text that matches by meaning or does not, cut where keywords stand. */
export interface TextGroup {
  readonly meaning: boolean
  readonly parts: readonly TextPart[]
}

/** Cuts a text for the two highlights; keywords may stand inside what matches by meaning. Ranges ascend and do not overlap. */
export function highlightGroups(text: string, keywords: readonly Range[], meaning: readonly Range[]): TextGroup[] {
  const edges = [0, text.length, ...keywords.flat(), ...meaning.flat()].filter((at) => at >= 0 && at <= text.length)
  const cuts = [...new Set(edges)].toSorted((a, b) => a - b)
  const groups: { meaning: boolean; parts: TextPart[] }[] = []
  cuts.slice(0, -1).forEach((start, index) => {
    const part = { text: text.slice(start, cuts[index + 1]), keyword: covers(keywords, start) }
    const inMeaning = covers(meaning, start)
    const last = groups.at(-1)
    if (last?.meaning === inMeaning) last.parts.push(part)
    else groups.push({ meaning: inMeaning, parts: [part] })
  })
  return groups
}

function covers(ranges: readonly Range[], at: number): boolean {
  return ranges.some(([start, end]) => start <= at && at < end)
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** The words of a text that are spelled like words marked in its snippet: the whole passage is marked as its snippet is. */
export function sameForms(text: string, snippet: SearchHit['snippet']): Range[] {
  const forms = new Set(
    snippet.keywords.flatMap(([start, end]) => snippet.text.slice(start, end).toLowerCase().match(WORD) ?? []),
  )
  return [...text.matchAll(WORD)]
    .filter((word) => forms.has(word[0].toLowerCase()))
    .map((word) => [word.index, word.index + word[0].length])
}

/** What a hit shows of its passage while it is not opened. */
export interface ShownPassage {
  /** The headings it stands under, outermost first; the title of the document is not repeated. */
  readonly path: readonly string[]
  readonly text: string
  readonly keywords: readonly Range[]
  readonly meaning: readonly Range[]
}

/** A snippet below its section: headings that it begins with are part of the path, not of the sentence after them. */
export function shownPassage({
  title,
  headings,
  snippet,
}: Pick<SearchHit, 'title' | 'headings' | 'snippet'>): ShownPassage {
  let start = 0
  for (;;) {
    const end = snippet.text.indexOf('\n', start)
    if (end < 0 || !headings.includes(snippet.text.slice(start, end))) break
    start = end + 1
  }
  const shifted = (ranges: readonly Range[]): Range[] =>
    ranges.filter(([, to]) => to > start).map(([from, to]) => [Math.max(0, from - start), to - start])
  return {
    path: headings[0]?.toLowerCase() === title.toLowerCase() ? headings.slice(1) : headings,
    text: snippet.text.slice(start),
    keywords: shifted(snippet.keywords),
    meaning: shifted(snippet.meaning ?? []),
  }
}

export type FoundBy = 'keyword' | 'meaning' | 'both'

export function foundBy(hit: Pick<SearchHit, 'legs'>): FoundBy {
  if (hit.legs.dense === undefined) return 'keyword'
  return hit.legs.lexical === undefined ? 'meaning' : 'both'
}

/** The folder a file lies in, or its source when it lies at the top. */
export function folderOf(hit: Pick<SearchHit, 'file' | 'sourceName'>): string {
  const parts = hit.file.split('/').slice(0, -1)
  return parts.at(-1) ?? hit.sourceName
}

export interface LegRow {
  readonly leg: 'lexical' | 'dense' | 'rerank'
  /** null: this list does not have the passage. */
  readonly rank: number | null
  readonly total: number | null
  readonly score: number
  /** Against the best score of this list, 0 to 1. */
  readonly share: number
}

export interface RankReason {
  readonly kind: 'combined' | 'keywords' | 'meaning'
  readonly legs: readonly LegRow[]
  readonly score: number
  /** How much less the next hit has, by the score that orders the list; null for the last one shown. */
  readonly behind: number | null
  /** Cosine of query and passage, and the least and most in this list; null when not ranked by meaning. */
  readonly meaning: { readonly score: number; readonly low: number; readonly high: number } | null
}

/** Why a hit stands where it stands: its place and score in every list, and how far the next one is behind. */
export function explainRank(hit: SearchHit, response: SearchResponse): RankReason {
  const { hits, mode, candidates } = response
  const kind = mode === 'hybrid' ? 'combined' : mode === 'dense' ? 'meaning' : 'keywords'
  const only = mode === 'hybrid' ? null : mode
  const legs = (['dense', 'lexical', 'rerank'] as const).flatMap((leg): LegRow[] => {
    const own = hit.legs[leg]
    const listed = leg === 'rerank' ? own !== undefined : only === null || only === leg
    if (!listed) return []
    const best = Math.max(...hits.map((one) => one.legs[leg]?.score ?? -Infinity), own?.score ?? -Infinity)
    return [
      {
        leg,
        rank: own?.rank ?? null,
        total: leg === 'rerank' ? null : candidates[leg],
        score: own?.score ?? 0,
        share: own === undefined || best <= 0 ? 0 : Math.max(0, own.score / best),
      },
    ]
  })
  // With one list the fused score only repeats the rank; the list's own score says more.
  const scoreOf = (one: SearchHit): number => (only === null ? one.score : (one.legs[only]?.score ?? one.score))
  const next = hits.find((one) => one.rank === hit.rank + 1)
  const cosines = hits.flatMap((one) => one.legs.dense?.score ?? [])
  return {
    kind,
    legs,
    score: scoreOf(hit),
    behind: next === undefined ? null : Math.max(0, scoreOf(hit) - scoreOf(next)),
    meaning:
      hit.legs.dense === undefined
        ? null
        : { score: hit.legs.dense.score, low: Math.min(...cosines), high: Math.max(...cosines) },
  }
}
