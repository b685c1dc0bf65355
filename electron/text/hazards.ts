/**
 * The hazard groups a document is about, for filters. The groups are DisastIR's eight event groups, which follow the
 * clusters of the UNDRR/ISC hazard classification; an event that the classification lists under two clusters counts for
 * both. A lexicon is enough for a filter: it is fast, works offline and everybody can see why a document is in a group.
 */
import { HAZARD_GROUPS, HAZARD_TERMS, type HazardGroup } from './hazard-terms.ts'
import { stem } from './stem.ts'

export { HAZARD_GROUPS, type HazardGroup }

/** What the short names stand for. */
export const HAZARD_GROUP_NAMES: Readonly<Record<HazardGroup, string>> = {
  Bio: 'Biological',
  Chem: 'Chemical',
  Env: 'Environmental',
  Extra: 'Extraterrestrial',
  Geo: 'Geological',
  MH: 'Meteorological and hydrological',
  Soc: 'Societal',
  Tech: 'Technological',
}

/** A mention in the title says as much as this many in the text. */
const TITLE_WEIGHT = 8
/** A group counts with this share of all mentions, so that a plan that lists every hazard once is not about all of them. */
const MIN_SHARE = 0.15
/** And with this many mentions, or one per so many words in a short text. */
const MIN_MENTIONS = 3
const WORDS_PER_MENTION = 150

interface Entry {
  readonly stems: readonly string[]
  readonly groups: readonly HazardGroup[]
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu
const BY_FIRST_STEM = buildIndex()

/** The groups a text is about, the most mentioned first; none for a text that names no hazard. */
export function hazardGroups(text: string, title = ''): HazardGroup[] {
  const words = text.match(WORD)?.length ?? 0
  const counts = countHazardMentions(text)
  if (title !== '') {
    const inTitle = countHazardMentions(title)
    for (const group of HAZARD_GROUPS) counts[group] += inTitle[group] * TITLE_WEIGHT
  }
  const total = HAZARD_GROUPS.reduce((sum, group) => sum + counts[group], 0)
  const enough = Math.max(1, Math.min(MIN_MENTIONS, words / WORDS_PER_MENTION))
  return HAZARD_GROUPS.filter((group) => counts[group] >= enough && counts[group] >= total * MIN_SHARE).sort(
    (a, b) => counts[b] - counts[a],
  )
}

/** How often each group's hazards are named. The longest term wins: "computer virus" is no biological hazard. */
export function countHazardMentions(text: string): Record<HazardGroup, number> {
  const counts: Record<HazardGroup, number> = { Bio: 0, Chem: 0, Env: 0, Extra: 0, Geo: 0, MH: 0, Soc: 0, Tech: 0 }
  const stems = (text.match(WORD) ?? []).map(stem)
  for (let at = 0; at < stems.length;) {
    const entry = longestAt(stems, at)
    for (const group of entry?.groups ?? []) counts[group]++
    at += entry?.stems.length ?? 1
  }
  return counts
}

function longestAt(stems: readonly string[], at: number): Entry | undefined {
  // Entries of one first stem are sorted, the longest first.
  return BY_FIRST_STEM.get(stems[at] ?? '')?.find((entry) =>
    entry.stems.every((wanted, offset) => stems[at + offset] === wanted),
  )
}

function buildIndex(): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>()
  for (const [groups, terms] of HAZARD_TERMS) {
    for (const term of terms.split(',')) {
      const stems = (term.match(WORD) ?? []).map(stem)
      const [first] = stems
      if (first !== undefined) index.set(first, [...(index.get(first) ?? []), { stems, groups }])
    }
  }
  for (const entries of index.values()) entries.sort((a, b) => b.stems.length - a.stems.length)
  return index
}
