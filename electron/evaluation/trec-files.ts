// TREC judgement ("qrels") and run files, and the BEIR form of judgements: tab-separated under a header.
import { createWriteStream } from 'node:fs'
import { said, type Wording } from '../contracts/wording.ts'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { trecId } from './id-spelling.ts'
import { EvaluationInputError, INPUT_ERROR } from './input-error.ts'
import { rankDocuments } from './measures.ts'
import type { JudgedQueries, Qrels, Run, ScoredDocument } from './qrels-and-run.ts'
import { linesOf, readLines } from './text-lines.ts'

/** Reads judgements, TREC (4 columns) or BEIR (3 tab-separated columns, header optional). See {@link parseQrels}. */
export async function readQrels(path: string): Promise<Qrels> {
  const collector = new QrelsCollector(path)
  for await (const line of readLines(path)) collector.add(line)
  return collector.finish()
}

/**
 * @param source the name that errors give the text.
 * @throws EvaluationInputError for a malformed line, a (query, document) pair judged twice, or no judgement at all.
 */
export function parseQrels(text: string, source: string): Qrels {
  const collector = new QrelsCollector(source)
  for (const line of linesOf(text)) collector.add(line)
  return collector.finish()
}

/** Reads a TREC run: `query Q0 document rank score tag`. See {@link parseRun}. */
export async function readRun(path: string): Promise<Run> {
  const collector = new RunCollector(path)
  for await (const line of readLines(path)) collector.add(line)
  return collector.finish()
}

/**
 * The rank column is read only to check the line: ranking follows the score, as in trec_eval.
 * @throws EvaluationInputError for a malformed line, a score that is not a finite number, a document retrieved twice
 * for one query, or no line at all.
 */
export function parseRun(text: string, source: string): Run {
  const collector = new RunCollector(source)
  for (const line of linesOf(text)) collector.add(line)
  return collector.finish()
}

/** The lines of a TREC judgement file. Fractional grades are written as they are; trec_eval itself would truncate them. */
export function* qrelsLines(qrels: JudgedQueries): Generator<string> {
  for (const [queryId, grades] of qrels) {
    assertDistinctSpellings(grades.keys(), queryId)
    const query = firstColumn(queryId)
    for (const [docId, grade] of grades) yield `${query} 0 ${trecId(docId)} ${grade}\n`
  }
}

/** The lines of a BEIR judgement file, header first. Ids keep their spaces; a tab or line break in one is an error. */
export function* beirQrelsLines(qrels: JudgedQueries): Generator<string> {
  yield `${BEIR_HEADER}\n`
  for (const [queryId, grades] of qrels) {
    for (const [docId, grade] of grades) {
      if (/[\t\r\n]/.test(queryId + docId)) {
        throw new RangeError(
          `the pair "${queryId}", "${docId}" holds a tab or line break, which a BEIR file cannot; rename it`,
        )
      }
      yield `${queryId}\t${docId}\t${grade}\n`
    }
  }
}

/** The lines of a TREC run, ranked from 1. Scores are written in full, so reading them back gives the same numbers. */
export function* runLines(run: Run, tag: string): Generator<string> {
  for (const [queryId, documents] of run) {
    assertDistinctSpellings(
      documents.map((doc) => doc.docId),
      queryId,
    )
    const query = firstColumn(queryId)
    const ranked = rankDocuments(documents)
    for (const [i, { docId, score }] of ranked.entries()) {
      yield `${query} Q0 ${trecId(docId)} ${i + 1} ${score} ${trecId(tag)}\n`
    }
  }
}

/** @throws RangeError for an id that would make its lines comments, and so be lost without a word */
function firstColumn(queryId: string): string {
  const spelled = trecId(queryId)
  if (!spelled.startsWith('#')) return spelled
  throw new RangeError(`query id "${queryId}" begins with #, which TREC tools take for a comment; rename it`)
}

/** Writes lines to a file as a stream, so that a run of any size fits. */
export async function writeLines(path: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(lines), createWriteStream(path))
}

const BEIR_HEADER = 'query-id\tcorpus-id\tscore'
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const INTEGER = /^[+-]?\d+$/

abstract class LineCollector {
  protected readonly source: string
  protected line = 0

  constructor(source: string) {
    this.source = source
  }

  /** Takes the next line; blank lines and comments count but say nothing. */
  add(text: string): void {
    this.line++
    if (text.trim() !== '' && !this.isComment(text)) this.record(text)
  }

  protected abstract record(text: string): void

  /** trec_eval skips lines that start with `#`. */
  protected isComment(text: string): boolean {
    return text.startsWith('#')
  }

  protected fail(problem: Wording, code: 'malformed' | 'duplicate' = 'malformed'): never {
    throw new EvaluationInputError(INPUT_ERROR[code], this.source, this.line, problem)
  }

  protected number(text: string, what: string): number {
    const value = NUMBER.test(text) ? Number(text) : NaN
    if (!Number.isFinite(value)) this.fail(said`${what} "${text}" is not a finite number; write a decimal number there`)
    return value
  }

  /** Columns between tabs where that gives the expected number (ids may then hold spaces), else between white space. */
  protected columns(text: string, expected: number): string[] {
    const byTab = text.split('\t').map((column) => column.replace(/^[ ]+|[ ]+$/g, ''))
    if (byTab.length === expected) return byTab
    return text.split(/[ \t\v\f\r]+/).filter((column) => column !== '')
  }
}

class QrelsCollector extends LineCollector {
  readonly #qrels = new Map<string, Map<string, number>>()
  #format: 'trec' | 'beir' | undefined

  protected record(text: string): void {
    if (!this.#format) {
      const isHeader = /^query[-_]?id\t/i.test(text)
      this.#format = isHeader || this.#looksLikeBeir(text) ? 'beir' : 'trec'
      if (isHeader) return
    }
    const isBeir = this.#format === 'beir'
    const columns = isBeir ? text.split('\t') : this.columns(text, 4)
    if (columns.length !== (isBeir ? 3 : 4) || columns.includes('')) {
      const wanted = isBeir
        ? said`3 tab-separated columns (query-id, corpus-id, score)`
        : said`4 columns (query, iteration, document, grade)`
      const hint =
        !isBeir && columns.length > 4 ? said`; an id with spaces is written with underscores in a TREC file` : ''
      this.fail(said`found ${columns.length} columns, expected ${wanted}${hint}`)
    }
    const [queryId, docId, gradeText] = (isBeir ? columns : [columns[0], columns[2], columns[3]]) as [
      string,
      string,
      string,
    ]
    const grade = this.number(gradeText.trim(), 'grade')
    const grades = this.#qrels.get(queryId) ?? new Map<string, number>()
    if (grades.has(docId)) {
      this.fail(
        said`document "${docId}" is judged twice for query "${queryId}"; keep one of the two lines`,
        'duplicate',
      )
    }
    this.#qrels.set(queryId, grades.set(docId, grade))
  }

  /** A BEIR file has no comments: there, `#` begins a query id. */
  protected override isComment(text: string): boolean {
    return this.#format !== 'beir' && super.isComment(text)
  }

  /** Three columns between tabs, unless white space gives four of which the second is TREC's iteration. */
  #looksLikeBeir(text: string): boolean {
    const columns = this.columns(text, 4)
    const isTrec = columns.length === 4 && /^Q?0$/.test(columns[1] as string)
    return !isTrec && text.split('\t').length === 3
  }

  finish(): Qrels {
    if (this.#qrels.size > 0) return this.#qrels
    throw new EvaluationInputError(
      INPUT_ERROR.empty,
      this.source,
      undefined,
      said`holds no judgement; check that it is a qrels file`,
    )
  }
}

class RunCollector extends LineCollector {
  readonly #documents = new Map<string, ScoredDocument[]>()
  readonly #seen = new Map<string, Set<string>>()

  protected record(text: string): void {
    const columns = this.columns(text, 6)
    if (columns.length < 6) {
      this.fail(said`found ${columns.length} columns, expected 6 (query, Q0, document, rank, score, tag)`)
    }
    const [queryId, , docId, rank, scoreText] = columns as [string, string, string, string, string, string]
    if (!INTEGER.test(rank)) {
      this.fail(
        said`rank "${rank}" is not a whole number; an id with spaces is written with underscores in a TREC file`,
      )
    }
    const score = this.number(scoreText, 'score')
    const seen = this.#seen.get(queryId) ?? new Set<string>()
    if (seen.has(docId)) {
      this.fail(
        said`document "${docId}" is retrieved twice for query "${queryId}"; keep one of the two lines`,
        'duplicate',
      )
    }
    this.#seen.set(queryId, seen.add(docId))
    const documents = this.#documents.get(queryId)
    if (documents) documents.push({ docId, score })
    else this.#documents.set(queryId, [{ docId, score }])
  }

  finish(): Run {
    if (this.#documents.size > 0) return this.#documents
    throw new EvaluationInputError(
      INPUT_ERROR.empty,
      this.source,
      undefined,
      said`holds no result; check that it is a TREC run`,
    )
  }
}

function assertDistinctSpellings(ids: Iterable<string>, queryId: string): void {
  const bySpelling = new Map<string, string>()
  for (const id of ids) {
    const spelled = trecId(id)
    const other = bySpelling.get(spelled)
    if (other !== undefined) {
      throw new RangeError(
        `documents "${other}" and "${id}" of query "${queryId}" are both "${spelled}" in a TREC file; rename one or export as BEIR`,
      )
    }
    bySpelling.set(spelled, id)
  }
}
