// A BEIR folder: corpus.jsonl, queries.jsonl and qrels/<split>.tsv (Thakur et al. 2021).
import { mkdir, readdir } from 'node:fs/promises'
import { said, type Wording } from '../contracts/wording.ts'
import { join } from 'node:path'
import { EvaluationInputError, INPUT_ERROR } from './input-error.ts'
import { IdSpellings } from './id-spelling.ts'
import type { JudgedQueries, Qrels } from './qrels-and-run.ts'
import { readLines } from './text-lines.ts'
import { beirQrelsLines, readQrels, writeLines } from './trec-files.ts'

export interface BeirDocument {
  readonly id: string
  readonly title: string
  readonly text: string
  /** Whatever else the line held, kept so that an export gives it back. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface BeirQuery {
  readonly id: string
  readonly text: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface BeirDataset {
  readonly folder: string
  readonly split: string
  /** Every query of the file, judged in this split or not. */
  readonly queries: ReadonlyMap<string, BeirQuery>
  /** Query ids as in queries.jsonl. Document ids as the file has them; see `alignQrels` for the corpus' spelling. */
  readonly qrels: Qrels
  /** Judged queries that queries.jsonl lacks: a wrong split or a broken folder. */
  readonly unknownQueries: readonly string[]
}

/** Splits that the folder has judgements for, sorted; empty when there is none. */
export async function listBeirSplits(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'qrels')).catch(() => [])
  return names
    .filter((name) => name.endsWith('.tsv'))
    .map((name) => name.slice(0, -'.tsv'.length))
    .sort()
}

/**
 * Opens one split. The corpus is not read; stream it with {@link readBeirCorpus}.
 * @throws EvaluationInputError naming the file and line, or the splits there are when `split` is not among them.
 */
export async function openBeir(folder: string, split = 'test'): Promise<BeirDataset> {
  const splits = await listBeirSplits(folder)
  if (!splits.includes(split)) {
    const found = splits.length > 0 ? said`found ${splits.join(', ')}` : said`found no qrels/*.tsv`
    throw new EvaluationInputError(
      INPUT_ERROR.missing,
      folder,
      undefined,
      said`no judgements qrels/${split}.tsv (${found}); name a split there is`,
    )
  }
  const queries = new Map<string, BeirQuery>()
  for await (const query of readBeirQueries(folder)) queries.set(query.id, query)
  const qrels = await readQrels(join(folder, 'qrels', `${split}.tsv`))
  const queryIds = new IdSpellings(queries)
  const aligned = new Map([...qrels].map(([id, grades]) => [queryIds.resolve(id) ?? id, grades]))
  return {
    folder,
    split,
    queries,
    qrels: aligned,
    unknownQueries: [...aligned.keys()].filter((id) => !queries.has(id)),
  }
}

/**
 * Streams the corpus, one document at a time.
 * @throws EvaluationInputError for a line that is not a JSON object with a string or number `_id` and a string `text`,
 * for an id that occurs twice, and for an empty file.
 */
export async function* readBeirCorpus(folder: string): AsyncGenerator<BeirDocument> {
  for await (const { id, text, title, rest } of readRecords(join(folder, 'corpus.jsonl'))) {
    yield { id, title: title ?? '', text, ...(rest && { metadata: rest }) }
  }
}

/** Streams the queries. Throws as {@link readBeirCorpus} does. */
export async function* readBeirQueries(folder: string): AsyncGenerator<BeirQuery> {
  for await (const { id, text, title, rest } of readRecords(join(folder, 'queries.jsonl'))) {
    const metadata = title === undefined ? rest : { title, ...rest }
    yield { id, text, ...(metadata && { metadata }) }
  }
}

/** Writes a BEIR folder that {@link openBeir} reads back without loss. Creates the folder; existing files are replaced. */
export async function writeBeir(
  folder: string,
  dataset: {
    readonly documents: Iterable<BeirDocument> | AsyncIterable<BeirDocument>
    readonly queries: Iterable<BeirQuery>
    readonly qrels: ReadonlyMap<string, JudgedQueries>
  },
): Promise<void> {
  await mkdir(join(folder, 'qrels'), { recursive: true })
  await writeLines(join(folder, 'corpus.jsonl'), jsonLines(dataset.documents))
  await writeLines(join(folder, 'queries.jsonl'), jsonLines(dataset.queries))
  for (const [split, qrels] of dataset.qrels) {
    await writeLines(join(folder, 'qrels', `${split}.tsv`), beirQrelsLines(qrels))
  }
}

interface JsonRecord {
  readonly id: string
  readonly text: string
  readonly title?: string
  readonly rest?: Readonly<Record<string, unknown>>
}

async function* readRecords(path: string): AsyncGenerator<JsonRecord> {
  const seen = new Set<string>()
  let line = 0
  for await (const json of readLines(path)) {
    line++
    if (json.trim() === '') continue
    const record = parseRecord(json, path, line)
    if (seen.has(record.id)) {
      throw new EvaluationInputError(
        INPUT_ERROR.duplicate,
        path,
        line,
        said`id "${record.id}" occurs a second time; ids must be unique`,
      )
    }
    seen.add(record.id)
    yield record
  }
  if (seen.size === 0)
    throw new EvaluationInputError(INPUT_ERROR.empty, path, undefined, said`holds no line; check the export`)
}

function parseRecord(json: string, path: string, line: number): JsonRecord {
  const fail = (problem: Wording) => new EvaluationInputError(INPUT_ERROR.malformed, path, line, problem)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw fail(said`is not JSON (${(error as Error).message}); a .jsonl file has one object a line`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail(said`is not a JSON object`)
  const { _id, text, title, ...rest } = value as Record<string, unknown>
  if (typeof _id !== 'string' && typeof _id !== 'number') throw fail(said`has no "_id"; give every line a unique one`)
  if (typeof text !== 'string') throw fail(said`"${_id}" has no "text"; give a string, which may be empty`)
  if (title !== undefined && title !== null && typeof title !== 'string')
    throw fail(said`the title of "${_id}" is not a string`)
  return {
    id: String(_id),
    text,
    ...(typeof title === 'string' && { title }),
    ...(Object.keys(rest).length > 0 && { rest }),
  }
}

async function* jsonLines(
  records: Iterable<BeirDocument | BeirQuery> | AsyncIterable<BeirDocument>,
): AsyncGenerator<string> {
  for await (const { id, metadata, ...fields } of records as AsyncIterable<BeirDocument>) {
    yield `${JSON.stringify({ _id: id, ...fields, ...metadata })}\n`
  }
}
