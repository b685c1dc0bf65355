/**
 * Character-level clean-up of extracted text. Search must find what a reader sees, so this removes only what is not
 * visible (controls, private-use glyph codes, soft hyphens) and unifies what looks the same (NFC, ligatures, spaces).
 */

/** Curly quotes are kept where text is shown and cited; `straight` is for comparing texts. */
export type QuotePolicy = 'keep' | 'straight'

export interface NormalisedText {
  readonly text: string
  /** Characters without a printable meaning that were dropped: controls, private use, lone surrogates, U+FFFD. */
  readonly removed: number
}

const LATIN_LIGATURES: Readonly<Record<string, string>> = {
  '\uFB00': 'ff',
  '\uFB01': 'fi',
  '\uFB02': 'fl',
  '\uFB03': 'ffi',
  '\uFB04': 'ffl',
  '\uFB05': 'st',
  '\uFB06': 'st',
}

/** Symbol and Wingdings glyphs that PDFs leave at U+F0xx and that carry meaning: bullets, check marks, boxes, arrows. */
const SYMBOL_FONT_GLYPHS: Readonly<Record<string, string>> = {
  '\uF0B7': '•',
  '\uF0A7': '▪',
  '\uF0A8': '☐',
  '\uF06E': '▪',
  '\uF06F': '☐',
  '\uF071': '☐',
  '\uF072': '☐',
  '\uF0D8': '•',
  '\uF076': '•',
  '\uF0FC': '✓',
  '\uF0FE': '☑',
  '\uF0E0': '→',
  '\uF0E8': '→',
}

const PLAIN = /^[!-~]+(?: [!-~]+)*$/
const LIGATURE = /[\uFB00-\uFB06]/g
const SYMBOL_GLYPH = /[\uF06E\uF06F\uF071\uF072\uF076\uF0A7\uF0A8\uF0B7\uF0D8\uF0E0\uF0E8\uF0FC\uF0FE]/g
/** Line separators of all kinds; a vertical tab and a form feed end a line too. */
const LINE_END = /\r\n?|[\u000B\u000C\u0085\u2028\u2029]/g
/** A soft hyphen at a line end says "this word goes on" and is left for `joinLines`; elsewhere it is invisible. */
const INNER_SOFT_HYPHEN = /\u00AD+(?![ \u00AD]*(?:\n|$))/g
/** Invisible format characters: zero-width space, word joiner, byte order mark, direction controls, annotation marks. */
const INVISIBLE = /[\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g
const SPACES = /[\t\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000 ]+/g
/** Controls, private use, lone surrogates, unassigned code points and the replacement character. */
const UNPRINTABLE = /[\p{Cs}\p{Co}\p{Cn}\uFFFD]|(?!\n)\p{Cc}/gu
const SINGLE_QUOTES = /[\u2018\u2019\u201A\u201B\u2032\u02BC]/g
const DOUBLE_QUOTES = /[\u201C-\u201F\u2033\u00AB\u00BB]/g

/**
 * Normal form of a line or of a longer text. Line feeds stay (at most two in a row); every other run of white space
 * becomes one space; the ends are trimmed. Idempotent.
 */
export function normalise(text: string, quotes: QuotePolicy = 'keep'): NormalisedText {
  if (PLAIN.test(text)) return { text, removed: 0 }
  let removed = 0
  let result = text
    .replace(LINE_END, '\n')
    .replace(INVISIBLE, '')
    .replace(SYMBOL_GLYPH, (glyph) => SYMBOL_FONT_GLYPHS[glyph] ?? '')
    .replace(SPACES, ' ')
    .replace(UNPRINTABLE, () => {
      removed++
      return ''
    })
    .replace(INNER_SOFT_HYPHEN, '')
    .replace(LIGATURE, (ligature) => LATIN_LIGATURES[ligature] ?? ligature)
  if (quotes === 'straight') result = result.replace(SINGLE_QUOTES, "'").replace(DOUBLE_QUOTES, '"')
  // After the removals, because a removed character may have stood between two spaces or before an accent.
  result = result
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .normalize('NFC')
  return { text: result, removed }
}
