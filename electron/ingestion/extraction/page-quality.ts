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

/** Dots and rules of forms and tables of contents: neither writing nor a sign of garbage. */
const FILL = new Set([...' \n\t._-–—|*='].map((character) => character.charCodeAt(0)))
const VOWELS = new Set(
  [...'aeiouyAEIOUYàáâãäåæèéêëìíîïòóôõöøœùúûüÀÁÂÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØŒÙÚÛÜ'].map((v) => v.charCodeAt(0)),
)
const WRITING = /[\p{L}\p{M}\p{N}]/u
/** Latin letters beyond ASCII, up to the end of Latin Extended-B. */
const LAST_LATIN = 0x24f

/**
 * @param text the page's text, cleaned
 * @param removed glyphs without a printable meaning that cleaning took out
 * @returns `garbage` when the font carries no usable Unicode: such a page is recognised from its picture, like a scan
 */
export function textQuality(text: string, removed: number): Exclude<PageQuality, 'no-text'> {
  if (removed >= FEW_CHARACTERS && removed > GARBAGE_SHARE * (text.length + removed)) return 'garbage'
  const { printed, writing, latin, vowels } = countKinds(text)
  if (printed < ENOUGH_TO_JUDGE) return 'text'
  if (writing < WRITING_SHARE * printed) return 'garbage'
  if (latin >= ENOUGH_TO_JUDGE && latin * 2 > printed && vowels < VOWEL_SHARE * latin) return 'garbage'
  return 'text'
}

interface CharacterCounts {
  printed: number
  writing: number
  latin: number
  vowels: number
}

function countKinds(text: string): CharacterCounts {
  const counts: CharacterCounts = { printed: 0, writing: 0, latin: 0, vowels: 0 }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (FILL.has(code)) continue
    counts.printed++
    const isAsciiLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
    // A surrogate is half of a rare letter or of a picture: counting it as writing errs on the side of keeping the text.
    const isOther = code > 0x7f && (code >= 0xd800 && code <= 0xdfff ? true : WRITING.test(text.charAt(i)))
    if (!isAsciiLetter && !isOther) {
      if (code >= 0x30 && code <= 0x39) counts.writing++
      continue
    }
    counts.writing++
    if (code > LAST_LATIN) continue
    counts.latin++
    if (VOWELS.has(code)) counts.vowels++
  }
  return counts
}
