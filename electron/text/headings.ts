/** Tells headings from body text by font size, weight, numbering and capitals, and keeps the path of open headings. */
import type { PageText } from './page.ts'
import { countTokens } from './tokens.ts'

/** The dominant look of a document's running text. */
export interface BodyStyle {
  /** Points; 0 when no line carries a size. */
  readonly fontSize: number
  readonly bold: boolean
}

/** A heading's place in the outline. Bigger prominence stands above smaller. */
export interface HeadingRank {
  readonly prominence: number
  /** Depth of a decimal number ("2.3.1" is 3) or undefined. */
  readonly depth: number | undefined
}

const MAX_HEADING_CHARACTERS = 240
/** Of a heading in body size, which only its number or capitals give away. */
const MAX_PLAIN_HEADING_CHARACTERS = 90
/** A heading that carries a number such as "1.1.14." may run over two lines. */
const MAX_HEADING_TOKENS = 28
const MAX_NUMBERED_HEADING_TOKENS = 45
/** How much larger than body text a heading is set, at least; a number or capitals make up for less. */
const LARGER = 1.12
const SLIGHTLY_LARGER = 1.04
/** "3 Purpose", "2.3.1. Roles"; a bare year or quantity ("2019 novel", "4 hours") has no capital after it or no stop. */
const DECIMAL_NUMBER = /^(\d{1,2}(?:\.\d{1,2}){0,4})(\.?)\s+(?=[\p{Lu}“"‘(])/u
const ROMAN_OR_LETTER = /^(?:[IVXLC]{1,6}|[A-Z])[.)]\s+(?=\p{Lu})/u
const NAMED_PART =
  /^(?:chapter|annex|appendix|section|part|attachment|tab|step|phase|chapitre|annexe|partie|étape|capítulo|anexo|sección|parte|paso)\s+(?:[\dA-Z]{1,3}|[IVXLC]+)\b/iu
/** A line of a table of contents: leader dots, or a page number after wide space. */
const CONTENTS_LINE = /(?:\.\s?){4,}\s*\d*$|…\s*\d+$/
const SENTENCE_END = /[.;,!]["”’)]?$/
/** "January 2018" on a title page dates the document and heads nothing. */
const DATE_ONLY = /^(?:\d{1,2}\s+)?\p{L}{3,10}\.?\s+(?:\d{1,2},\s*)?(?:19|20)\d\d$/u
/** Letters set apart for effect: "P R E F A C E". */
const SPACED_LETTERS = /^\p{L}(?: \p{L}){3,}$/u
/** Labels of a form in one line: "Name: Position: Signature:", "1. Incident Name: 2. Operational Period: Date From". */
const FORM_FIELDS = /:.*:.*:|:.*:\s*$|:\s+\d+\.\s/
const INNER_BULLET = /\s[•▪◦●○■□☐]\s/
const LETTER_RUN = /\p{L}/gu

/** The most frequent font size (half points) and weight, counted by characters. */
export function bodyStyle(pages: readonly PageText[]): BodyStyle {
  const characters = new Map<number, number>()
  let bold = 0
  let total = 0
  for (const page of pages) {
    for (const line of page.lines) {
      const length = line.end - line.start
      const size = Math.round(line.fontSize * 2)
      characters.set(size, (characters.get(size) ?? 0) + length)
      total += length
      if (line.bold) bold += length
    }
  }
  let best = 0
  let most = 0
  for (const [size, count] of characters) {
    if (count > most || (count === most && size < best)) {
      best = size
      most = count
    }
  }
  return { fontSize: best / 2, bold: bold * 2 > total }
}

/** Where a run of lines stands in its paragraph. */
export type HeadingPlace = 'alone' | 'first' | 'inner'

/**
 * The rank of `text` as a heading, or undefined when it reads as body text. Size counts anywhere, weight only at the start
 * of a paragraph (elsewhere it is emphasis), numbering and capitals only in a paragraph of their own.
 */
export function headingRank(
  text: string,
  fontSize: number,
  bold: boolean,
  body: BodyStyle,
  place: HeadingPlace,
): HeadingRank | undefined {
  if (text.length > MAX_HEADING_CHARACTERS || text.length < 3) return undefined
  const larger = body.fontSize > 0 && fontSize >= body.fontSize * LARGER
  const slightly = body.fontSize > 0 && fontSize >= body.fontSize * SLIGHTLY_LARGER
  const heavier = place !== 'inner' && bold && !body.bold && fontSize >= body.fontSize * 0.95
  if (!slightly && !heavier && place !== 'alone') return undefined
  const first = text.charCodeAt(0)
  // Most paragraphs are turned down here, before any regular expression runs: a small first letter or a bullet.
  if ((first >= 0x61 && first <= 0x7a) || first === 0x2022 || first === 0x2d) return undefined
  if (CONTENTS_LINE.test(text) || DATE_ONLY.test(text)) return undefined
  const limit = /^\d+\.\d/.test(text) ? MAX_NUMBERED_HEADING_TOKENS : MAX_HEADING_TOKENS
  if (countTokens(text) > limit) return undefined
  const letters = text.match(LETTER_RUN)?.length ?? 0
  if (letters < 3 || letters * 2 < text.length) return undefined
  if (FORM_FIELDS.test(text) || INNER_BULLET.test(text)) return undefined

  const decimal = DECIMAL_NUMBER.exec(text)
  const numbered = decimal !== null || ROMAN_OR_LETTER.test(text) || NAMED_PART.test(text)
  const capitals = text === text.toUpperCase()
  const sentence = SENTENCE_END.test(text) && !(numbered && text.length < 40)
  if (sentence && !(larger && fontSize >= body.fontSize * 1.4)) return undefined
  if (!larger && !heavier) {
    const small = fontSize > 0 && fontSize < body.fontSize * 0.95
    const long = text.length > (decimal?.[1]?.includes('.') ? MAX_HEADING_CHARACTERS : MAX_PLAIN_HEADING_CHARACTERS)
    if (small || long || !(numbered || (capitals && letters >= 5))) return undefined
    // "1. Turn off the gas" is a step of a list unless its words are capitalised like a title.
    if (decimal && !decimal[1]?.includes('.') && !capitals && !titleCase(text)) return undefined
  }
  const size = Math.round(Math.max(fontSize, body.fontSize) * 2)
  return {
    prominence: size * 4 + (bold ? 2 : 0) + (capitals ? 1 : 0),
    depth: decimal ? (decimal[1]?.split('.').length ?? 1) : undefined,
  }
}

/** A heading as one line, for the path. */
export function headingText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return SPACED_LETTERS.test(line) ? line.replaceAll(' ', '') : line
}

/** The headings open at a point of the document, outermost first. */
export class HeadingPath {
  static readonly maxDepth = 6
  #open: { readonly text: string; readonly rank: HeadingRank }[] = []

  /** Closes the headings that `text` does not stand below, opens it, and returns the new path. */
  enter(text: string, rank: HeadingRank): readonly string[] {
    let keep = this.#open.length
    while (keep > 0) {
      const above = this.#open[keep - 1]
      if (above && standsAbove(above.rank, rank) && keep < HeadingPath.maxDepth) break
      keep--
    }
    this.#open = [...this.#open.slice(0, keep), { text, rank }]
    return this.#open.map((heading) => heading.text)
  }
}

function standsAbove(upper: HeadingRank, lower: HeadingRank): boolean {
  if (upper.depth !== undefined && lower.depth !== undefined) return upper.depth < lower.depth
  return upper.prominence > lower.prominence
}

/** At least two thirds of the words of four letters or more start with a capital. */
function titleCase(text: string): boolean {
  let long = 0
  let capital = 0
  for (const word of text.split(' ')) {
    if (word.length < 4 || !/^\p{L}/u.test(word)) continue
    long++
    if (/^\p{Lu}/u.test(word)) capital++
  }
  return long > 0 && capital * 3 >= long * 2
}
