/** The quality gate: is there text on a page that search can use? */
import type { PageQuality } from '../../text/page.ts'

/** Fewer characters than this count as no text when the page shows a picture. */
export const FEW_CHARACTERS = 20
/** Share of unprintable glyphs above which the rest of the page is not believed either. */
const GARBAGE_SHARE = 0.3
/** Share of letters and digits, fill characters of forms left out, below which the text is no writing. */
const WRITING_SHARE = 0.4
/** Share of vowels among Latin letters: 0.38 in English prose, about 0.25 in tables of abbreviations, 0.19 at random. */
const VOWEL_SHARE = 0.12
const ENOUGH_TO_JUDGE = 60

const FILL = /[\s._\-–—|*=]/g
const WRITING = /[\p{L}\p{M}\p{N}]/gu
const LATIN = /\p{Script=Latin}/gu
const VOWEL = /[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûü]/gi

/**
 * @param text the page's text, cleaned
 * @param removed glyphs without a printable meaning that cleaning took out
 * @returns `garbage` when the font carries no usable Unicode: such a page is recognised from its picture, like a scan
 */
export function textQuality(text: string, removed: number): Exclude<PageQuality, 'no-text'> {
  if (removed >= FEW_CHARACTERS && removed > GARBAGE_SHARE * (text.length + removed)) return 'garbage'
  // Forms and tables of contents are full of dots and rules.
  const printed = text.replace(FILL, '')
  if (printed.length < ENOUGH_TO_JUDGE) return 'text'
  if (count(printed, WRITING) < WRITING_SHARE * printed.length) return 'garbage'
  const latin = count(printed, LATIN)
  if (latin >= ENOUGH_TO_JUDGE && latin * 2 > printed.length && count(printed, VOWEL) < VOWEL_SHARE * latin)
    return 'garbage'
  return 'text'
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
