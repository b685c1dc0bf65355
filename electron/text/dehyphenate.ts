/**
 * Joins the printed lines of a paragraph. A hyphen at a line end is either a word cut by the typesetter ("emer-/gency")
 * or part of a compound ("state-/owned"); the words of the rest of the document tell which.
 */

/** How often a document uses words whole and hyphenated, from the insides of its lines. */
export interface WordForms {
  /** Lower-case words, and lower-case compounds with their hyphens ("state-owned"), with counts. */
  readonly counts: ReadonlyMap<string, number>
}

export interface JoinedLines {
  readonly text: string
  /** Half-open range of each input line in `text`; the range of an empty line is empty. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

const WORD = /[\p{L}\p{M}]+(?:['’\-\u2010\u2011][\p{L}\p{M}]+)*/gu
const HYPHENS = /[\u2010\u2011]/g
/** The word piece before a line-end hyphen, with the parts of a compound before it ("state-of-the-"). */
const CUT_HEAD = /([\p{L}\p{M}]+(?:['’\-\u2010\u2011][\p{L}\p{M}]+)*)([-\u2010\u2011\u00AD]+)$/u
const CUT_TAIL = /^([\p{L}\p{M}]+)((?:['’\-\u2010\u2011][\p{L}\p{M}]+)*)/u
const WEB_ADDRESS_END = /(?:^|\s)\S*(?:\/|www\.|@)\S*$/
/** First parts that English does not write solid with a lower-case word. */
const COMPOUND_HEADS = new Set(
  'self ex all cross well ill half high low long short full part large small real life state federal county first second third two three four five six seven eight nine ten vice quasi'.split(
    ' ',
  ),
)
/** First parts that are words themselves but are written solid with what follows ("over-/flow", "with-/out"). */
const SOLID_HEADS = new Set(
  'over under inter super counter semi anti multi with some every any out back fore fire flood earth water snow thunder land house hand head work ground fall ever more there where further never'.split(
    ' ',
  ),
)
/** Last parts that usually follow a hyphen when both parts are words of their own. */
const COMPOUND_TAILS = new Set(
  'based owned related wide specific term level scale time day hour week month year foot mile old free driven oriented led run made prone resistant sensitive risk class round site border ready friendly il elle ils elles ci là même mêmes être'.split(
    ' ',
  ),
)

/** Counts the words of a document, leaving out the pieces on both sides of a line-end hyphen. */
export function countWordForms(lines: Iterable<string>): WordForms {
  const counts = new Map<string, number>()
  let afterHyphen = false
  for (const line of lines) {
    const endsInHyphen = CUT_HEAD.test(line)
    let last: string | undefined
    let first = true
    for (const match of line.matchAll(WORD)) {
      if (last !== undefined) counts.set(last, (counts.get(last) ?? 0) + 1)
      const word = match[0].toLowerCase().replace(HYPHENS, '-')
      last = first && afterHyphen ? undefined : word
      first = false
    }
    if (last !== undefined && !endsInHyphen) counts.set(last, (counts.get(last) ?? 0) + 1)
    afterHyphen = endsInHyphen
  }
  return { counts }
}

/**
 * Joins the lines of one paragraph with single spaces and resolves line-end hyphens:
 * 1. a soft hyphen always joins; a hyphen before anything but a letter stays, without a space ("COVID-/19");
 * 2. a hyphen before a capital stays ("Anglo-/American") unless the whole word is capitals and known ("EMER-/GENCY");
 * 3. before a small letter, the form that the document uses more often wins; a form never seen is joined, except in a web
 *    address, after a compound ("state-of-the-/art"), after a usual first part ("self-/help"), or when both parts are words
 *    of the document and either both are long ("password-/protected") or the second is a usual last part ("risk-/based").
 * Case and punctuation are never changed.
 */
export function joinLines(lines: readonly string[], forms: WordForms): JoinedLines {
  let text = ''
  const ranges: { start: number; end: number }[] = []
  for (const line of lines) {
    if (line !== '' && text !== '') {
      const hyphenLength = lineEndHyphen(text, line, forms)
      if (hyphenLength === undefined) text += ' '
      else if (hyphenLength > 0) {
        text = text.slice(0, -hyphenLength)
        clipLast(ranges, text.length)
      }
    }
    const start = text.length
    text += line
    ranges.push({ start, end: text.length })
  }
  // A soft hyphen that nothing follows is invisible.
  if (text.endsWith('\u00AD')) {
    text = text.replace(/\u00AD+$/, '')
    clipLast(ranges, text.length)
  }
  return { text, ranges }
}

/** Shortens the ranges at the end to a text that became shorter. */
function clipLast(ranges: { start: number; end: number }[], length: number): void {
  for (let i = ranges.length - 1; i >= 0; i--) {
    const range = ranges[i]
    if (!range || range.end <= length) return
    range.start = Math.min(range.start, length)
    range.end = length
  }
}

/** The joined text alone, for callers that need no line ranges. */
export function dehyphenate(lines: readonly string[], forms: WordForms = countWordForms(lines)): string {
  return joinLines(lines, forms).text
}

/** Characters to cut from the end of `text` before `next` is appended without a space; undefined: append with a space. */
function lineEndHyphen(text: string, next: string, forms: WordForms): number | undefined {
  const lastCode = text.charCodeAt(text.length - 1)
  if (lastCode !== 0x2d && lastCode !== 0xad && lastCode !== 0x2010 && lastCode !== 0x2011) return undefined
  if (lastCode === 0xad) return text.length - text.replace(/\u00AD+$/, '').length
  // Only the end matters; a bounded slice keeps the join linear in the length of the paragraph.
  const head = CUT_HEAD.exec(text.slice(-80))
  const tail = CUT_TAIL.exec(next)
  // "-" after a space or a digit is a dash or a range.
  if (!head) return /\d[-\u2010\u2011]$/.test(text.slice(-3)) && /^[\p{L}\d]/u.test(next) ? 0 : undefined
  const hyphen = head[2] ?? ''
  if (hyphen.length > 1) return undefined
  if (!tail) return /^\d/.test(next) ? 0 : undefined
  const left = (head[1] ?? '').toLowerCase().replace(HYPHENS, '-')
  const right = (tail[1] ?? '').toLowerCase()
  const rest = (tail[2] ?? '').toLowerCase().replace(HYPHENS, '-')
  const count = (word: string): number => forms.counts.get(word) ?? 0
  const joined = count(left + right + rest)
  const hyphenated = count(`${left}-${right}${rest}`)
  if (joined !== hyphenated) return joined > hyphenated ? 1 : 0
  if (/^\p{Lu}/u.test(next)) return 0
  // "pre- and post-disaster": the hyphen stands for the missing part.
  if (/^(?:and|or|to|und|oder|y|o|et|ou)\b/.test(next)) return undefined
  if (left.includes('-') || COMPOUND_HEADS.has(left)) return 0
  if (WEB_ADDRESS_END.test(text.slice(-200))) return 0
  if (count(left) === 0 || count(right) === 0) return 1
  if (COMPOUND_TAILS.has(right)) return 0
  return left.length >= 4 && right.length >= 4 && !SOLID_HEADS.has(left) ? 0 : 1
}
