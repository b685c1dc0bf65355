/**
 * Splits text into sentences, and picks semantic breakpoints between them. English first; the rules also hold for
 * Spanish, French and other languages that end a sentence with a full stop and start one with a capital.
 */
import { isWhiteSpace, skipWhiteSpace, trimWhiteSpace } from './white-space.ts'

/** A half-open range of UTF-16 offsets, white space at both ends left out. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** Abbreviations after which a capital does not start a sentence, because a name or a number follows. */
const ABBREVIATIONS = new Set(
  (
    'mr mrs ms dr prof rev hon gen col lt sgt capt cmdr maj gov rep sen pres st ste mt ft jr sr vs cf e.g i.e eg ie viz al ca approx nos nr figs ' +
    'eq sect ch chap para pp pg vol eds refs ext tel fax temp ave avg blvd rd hwy dept div est univ assn ' +
    'jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri incl inc corp ltd co bros bldg rm ' +
    // Spanish and French
    'sr sra srta dra lic ing núm art pág págs cap aprox ud uds depto avda gral mm mme mlle mlles mgr n° env éd vol janv févr avr juil déc'
  ).split(' '),
)
/** Abbreviations that may close a sentence: what follows decides. */
const CLOSING_ABBREVIATIONS = new Set(
  'etc inc corp ltd co jr sr a.m p.m am pm u.s u.s.a u.n u.k d.c e.u ee.uu b.c a.d ph.d'.split(' '),
)
/** Abbreviations that are also words ("the FEMA app."): only a number or a letter that numbers keeps the sentence open. */
const NUMBERING_ABBREVIATIONS = new Set('no p fig min max art app tab ref par sec ed v'.split(' '))
/** Words that start a sentence far more often than they follow an abbreviation. */
const SENTENCE_STARTERS = new Set(
  (
    'the a an in on at if when while where after before during this that these those it they he she we you there here all each some most many for to as by from ' +
    'however although because since once until unless do does did is are was were what who how why no not and but or nor so yet ' +
    'el la los las un una en si cuando este esta estos estas para por le les une des il elle ils elles nous vous ce cette ces dans pour si quand'
  ).split(' '),
)

const CLOSERS = '"\'”’»)]}'
const OPENERS = '"\'“‘«([{¿¡'
const BULLETS = '•▪◦●○■□☐☑✓–*→'

/**
 * Sentences of `text` between two offsets, in order. Every character that is not white space lies in exactly one of them.
 * A line feed after a blank line or before a bullet also ends a sentence.
 */
export function splitSentences(text: string, start = 0, end = text.length): TextRange[] {
  const sentences: TextRange[] = []
  let from = skipWhiteSpace(text, start, end)
  let at = from
  const close = (to: number): void => {
    const last = trimWhiteSpace(text, from, to)
    if (last > from) sentences.push({ start: from, end: last })
    from = skipWhiteSpace(text, to, end)
    at = from
  }
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === 0x0a) {
      const next = skipWhiteSpace(text, at, end)
      if (next < end && (text.charCodeAt(at + 1) === 0x0a || startsItem(text, next, end))) close(next)
      else at++
    } else if (code === 0x2e || code === 0x21 || code === 0x3f || code === 0x2026 || code === 0x3002) {
      const stop = closingEnd(text, at, end)
      if (endsSentence(text, from, at, stop, end)) close(stop)
      else at = stop
    } else if (code === 0x2022 && at > from) close(at)
    else at++
  }
  if (from < end) close(end)
  return sentences
}

/**
 * Positions after which a new passage may start, by Kamradt's semantic chunking as DisastIR uses it: those whose distance
 * exceeds the given percentile (linear interpolation, as numpy's default) of all distances.
 * @param distances distance of sentence i to sentence i + 1, for example 1 - cosine of their embeddings
 * @param percentile 0 to 100
 * @returns ascending indexes i; the break lies between sentence i and sentence i + 1
 */
export function semanticBreakpoints(distances: ArrayLike<number>, percentile = 95): number[] {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new RangeError(`semanticBreakpoints: percentile must be between 0 and 100, got ${percentile}`)
  }
  if (distances.length === 0) return []
  const sorted = Float64Array.from(distances).sort()
  const position = ((sorted.length - 1) * percentile) / 100
  const below = sorted[Math.floor(position)] ?? 0
  const above = sorted[Math.ceil(position)] ?? below
  const threshold = below + (above - below) * (position - Math.floor(position))
  const breaks: number[] = []
  for (let i = 0; i < distances.length; i++) if ((distances[i] ?? 0) > threshold) breaks.push(i)
  return breaks
}

/** End of a run of terminators and of the quotes and brackets that close with it: `?!"`, `…)`. */
function closingEnd(text: string, at: number, end: number): number {
  let stop = at + 1
  while (stop < end && '.!?…'.includes(text.charAt(stop))) stop++
  while (stop < end && CLOSERS.includes(text.charAt(stop))) stop++
  return stop
}

/** Does the terminator at `at` (with its closing marks up to `stop`) end the sentence that began at `from`? */
function endsSentence(text: string, from: number, at: number, stop: number, end: number): boolean {
  if (stop >= end) return true
  const ideographic = text.charCodeAt(at) === 0x3002
  if (!isWhiteSpace(text.charCodeAt(stop))) return ideographic
  let next = skipWhiteSpace(text, stop, end)
  if (next >= end) return true
  while (next < end - 1 && OPENERS.includes(text.charAt(next))) next++
  const nextChar = String.fromCodePoint(text.codePointAt(next) ?? 0x20)
  const startsAnew = /[\p{Lu}\p{Lt}\p{Lo}\p{N}]/u.test(nextChar) || BULLETS.includes(nextChar)
  if (text.charCodeAt(at) !== 0x2e || !startsAnew) return startsAnew
  // An ellipsis or a full stop inside brackets needs no look at the word before it.
  if (stop > at + 1) return true
  const word = wordBefore(text, from, at)
  // "3. Evacuate", "IV. Plan", "A. Scope", "2.3. Roles" at the start number what follows.
  if (word.length === at - from && /^(?:\d+(?:\.\d+)*|[ivxlc]+|\p{L})$/iu.test(word)) return false
  // An initial ("J. Smith"); "I" and "A" after other words may end a sentence ("vitamin A. The").
  if (/^\p{Lu}$/u.test(word)) return SENTENCE_STARTERS.has(nextWord(text, next, end).toLowerCase())
  const lower = word.toLowerCase()
  if (NUMBERING_ABBREVIATIONS.has(lower)) return !/^(?:\p{N}|\p{Lu}\b|[IVX]+\b)/u.test(text.slice(next, next + 8))
  if (CLOSING_ABBREVIATIONS.has(lower)) return SENTENCE_STARTERS.has(nextWord(text, next, end).toLowerCase())
  if (ABBREVIATIONS.has(lower)) return false
  // "U.S. Army", "D.R.C. Health": letters with inner stops.
  if (/^\p{L}(?:\.\p{L})+$/u.test(word)) return SENTENCE_STARTERS.has(nextWord(text, next, end).toLowerCase())
  return true
}

/** The word that ends at `at`, inner stops included, without an opening bracket or quote. */
function wordBefore(text: string, from: number, at: number): string {
  let start = at
  while (start > from && !isWhiteSpace(text.charCodeAt(start - 1)) && !OPENERS.includes(text.charAt(start - 1))) start--
  return text.slice(start, at)
}

function nextWord(text: string, at: number, end: number): string {
  let stop = at
  while (stop < end && /[\p{L}\p{M}]/u.test(text.charAt(stop))) stop++
  return text.slice(at, stop)
}

/** A bullet or a list number stands at `at`. */
function startsItem(text: string, at: number, end: number): boolean {
  return LIST_ITEM.test(text.slice(at, Math.min(end, at + 12)))
}

/** A bullet (also Courier's "o" before a capital), or a number or letter with a stop or bracket, before a space. */
export const LIST_ITEM = /^(?:[•▪◦●○■□☐☑✓–*→-]|o(?=\s+[A-ZÀ-Þ])|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s/
