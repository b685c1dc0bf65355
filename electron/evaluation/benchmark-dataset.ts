// BEIR folders, DisastIR files and TREC qrels under one face: a corpus to stream, queries with intents, judgements.
import { createHash } from 'node:crypto'
import { said } from '../contracts/wording.ts'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import { openBeir, readBeirCorpus } from './beir.ts'
import { openDisastIr } from './disastir.ts'
import { EvaluationInputError, INPUT_ERROR } from './input-error.ts'
import { alignQrels, type Qrels } from './qrels-and-run.ts'

export interface BenchmarkDocument {
  readonly id: string
  readonly title: string
  readonly text: string
}

export interface BenchmarkQuery {
  readonly id: string
  readonly text: string
  readonly intent: Intent
  /** The hazards it is about. DisastIR: the part of an intent's tasks that is averaged on its own. */
  readonly eventGroup?: string
}

export interface Benchmark {
  readonly name: string
  readonly path: string
  readonly kind: 'beir' | 'disastir' | 'library' | 'run'
  readonly split: string | null
  /** Over the corpus alone: equal corpora share their vectors. */
  readonly corpusHash: string
  /** Over corpus, queries and judgements: evaluations with the same hash may be compared. */
  readonly hash: string
  /** Judged queries only. */
  readonly queries: readonly BenchmarkQuery[]
  documents(): AsyncIterable<BenchmarkDocument>
  /** Document ids spelled as in the corpus, once that is known. */
  qrels(corpusIds: ReadonlySet<string>): Qrels
  /** What was odd but not fatal, as sentences for people. */
  readonly notes: readonly string[]
}

export interface OpenBenchmarkOptions {
  /** BEIR only; `test` unless given. */
  readonly split?: string | undefined
  /** BEIR only: what its queries are, where they do not say. Default: by the set's name, else QA. */
  readonly intent?: Intent | undefined
}

/** What is known of a set without its documents. */
export type BenchmarkFacts = Pick<Benchmark, 'name' | 'path' | 'kind' | 'split' | 'hash' | 'queries' | 'notes'>

/** METHOD section 8 and what the sets are about. */
const INTENT_OF_SET: readonly (readonly [RegExp, Intent])[] = [
  [/climate-?fever|scifact|fever/iu, 'FactCheck'],
  [/biosses|sts/iu, 'STS'],
]

/**
 * Opens a BEIR folder (corpus.jsonl, queries.jsonl, qrels/) or a folder of DisastIR files.
 * @throws EvaluationInputError naming the file and what it lacks.
 */
export async function openBenchmark(path: string, options: OpenBenchmarkOptions = {}): Promise<Benchmark> {
  const folder = resolve(path)
  const info = await stat(folder).catch(() => undefined)
  if (!info?.isDirectory())
    throw new EvaluationInputError(
      INPUT_ERROR.missing,
      folder,
      undefined,
      said`is no folder; name a BEIR or DisastIR folder`,
    )
  if (await isFile(join(folder, 'corpus.jsonl'))) return openBeirSet(folder, options)
  if ((await readdir(folder)).some((name) => name.endsWith('_qrels.json'))) return openDisastIrSet(folder)
  throw new EvaluationInputError(
    INPUT_ERROR.missing,
    folder,
    undefined,
    said`holds neither corpus.jsonl (BEIR) nor <Task>_<Event>_qrels.json (DisastIR); name a folder that does`,
  )
}

async function openBeirSet(folder: string, { split = 'test', intent }: OpenBenchmarkOptions): Promise<Benchmark> {
  const { queries, qrels, unknownQueries } = await openBeir(folder, split)
  const name = basename(folder)
  const usual = intent ?? INTENT_OF_SET.find(([pattern]) => pattern.test(name))?.[1] ?? 'QA'
  const judged = [...qrels.keys()].flatMap((id) => queries.get(id) ?? [])
  const corpusHash = await hashFiles([join(folder, 'corpus.jsonl')])
  const known = new Map([...qrels].filter(([id]) => queries.has(id)))
  return {
    ...{ name, path: folder, kind: 'beir', split, corpusHash },
    hash: await hashFiles(
      ['corpus.jsonl', 'queries.jsonl', join('qrels', `${split}.tsv`)].map((file) => join(folder, file)),
    ),
    queries: judged.map(({ id, text, metadata }) => ({
      ...{ id, text, intent: intentOf(metadata?.['intent']) ?? usual },
      ...(typeof metadata?.['event_group'] === 'string' ? { eventGroup: metadata['event_group'] } : {}),
    })),
    documents: () => readBeirCorpus(folder),
    qrels: (corpusIds) => alignQrels(known, corpusIds),
    notes:
      unknownQueries.length === 0
        ? []
        : [
            `${unknownQueries.length} judged queries are not in queries.jsonl and are left out (first: ${unknownQueries[0]}).`,
          ],
  }
}

async function openDisastIrSet(folder: string): Promise<Benchmark> {
  const { passages, queries, qrels, notes } = await openDisastIr(folder)
  const hash = createHash('sha256')
  for (const [queryId, grades] of qrels) hash.update(JSON.stringify([queryId, queries.get(queryId)?.text, [...grades]]))
  const corpusHash = createHash('sha256').update(JSON.stringify(passages)).digest('hex')
  return {
    ...{ name: basename(folder), path: folder, kind: 'disastir', split: null, corpusHash },
    hash: hash.update(corpusHash).digest('hex'),
    queries: [...qrels.keys()].map((id) => queries.get(id)!),
    documents: async function* () {
      for (const [i, text] of passages.entries()) yield await Promise.resolve({ id: String(i), title: '', text })
    },
    qrels: () => qrels,
    notes: [
      count(notes.judgementsOfUnknownQuery, 'judgements name a query that does not exist'),
      count(notes.judgementsOfUnknownPassage, 'judgements name a passage that does not exist'),
      count(notes.conflictingJudgements, 'pairs are judged twice with different grades; the first counts'),
      count(notes.eventsWithoutGroup, 'events belong to no known group and are averaged on their own'),
    ].flatMap((note) => note ?? []),
  }
}

function count(list: readonly string[], what: string): string | undefined {
  return list.length === 0 ? undefined : `${list.length} ${what} (first: ${list[0]}).`
}

function intentOf(value: unknown): Intent | undefined {
  return INTENTS.find((intent) => intent === value)
}

async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) await pipeline(createReadStream(path), hash, { end: false })
  return hash.digest('hex')
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  )
}
