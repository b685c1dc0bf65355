// The judgements people gave while searching, as a test set over the library itself.
import type { Database } from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import type { SearchMode } from '../contracts/search.ts'
import {
  HybridRetriever,
  LexicalRetriever,
  RerankingRetriever,
  type Retriever,
  type SearchModels,
} from '../retrieval/index.ts'
import type { BenchmarkFacts, BenchmarkQuery } from './benchmark-dataset.ts'
import type { BenchmarkProgress, BenchmarkReport } from './benchmark-run.ts'
import { scoreRun } from './benchmark-score.ts'
import type { Qrels, ScoredDocument } from './qrels-and-run.ts'

/** Names the library's own judgements where a folder is expected. */
export const LIBRARY_DATASET = 'library'

const RUN_DEPTH = 200

interface LibraryRunOptions {
  readonly mode: SearchMode
  readonly modelId: string | undefined
  readonly rerank: boolean
  readonly unjudged: 'zero-fill' | 'ignore'
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BenchmarkProgress) => void) | undefined
}

/** Judged queries and, by query, judged passages; document ids are passage ids. */
export interface LibraryJudgements {
  readonly facts: BenchmarkFacts
  readonly qrels: Qrels
}

/**
 * Reads the judgements. A judgement belongs to a text, so it counts for every passage of its document that has this text.
 * @throws WorkbenchError BAD_INPUT when nobody judged anything yet.
 */
export function readLibraryJudgements(db: Database): LibraryJudgements {
  const rows = db
    .prepare<[], { query: string; intent: string; passageId: number | null; grade: number }>(
      `SELECT query, intent, grade, passage.id AS passageId FROM judgement
       LEFT JOIN document ON document.content_hash = judgement.document_hash
       LEFT JOIN passage ON passage.document_id = document.id AND passage.text_hash = judgement.text_hash
       ORDER BY query, intent, passageId`,
    )
    .all()
  const queries = new Map<string, BenchmarkQuery>()
  const qrels = new Map<string, Map<string, number>>()
  let gone = 0
  for (const { query, intent: name, passageId, grade } of rows) {
    const intent = INTENTS.find((known): known is Intent => known === name)
    if (!intent) continue
    // The same words may be searched with two intents.
    const id = `${intent}: ${query}`
    queries.set(id, { id, text: query, intent })
    const grades = qrels.get(id) ?? new Map<string, number>()
    qrels.set(id, grades)
    if (passageId === null) gone += 1
    else grades.set(String(passageId), grade)
  }
  if (queries.size === 0)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`Nobody judged search results in this library yet. Judge some hits from 0 to 3 first.`,
    )
  return {
    facts: {
      ...{ name: 'Judgements in this library', path: '', kind: 'library', split: null },
      hash: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
      queries: [...queries.values()],
      notes: gone === 0 ? [] : [`${gone} judged passages are not in the library any more.`],
    },
    qrels,
  }
}

/** Asks the library's own retrievers, as a search does. @throws WorkbenchError NO_MODEL, MODEL_INVALID. */
export async function runOnLibrary(
  db: Database,
  models: SearchModels,
  { facts, qrels }: LibraryJudgements,
  options: LibraryRunOptions,
): Promise<BenchmarkReport> {
  const started = performance.now()
  const { signal, onProgress } = options
  const retriever = retrieverFor(db, models, options)
  const run = new Map<string, readonly ScoredDocument[]>()
  for (const { id, text, intent } of facts.queries) {
    const ranking = await retriever.retrieve({ text, intent, k: RUN_DEPTH, ...(signal ? { signal } : {}) })
    run.set(
      id,
      ranking.map(({ passageId, score }) => ({ docId: String(passageId), score })),
    )
    onProgress?.({ stage: said`Answer the queries`, unit: 'queries', done: run.size, total: facts.queries.length })
  }
  const title = db
    .prepare<[number], string>(
      `SELECT document.title || ', page ' || passage.page_start FROM passage
       JOIN document ON document.id = passage.document_id WHERE passage.id = ?`,
    )
    .pluck()
  const titleOf = (docId: string): string => title.get(Number(docId)) ?? ''
  return {
    ...scoreRun(facts, run, qrels, { unjudged: options.unjudged, titleOf }),
    notes: facts.notes,
    seconds: (performance.now() - started) / 1_000,
  }
}

function retrieverFor(db: Database, models: SearchModels, { mode, modelId, rerank }: LibraryRunOptions): Retriever {
  const lexical = new LexicalRetriever(db)
  const dense = mode === 'lexical' ? undefined : models.retriever(modelId)
  const base = !dense ? lexical : mode === 'dense' ? dense : new HybridRetriever(lexical, dense)
  return rerank ? new RerankingRetriever(base, models.reranker()) : base
}
