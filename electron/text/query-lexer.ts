/** Cuts a query into words, phrases, operators and brackets, with their places. */

export interface QueryToken {
  readonly kind: 'word' | 'phrase' | 'prefix' | 'operator' | 'minus' | 'open' | 'close'
  /** Without quotes, star and surrounding punctuation. */
  readonly text: string
  readonly position: number
  readonly length: number
  /** A comma or another mark of punctuation follows the word. */
  readonly comma?: boolean
}

export type QuerySyntaxErrorCode =
  | 'unclosed-quote'
  | 'unclosed-bracket'
  | 'unexpected-bracket'
  | 'missing-operand'
  | 'only-exclusions'
  | 'short-prefix'
  | 'too-deep'
  | 'too-many-terms'

export interface QuerySyntaxError {
  readonly code: QuerySyntaxErrorCode
  /** UTF-16 offset in the query of what is wrong, and how long it is. */
  readonly position: number
  readonly length: number
  /** What is wrong, as a sentence. */
  readonly message: string
  /** What to do about it, as a sentence. */
  readonly remedy: string
}

const QUOTES = '"“”„«»'
const OPERATORS = new Set(['AND', 'OR', 'NOT'])
const WORD_CHARACTER = /[\p{L}\p{N}\p{M}]/u
/** Words that may hold hyphens and full stops inside ("covid-19", "2.5"); an apostrophe separates ("l'eau", "don't"). */
const WORD = /[\p{L}\p{N}\p{M}]+(?:[-\u2010\u2011.][\p{L}\p{N}\p{M}]+)*/gu

/** The words of plain text, in order. */
export function words(text: string): string[] {
  return [...text.normalize('NFC').matchAll(WORD)].map((match) => match[0])
}

/** @returns the tokens, and the first thing that cannot be read; a caller that takes the query for plain text ignores it. */
export function lexQuery(query: string): {
  readonly tokens: QueryToken[]
  readonly error: QuerySyntaxError | undefined
} {
  const tokens: QueryToken[] = []
  let error: QuerySyntaxError | undefined
  let at = 0
  while (at < query.length) {
    const char = query.charAt(at)
    if (/\s/.test(char)) at++
    else if (char === '(' || char === ')') {
      tokens.push({ kind: char === '(' ? 'open' : 'close', text: char, position: at, length: 1 })
      at++
    } else if (QUOTES.includes(char)) {
      const close = closingQuote(query, at)
      if (close < 0) {
        // 12" is a measure, and a quotation mark at the end is about to be followed by a phrase.
        const isPhrase = !/\d/.test(query.charAt(at - 1)) && WORD_CHARACTER.test(query.slice(at))
        if (isPhrase) error ??= unclosedQuote(at)
        at++
        continue
      }
      const text = clean(query.slice(at + 1, close))
      if (text !== '') tokens.push({ kind: 'phrase', text, position: at, length: close + 1 - at })
      at = close + 1
    } else if (isMinus(query, at)) {
      tokens.push({ kind: 'minus', text: '-', position: at, length: 1 })
      at++
    } else {
      let end = at + 1
      while (end < query.length && !/[\s()]/.test(query.charAt(end)) && !QUOTES.includes(query.charAt(end))) end++
      const raw = query.slice(at, end)
      const problem = pushWord(tokens, raw, at)
      error ??= problem
      at = end
    }
  }
  return { tokens, error }
}

function pushWord(tokens: QueryToken[], raw: string, position: number): QuerySyntaxError | undefined {
  if (OPERATORS.has(raw)) {
    tokens.push({ kind: 'operator', text: raw, position, length: raw.length })
    return undefined
  }
  const star = /^(.*[\p{L}\p{N}\p{M}])\*[.,;:!?]*$/u.exec(raw)
  if (star) {
    const text = clean(star[1] ?? '')
    if (text.length >= 2) {
      tokens.push({ kind: 'prefix', text, position, length: raw.length })
      return undefined
    }
    return {
      code: 'short-prefix',
      position,
      length: raw.length,
      message: `${raw} would match almost every word.`,
      remedy: 'Write at least two letters before the star.',
    }
  }
  // "*" inside a word or alone means nothing here; it is left out like other punctuation.
  const text = clean(raw)
  if (text === '') return undefined
  tokens.push({ kind: 'word', text, position, length: raw.length, comma: /[,;:.!]$/.test(raw) })
  return undefined
}

/** Cuts punctuation and controls off both ends; empty when no letter or digit is left, which FTS5 could not look for. */
function clean(text: string): string {
  if (!WORD_CHARACTER.test(text)) return ''
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/^[^\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+$/gu, '')
}

function closingQuote(query: string, open: number): number {
  for (let at = open + 1; at < query.length; at++) if (QUOTES.includes(query.charAt(at))) return at
  return -1
}

/** A hyphen at the start of a word excludes it: `flood -hurricane`, `flood -"storm surge"`. */
function isMinus(query: string, at: number): boolean {
  const before = query.charAt(at - 1)
  return (
    query.charAt(at) === '-' &&
    (before === '' || before === '(' || /\s/.test(before)) &&
    /[\p{L}\p{N}"“„«(]/u.test(query.charAt(at + 1))
  )
}

function unclosedQuote(position: number): QuerySyntaxError {
  return {
    code: 'unclosed-quote',
    position,
    length: 1,
    message: 'This quotation mark is not closed.',
    remedy: 'Add " at the end of the phrase, or remove this one.',
  }
}
