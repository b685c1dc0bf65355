// Claims, entailed hypotheses and paraphrases by rules that keep (or, where wanted, break) the meaning. English only.
import type { RandomSource } from '../../../platform/seeded-random.ts'
import { lowerFirst, upperFirst } from './prose.ts'

/** Interchangeable wordings; each is replaced by the other side. Longest first, so that phrases win over their words. */
const EQUIVALENTS: readonly (readonly [RegExp, string])[] = (
  [
    ['in the event of', 'in case of'],
    ['in order to', 'to'],
    ['prior to', 'before'],
    ['no later than', 'at the latest'],
    ['is responsible for', 'is in charge of'],
    ['are responsible for', 'are in charge of'],
    ['as soon as possible', 'without delay'],
    ['at least', 'no fewer than'],
    ['more than', 'over'],
    ['less than', 'under'],
    ['a number of', 'several'],
    ['because of', 'owing to'],
    ['approximately', 'roughly'],
    ['about', 'around'],
    ['immediately', 'at once'],
    ['residents', 'inhabitants'],
    ['personnel', 'staff'],
    ['vehicles', 'cars and trucks'],
    ['children', 'minors'],
    ['doctor', 'physician'],
    ['begin', 'start'],
    ['begins', 'starts'],
    ['began', 'started'],
    ['assist', 'help'],
    ['obtain', 'get'],
    ['notify', 'inform'],
    ['notifies', 'informs'],
    ['purchase', 'buy'],
    ['utilize', 'use'],
    ['shall', 'must'],
    ['annually', 'once a year'],
    ['daily', 'every day'],
    ['nearly', 'almost'],
    ['large', 'big'],
    ['told', 'informed'],
    ['asks', 'requests'],
    ['shows', 'indicates'],
    ['stays', 'remains'],
    ['stay', 'remain'],
    ['gets', 'receives'],
    ['closed', 'shut'],
  ] as const
).map(([from, to]) => [new RegExp(`\\b${from}\\b`, 'u'), to] as const)

const MOST_REPLACEMENTS = 4

/**
 * The same statement in other words: interchangeable wordings replaced, and a leading condition moved to the end.
 * @returns undefined when nothing changed.
 */
export function paraphrase(sentence: string): string | undefined {
  let text = sentence
  let changes = 0
  for (const [pattern, replacement] of EQUIVALENTS) {
    if (changes === MOST_REPLACEMENTS) break
    const next = text.replace(pattern, replacement)
    if (next !== text) changes++
    text = next
  }
  const moved = /^(If|When|Once|After|Before|Until|Unless|In case of|During) ([^,;:]{8,110}), ([^;:]+)\.$/u.exec(text)
  if (moved) text = `${upperFirst(moved[3] ?? '')} ${moved[1]?.toLowerCase()} ${moved[2]}.`
  return text === sentence ? undefined : text
}

/** Cuts that leave a true statement: what they drop adds to the sentence and does not restrict it. */
const REDUCTIONS: readonly (readonly [RegExp, string])[] = [
  [/\s*\([^()]{3,}\)/u, ''],
  [/, (?:which|who|where|whose) [^,;]+(?:,(?= )|(?=[.;]))/u, ''],
  [/; [^;]+\.$/u, '.'],
  [/: [^:]+\.$/u, '.'],
  [/, (?:and|but|so) (?:it|they|he|she|the|a|an) [^,;]+\.$/u, '.'],
  [/, including [^,;.]+(?=[,.;])/u, ''],
  [/ because [^,;]+\.$/u, '.'],
]
const LEADING_REMARK =
  /^(?:In addition|However|As a rule|For example|In practice|As a result|Therefore|Finally|First|Second),? /u
const FEWEST_WORDS_LEFT = 5

/** A shorter statement that follows from the sentence; undefined when no cut is safe. */
export function entailed(sentence: string): string | undefined {
  let text = upperFirst(sentence.replace(LEADING_REMARK, ''))
  for (const [pattern, replacement] of REDUCTIONS) {
    const shorter = text.replace(pattern, replacement)
    if (shorter.split(' ').length >= FEWEST_WORDS_LEFT) text = shorter
  }
  return text.length <= sentence.length - 8 ? text.replace(/[\s,]+([.,;])/gu, '$1') : undefined
}

/** Says something that can be true or false of the world: a number, a date, an obligation or a ban. */
export function isClaim(sentence: string): boolean {
  return /\d|\b(?:percent|must|shall|never|always|only|cannot|may not|first|most|largest|every|all|none|no)\b/u.test(
    sentence,
  )
}

/**
 * A claim in the words of somebody who read the sentence.
 * @param refuted changes one number, so that the passage refutes the claim.
 */
export function claimFrom(
  sentence: string,
  random: RandomSource,
): { readonly claim: string; readonly stance: 'supports' | 'refutes' } {
  const plain = entailed(sentence) ?? sentence
  const reworded = paraphrase(plain) ?? plain
  // Times of day, dates and numbers with a letter before them (Route 41, form SH-9) name things; changing one says nothing.
  const counted = /(?<![\p{L}\p{N}:.,$-]|\p{Lu}[\p{L}-]* )(\d{1,3}(?:,\d{3})*)(?= [a-z])/u.exec(reworded)
  if (!counted || random() < 0.5) return { claim: reworded, stance: 'supports' }
  const value = Number((counted[1] ?? '').replaceAll(',', ''))
  const factor = random() < 0.5 ? 2 : 3
  const other = (value * factor + (value < 3 ? 1 : 0)).toLocaleString('en')
  const claim = reworded.slice(0, counted.index) + other + reworded.slice(counted.index + (counted[1] ?? '').length)
  return { claim, stance: 'refutes' }
}

/** A claim as it is passed on: without its full stop and with a small opening letter where that is safe. */
export function quoted(claim: string): string {
  return lowerFirst(claim).replace(/[.!]$/u, '')
}
