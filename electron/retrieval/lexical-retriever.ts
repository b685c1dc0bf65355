import type { Database, Statement } from 'better-sqlite3'
import { WorkbenchError } from '../contracts/errors.ts'
import { ChangeStamp } from '../storage/index.ts'
import { said } from '../contracts/wording.ts'
import { contentTerms, parseQuery, toFts5, type ParsedQuery, type QuerySyntaxError } from '../text/query-syntax.ts'
import { FilteredPassages } from './filtered-passages.ts'
import type { PassageSet } from './passage-set.ts'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'

/** BM25 weights of the columns text and context (title and headings) of passage_fts. */
const TEXT_WEIGHT = 1
const CONTEXT_WEIGHT = 0.5

/**
 * [Note: gated OR]
 * Ranking every passage that holds any word of a question is what makes BM25 slow on a large library: "emergency" alone
 * stands in a third of it. So the rarest words of the question open the gate: only passages with at least one of them are
 * ranked, but by all words. Two statements do it with exact BM25 scores: `gate` ranks passages that hold gate words only,
 * `(gate) AND (common words)` those that hold both. A passage with common words alone could not have come near the top.
 * The gate takes words, rarest first, while their passages together stay under the budget; a small library never reaches
 * it, so its ranking is that of the plain OR. A filter leaves fewer passages to rank, so the gate opens wider for the same
 * cost: in one folder of a large library, common words alone find what there is.
 */
const GATE_BUDGET = 12_000
/** Cost of a passage that the filter turns away, as a share of one that is ranked. */
const LOOKING_COST = 1 / 8

/** Counts of words are terms until the library changes. */
const COUNT_CACHE_SIZE = 20_000

interface Term {
  readonly match: string
  readonly passages: number
}

/** Keyword search: BM25 of SQLite's FTS5 over passages, with phrases, AND / OR / NOT and prefixes. */
export class LexicalRetriever implements Retriever {
  readonly id = 'lexical'
  readonly #db: Database
  readonly #filtered: FilteredPassages
  readonly #stamp: ChangeStamp
  readonly #all: Statement<[], number>
  readonly #count: Statement<[string], number>
  readonly #counts = new Map<string, number>()
  #countsAt = ''

  constructor(db: Database) {
    this.#db = db
    this.#filtered = FilteredPassages.in(db)
    this.#stamp = new ChangeStamp(db)
    this.#all = db.prepare<[], number>('SELECT count(*) FROM passage').pluck()
    this.#count = db.prepare<[string], number>('SELECT count(*) FROM passage_fts WHERE passage_fts MATCH ?').pluck()
  }

  /** @throws WorkbenchError QUERY_SYNTAX for an explicit query (quotes, AND, brackets) that cannot be understood. */
  retrieve(query: RetrievalQuery): Promise<RankedPassage[]> {
    query.signal?.throwIfAborted()
    const parsed = query.plain ? plainQuery(query.text) : parseQuery(query.text)
    if (parsed.kind === 'invalid') return Promise.reject(syntaxError(parsed.error))
    const among = this.#filtered.passing(query.filters)
    if (among?.size === 0) return Promise.resolve([])
    if (parsed.kind === 'explicit') return Promise.resolve(this.#rank(toFts5(parsed.expression), query.k, among))
    const matches = parsed.terms.map((text) => toFts5({ type: 'word', text }))
    return Promise.resolve(this.#rankQuestion(matches, query.k, among))
  }

  #rankQuestion(matches: readonly string[], k: number, among: PassageSet | undefined): RankedPassage[] {
    const [gate, common] = this.#split([...new Set(matches)], this.#gateBudget(among))
    if (gate.length === 0) return []
    const gateMatch = gate.map((term) => term.match).join(' OR ')
    const gated = this.#rank(gateMatch, k, among)
    if (common.length === 0) return gated
    const both = this.#rank(`(${gateMatch}) AND (${common.map((term) => term.match).join(' OR ')})`, k, among)
    return mergeBest(gated, both, k)
  }

  #gateBudget(among: PassageSet | undefined): number {
    const share = among ? Math.min(1, among.size / this.#all.get()!) : 1
    return (GATE_BUDGET * (1 + LOOKING_COST)) / (share + LOOKING_COST)
  }

  /** Words that open the gate, and common words that only add to the score. */
  #split(matches: readonly string[], budget: number): [gate: Term[], common: Term[]] {
    this.#refreshCounts()
    const terms = matches
      .map((match) => ({ match, passages: this.#passagesWith(match) }))
      .filter((term) => term.passages > 0)
      .sort((a, b) => a.passages - b.passages)
    let left = budget
    const gateSize = terms.findIndex((term, index) => {
      left -= term.passages
      return left < 0 && index > 0
    })
    return gateSize < 0 ? [terms, []] : [terms.slice(0, gateSize), terms.slice(gateSize)]
  }

  #rank(match: string, k: number, among: PassageSet | undefined): RankedPassage[] {
    // FTS5 takes `rowid IN (...)` for a lookup and runs the whole query again for every row id in it; a filter that it
    // does not understand is applied to what it finds, before anything is scored.
    const restriction = among ? "AND substr(?, rowid + 1, 1) = x'01'" : ''
    return this.#db
      .prepare<unknown[], RankedPassage>(
        `SELECT rowid AS passageId, -bm25(passage_fts, ${TEXT_WEIGHT}, ${CONTEXT_WEIGHT}) AS score FROM passage_fts
         WHERE passage_fts MATCH ? ${restriction} ORDER BY score DESC, rowid LIMIT ?`,
      )
      .all(match, ...(among ? [among.flags] : []), k)
  }

  #passagesWith(match: string): number {
    const known = this.#counts.get(match)
    if (known !== undefined) return known
    const count = this.#count.get(match) ?? 0
    if (this.#counts.size < COUNT_CACHE_SIZE) this.#counts.set(match, count)
    return count
  }

  #refreshCounts(): void {
    // Counting again costs about a millisecond a word.
    const stamp = this.#stamp.read()
    if (stamp === this.#countsAt) return
    this.#countsAt = stamp
    this.#counts.clear()
  }
}

function plainQuery(text: string): ParsedQuery {
  return { kind: 'natural', terms: contentTerms(text) }
}

function syntaxError({ message, remedy, position }: QuerySyntaxError): WorkbenchError {
  return new WorkbenchError('QUERY_SYNTAX', said`${message} ${remedy}`, { details: { position, remedy } })
}

/** The better score of each passage; best first. */
function mergeBest(a: readonly RankedPassage[], b: readonly RankedPassage[], k: number): RankedPassage[] {
  const best = new Map(a.map((passage) => [passage.passageId, passage.score]))
  for (const { passageId, score } of b) best.set(passageId, Math.max(score, best.get(passageId) ?? -Infinity))
  return [...best]
    .map(([passageId, score]) => ({ passageId, score }))
    .sort((x, y) => y.score - x.score || x.passageId - y.passageId)
    .slice(0, k)
}
