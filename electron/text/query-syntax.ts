/**
 * The language of the keyword leg. Most queries are questions in plain words: they become a list of content words and can
 * never be wrong. A query that uses "phrases", AND, OR, NOT, -word, prefix* (with brackets to group them) is parsed
 * strictly, and a mistake in it is reported with its place and what to do.
 */
import { lexQuery, words, type QuerySyntaxError, type QuerySyntaxErrorCode, type QueryToken } from './query-lexer.ts'
import { STOP_WORDS, stopWordsFor } from './stop-words.ts'

export type { QuerySyntaxError, QuerySyntaxErrorCode } from './query-lexer.ts'

export type QueryNode =
  | { readonly type: 'word' | 'phrase' | 'prefix'; readonly text: string }
  | { readonly type: 'and' | 'or'; readonly operands: readonly QueryNode[] }
  | { readonly type: 'not'; readonly include: QueryNode; readonly exclude: QueryNode }

export type ParsedQuery =
  /** Plain words: rank by any of the terms. A term of several words ("covid-19") stands together in the text. */
  | { readonly kind: 'natural'; readonly terms: readonly string[] }
  /** Only what matches the expression is a hit. */
  | { readonly kind: 'explicit'; readonly expression: QueryNode }
  | { readonly kind: 'invalid'; readonly error: QuerySyntaxError }

/** Longer queries are pasted text, in which quotes and capitals are no instructions. */
const MAX_EXPLICIT_WORDS = 40
/** Of a pasted page the first words say enough. */
const MAX_TERMS = 96
/** FTS5 refuses expressions more than 256 deep. */
const MAX_DEPTH = 32
const MAX_OPERANDS = 200

const QUESTION_START = new Set(
  (
    'who whom whose what when where why which how is are am was were do does did can could should shall will would may must has have had ' +
    'qué quién quiénes cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas qui que quoi quel quelle quels quelles quand où comment pourquoi combien est-ce'
  ).split(' '),
)

/** Never throws. */
export function parseQuery(query: string): ParsedQuery {
  const { tokens, error } = lexQuery(query)
  const plain = tokens.filter((token) => token.kind === 'word').length
  const natural = plain > MAX_EXPLICIT_WORDS || isQuestion(query, tokens)
  if (natural) {
    const phrases = tokens.filter((token) => token.kind === 'phrase')
    // A phrase in a question must occur; the words around it only rank.
    if (phrases.length === 0 || plain > MAX_EXPLICIT_WORDS) return { kind: 'natural', terms: contentTerms(query) }
    return { kind: 'explicit', expression: phraseQuestion(phrases, tokens) }
  }
  const operators = demoteOperators(tokens)
  if (error) return { kind: 'invalid', error }
  if (!operators.some(isInstruction)) return { kind: 'natural', terms: contentTerms(query) }
  return new Parser(operators, query.length).parse()
}

/**
 * The words of a query that say what it is about: lower case, without stop-words of its language, each once, in order.
 * When nothing else is left ("What to do?"), all its words.
 */
export function contentTerms(query: string): string[] {
  const all = [...new Set(words(query).map((word) => word.toLowerCase()))]
  const stop = stopWordsFor(all)
  const content = all.filter((word) => !stop.has(word) && !/^\p{Script=Latin}$/u.test(word))
  return (content.length > 0 ? content : all).slice(0, MAX_TERMS)
}

/**
 * An FTS5 MATCH expression. Every term is a quoted string, so nothing a person types is FTS5 syntax: no column filter, no
 * NEAR, no anchor.
 */
export function toFts5(node: QueryNode): string {
  switch (node.type) {
    case 'word':
    case 'phrase':
      return quoted(node.text)
    case 'prefix':
      return `${quoted(node.text)} *`
    case 'not':
      return `${operand(node.include)} NOT ${operand(node.exclude)}`
    case 'and':
    case 'or':
      return node.operands.map(operand).join(node.type === 'and' ? ' AND ' : ' OR ')
  }
}

/** All words and phrases that a match may contain, for highlighting: those behind NOT are left out. */
export function wantedTerms(parsed: ParsedQuery): string[] {
  if (parsed.kind === 'invalid') return []
  if (parsed.kind === 'natural') return [...parsed.terms]
  const terms: string[] = []
  const visit = (node: QueryNode): void => {
    if (node.type === 'not') visit(node.include)
    else if ('operands' in node) node.operands.forEach(visit)
    else terms.push(node.type === 'prefix' ? `${node.text}*` : node.text)
  }
  visit(parsed.expression)
  return [...new Set(terms.map((term) => term.toLowerCase()))]
}

function operand(node: QueryNode): string {
  return node.type === 'word' || node.type === 'phrase' || node.type === 'prefix' ? toFts5(node) : `(${toFts5(node)})`
}

function quoted(text: string): string {
  // A NUL would end the string for FTS5.
  return `"${text.replaceAll('\0', ' ').replaceAll('"', '""')}"`
}

/** Plain language: a question mark, a question word in front, or two small words such as "the" and "is". */
function isQuestion(query: string, tokens: readonly QueryToken[]): boolean {
  if (/\?["”’)\s]*$/.test(query)) return true
  let small = 0
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word') continue
    const lower = token.text.toLowerCase()
    if (i === 0 && QUESTION_START.has(lower)) return true
    if (STOP_WORDS.en.has(lower) || STOP_WORDS.es.has(lower) || STOP_WORDS.fr.has(lower)) small++
  }
  return small >= 2
}

/**
 * AND, OR and NOT are ordinary words beside a small word ("do NOT enter", "WHAT TO DO AND WHEN") and after a comma
 * ("Portland, OR").
 */
function demoteOperators(tokens: readonly QueryToken[]): QueryToken[] {
  const isSmall = (token: QueryToken | undefined): boolean =>
    token?.kind === 'word' && STOP_WORDS.en.has(token.text.toLowerCase())
  return tokens.map((token, i) => {
    if (token.kind !== 'operator') return token
    const before = tokens[i - 1]
    const demoted = isSmall(before) || isSmall(tokens[i + 1]) || before?.comma === true
    return demoted ? { ...token, kind: 'word' } : token
  })
}

/** Brackets alone instruct nothing: "shelter (public)" is plain language. */
function isInstruction(token: QueryToken): boolean {
  return token.kind === 'operator' || token.kind === 'phrase' || token.kind === 'prefix' || token.kind === 'minus'
}

/** "phrase" AND ("phrase" OR word OR word): the phrases decide what is a hit, all terms rank. */
function phraseQuestion(phrases: readonly QueryToken[], tokens: readonly QueryToken[]): QueryNode {
  const required = phrases.map((token): QueryNode => ({ type: 'phrase', text: token.text }))
  const rest = tokens.filter((token) => token.kind === 'word' || token.kind === 'prefix').map((token) => token.text)
  const terms = rest.length === 0 ? [] : contentTerms(rest.join(' ')).filter((term) => !STOP_WORDS.en.has(term))
  const optional = terms.map((text): QueryNode => ({ type: 'word', text }))
  const must = join('and', required)
  return optional.length === 0
    ? must
    : { type: 'and', operands: [must, { type: 'or', operands: [...required, ...optional] }] }
}

function join(type: 'and' | 'or', operands: readonly QueryNode[]): QueryNode {
  const [only] = operands
  return only && operands.length === 1 ? only : { type, operands }
}

/** Recursive descent: OR binds weaker than AND, AND weaker than NOT; words side by side are joined by AND. */
class Parser {
  readonly #tokens: readonly QueryToken[]
  readonly #end: number
  #at = 0
  #depth = 0
  #operands = 0
  #error: QuerySyntaxError | undefined

  constructor(tokens: readonly QueryToken[], end: number) {
    this.#tokens = tokens
    this.#end = end
  }

  parse(): ParsedQuery {
    const expression = this.#or()
    const left = this.#tokens[this.#at]
    if (!this.#error && left) {
      this.#fail('unexpected-bracket', left, 'This bracket closes nothing.', 'Remove it, or open a bracket before it.')
    }
    if (this.#error) return { kind: 'invalid', error: this.#error }
    return expression ? { kind: 'explicit', expression } : { kind: 'natural', terms: [] }
  }

  #or(): QueryNode | undefined {
    const operands: QueryNode[] = []
    for (;;) {
      const operand = this.#and()
      if (!operand) return undefined
      operands.push(operand)
      if (!this.#isOperator('OR')) return join('or', operands)
      this.#at++
    }
  }

  #and(): QueryNode | undefined {
    const include: QueryNode[] = []
    const exclude: QueryNode[] = []
    const first = this.#tokens[this.#at]
    for (;;) {
      let excluded = false
      while (this.#isOperator('NOT') || this.#tokens[this.#at]?.kind === 'minus') {
        excluded = !excluded
        this.#at++
      }
      const operand = this.#primary()
      if (!operand) return undefined
      ;(excluded ? exclude : include).push(operand)
      const next = this.#tokens[this.#at]
      if (!next || next.kind === 'close' || this.#isOperator('OR')) break
      if (this.#isOperator('AND')) this.#at++
    }
    if (include.length === 0) {
      return this.#fail(
        'only-exclusions',
        first,
        'The query only says what to leave out.',
        'Add at least one word to look for, such as: flood -hurricane.',
      )
    }
    const wanted = join('and', include)
    return exclude.length === 0 ? wanted : { type: 'not', include: wanted, exclude: join('or', exclude) }
  }

  #primary(): QueryNode | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind === 'open') return this.#group(token)
    if (!token || token.kind === 'close' || token.kind === 'operator' || token.kind === 'minus') {
      const before = this.#tokens[this.#at - 1]
      const after = before && before.kind !== 'open' ? ` after ${before.text}` : ''
      return this.#fail(
        'missing-operand',
        token ?? before,
        `A word is missing${after}.`,
        'Add a word or a phrase there; write and, or, not in small letters to search for them as words.',
      )
    }
    if (++this.#operands > MAX_OPERANDS) {
      return this.#fail(
        'too-many-terms',
        token,
        `The query joins more than ${MAX_OPERANDS} terms.`,
        'Use fewer terms, or search for plain text without operators.',
      )
    }
    this.#at++
    return { type: token.kind, text: token.text }
  }

  #group(open: QueryToken): QueryNode | undefined {
    if (++this.#depth > MAX_DEPTH) {
      return this.#fail('too-deep', open, `Brackets are nested more than ${MAX_DEPTH} deep.`, 'Use fewer brackets.')
    }
    this.#at++
    const inner = this.#or()
    if (!inner) return undefined
    if (this.#tokens[this.#at]?.kind !== 'close') {
      return this.#fail('unclosed-bracket', open, 'This bracket is not closed.', 'Add ) at the end of the group.')
    }
    this.#at++
    this.#depth--
    return inner
  }

  #isOperator(text: 'AND' | 'OR' | 'NOT'): boolean {
    const token = this.#tokens[this.#at]
    return token?.kind === 'operator' && token.text === text
  }

  #fail(code: QuerySyntaxErrorCode, token: QueryToken | undefined, message: string, remedy: string): undefined {
    this.#error ??= { code, position: token?.position ?? this.#end, length: token?.length ?? 0, message, remedy }
    return undefined
  }
}
