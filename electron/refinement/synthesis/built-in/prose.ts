// The sentences of a passage that can stand alone: no headings, table rows or list fragments.
import { LIST_ITEM, splitSentences } from '../../../text/sentences.ts'

const FEWEST_WORDS = 6
const MOST_WORDS = 45
/** A sentence that opens with one of these points at what was said before it. */
const POINTS_BACK =
  /^(?:it|its|this|that|these|those|they|their|he|she|his|her|such|both|here|there|then|also|so|but|and|or|not|otherwise|yes|no|in this|in that|in these|in both|at that|of these|of them|the same|the other|another|others|neither|either)\b/i

export interface ProseSentence {
  readonly text: string
  readonly words: number
  /** Understandable without the sentence before it. */
  readonly standsAlone: boolean
}

/** Whole sentences of running text, in order, without list numbers. */
export function proseSentences(text: string): ProseSentence[] {
  return splitSentences(text).flatMap(({ start, end }) => {
    const sentence = text.slice(start, end).replace(LIST_ITEM, '').replace(/\s+/gu, ' ').trim()
    const words = sentence.split(' ').length
    const isProse = /^["“‘'(]?[\p{Lu}\p{N}]/u.test(sentence) && /[.!]["”’')]?$/u.test(sentence)
    if (!isProse || /\n\s*\n/u.test(text.slice(start, end)) || words < FEWEST_WORDS || words > MOST_WORDS) return []
    return [{ text: sentence, words, standsAlone: !POINTS_BACK.test(sentence) }]
  })
}

/** Lower-case first letter, unless the word is a name, an abbreviation or stands in capitals. */
export function lowerFirst(phrase: string): string {
  const [first = ''] = phrase.split(' ')
  return OPENERS.has(first) ? first.toLowerCase() + phrase.slice(first.length) : phrase
}

export function upperFirst(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1)
}

/** Words whose capital says only that they open a sentence. */
const OPENERS = new Set(
  (
    'A An The All Any Each Every No One Two Three Four Five Six Seven Eight Nine Ten Some Most Many Few Several Both In On At By For From With ' +
    'Within After Before During Until If When Once While Where Unless People Residents Patients Volunteers Crews Drivers Schools Hospitals ' +
    'Shelters Pets Animals Children Roads Water Power Calls Requests Reports Teams Staff Visitors Evacuation Households Only Other Our Your'
  ).split(' '),
)
