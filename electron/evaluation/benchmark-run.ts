import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { INTENTS } from '../contracts/intents.ts'
import type { SearchMode } from '../contracts/search.ts'
import { said, type Wording } from '../contracts/wording.ts'
import {
  fuseLegs,
  LEG_DEPTH,
  LexicalRetriever,
  passageInput,
  RERANK_DEPTH,
  Reranker,
  topPassages,
  type InstalledModel,
  type RankedPassage,
  type SearchModels,
} from '../retrieval/index.ts'
import { BenchmarkCorpus } from './benchmark-corpus.ts'
import type { Benchmark, BenchmarkQuery } from './benchmark-dataset.ts'
import { scoreRun, type ScoredRun } from './benchmark-score.ts'
import { findIdMismatch, type Run } from './qrels-and-run.ts'
import { completeVectorFile, readVectorFile } from './vector-file.ts'

/** As deep as TREC runs are; every measure but AP and R@100 looks at far less. */
const RUN_DEPTH = 1_000
const TEXTS_PER_BATCH = 2_048

export interface BenchmarkOptions {
  readonly mode: SearchMode
  /** Needed by the modes dense and hybrid. */
  readonly model?: InstalledModel | undefined
  /** Reads the top again with a cross-encoder. */
  readonly reranker?: InstalledModel | undefined
  readonly unjudged: 'zero-fill' | 'ignore'
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BenchmarkProgress) => void) | undefined
}

export interface BenchmarkProgress {
  readonly stage: Wording
  readonly unit: 'documents' | 'queries'
  readonly done: number
  readonly total: number | null
}

export interface BenchmarkReport extends ScoredRun {
  readonly seconds: number
  /** What was odd but not fatal, as sentences for people: of the set's files, and of how they fit together. */
  readonly notes: readonly string[]
}

export interface BenchmarkDependencies {
  readonly models: SearchModels
  /** Vectors of corpora are kept there, by model and corpus. */
  readonly cacheFolder: string
}

/**
 * Ranks a benchmark's corpus for all of its queries with the retrievers of the application and scores the result. Documents
 * become passages (title as heading), keywords go through the same index, queries get the model's wording for their
 * intent; only the dense leg is exact instead of approximate.
 * @throws EvaluationInputError for a file that cannot be read; WorkbenchError for a model that cannot run.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  options: BenchmarkOptions,
  dependencies: BenchmarkDependencies,
): Promise<BenchmarkReport> {
  const started = performance.now()
  const { signal, onProgress } = options
  using corpus = await BenchmarkCorpus.read(benchmark.documents(), {
    signal,
    onProgress: (done) => onProgress?.({ stage: said`Read the corpus`, unit: 'documents', done, total: null }),
  })
  const legs = new BenchmarkLegs(benchmark, corpus, options, dependencies)
  const rankings = await legs.rank()
  const run: Run = new Map(
    [...rankings].map(([queryId, ranking]) => [
      queryId,
      ranking.map(({ passageId, score }) => ({ docId: corpus.ids[passageId - 1]!, score })),
    ]),
  )
  const passageOf = new Map(corpus.ids.map((id, index) => [id, index + 1]))
  const titleOf = (docId: string): string => corpus.titleOf(passageOf.get(docId)!)
  const corpusIds = new Set(corpus.ids)
  const qrels = benchmark.qrels(corpusIds)
  const scored = scoreRun(benchmark, run, qrels, { unjudged: options.unjudged, titleOf })
  const unknown = findIdMismatch(qrels, run, corpusIds).judgedDocumentsNotInCorpus
  const notes = [...benchmark.notes]
  if (unknown.length > 0)
    notes.push(
      `${unknown.length} judged documents are not in the corpus and count as not found (first: ${unknown[0]}).`,
    )
  return { ...scored, notes, seconds: (performance.now() - started) / 1_000 }
}

class BenchmarkLegs {
  readonly #queries: readonly BenchmarkQuery[]
  readonly #benchmark: Benchmark
  readonly #corpus: BenchmarkCorpus
  readonly #options: BenchmarkOptions
  readonly #deps: BenchmarkDependencies

  constructor(
    benchmark: Benchmark,
    corpus: BenchmarkCorpus,
    options: BenchmarkOptions,
    dependencies: BenchmarkDependencies,
  ) {
    this.#queries = benchmark.queries
    this.#benchmark = benchmark
    this.#corpus = corpus
    this.#options = options
    this.#deps = dependencies
  }

  async rank(): Promise<Map<string, readonly RankedPassage[]>> {
    const { mode, model, reranker } = this.#options
    const depth = mode === 'hybrid' ? LEG_DEPTH : RUN_DEPTH
    const lexical = mode === 'dense' ? undefined : await this.#lexical(depth)
    const dense = mode === 'lexical' || !model ? undefined : await this.#dense(model, depth)
    const ranked = this.#queries.map(({ id }, i): [string, readonly RankedPassage[]] => [
      id,
      lexical && dense ? fuseLegs(lexical[i]!, dense[i]!) : (lexical ?? dense)![i]!,
    ])
    return new Map(reranker ? await this.#rerank(reranker, ranked) : ranked)
  }

  async #lexical(k: number): Promise<RankedPassage[][]> {
    const retriever = new LexicalRetriever(this.#corpus.db)
    const rankings: RankedPassage[][] = []
    for (const { text, intent } of this.#queries) {
      rankings.push(await retriever.retrieve({ text: asPlainWords(text), intent, k }))
      this.#report(said`Answer the queries`, 'queries', rankings.length, this.#queries.length)
      await this.#turn()
    }
    return rankings
  }

  async #dense(model: InstalledModel, k: number): Promise<RankedPassage[][]> {
    const { models, cacheFolder } = this.#deps
    const { signal } = this.#options
    const spec = models.specOf(model)
    const abort = signal ? { signal } : {}
    const shape = { rows: this.#corpus.ids.length, dimensions: model.dimensions }
    const { version } = models.keyOf(model)
    const file = join(cachedCorpora(cacheFolder, model.id), `${version}-${this.#benchmark.corpusHash.slice(0, 16)}.f32`)
    await completeVectorFile(
      file,
      shape,
      async (first, count) => {
        const texts = this.#corpus.texts(first + 1, count).map(({ context, text }) => passageInput(context, text))
        const onProgress = (done: number) => this.#report(said`Embed the corpus`, 'documents', first + done, shape.rows)
        return (await models.background.encode(spec, texts, { kind: 'passage', onProgress, ...abort })).vectors
      },
      { batch: TEXTS_PER_BATCH },
    )
    const queries = new Float32Array(this.#queries.length * model.dimensions)
    for (const intent of INTENTS) {
      const rows = this.#queries.flatMap((query, row) => (query.intent === intent ? [row] : []))
      const texts = rows.map((row) => this.#queries[row]!.text)
      const { vectors } = await models.background.encode(spec, texts, { kind: 'query', intent, ...abort })
      rows.forEach((row, i) =>
        queries.set(vectors.subarray(i * model.dimensions, (i + 1) * model.dimensions), row * model.dimensions),
      )
    }
    const top = await topPassages(queries, readVectorFile(file, shape), {
      ...{ dimensions: model.dimensions, k, ...abort },
      ...(spec.threads === undefined ? {} : { threads: spec.threads }),
    })
    return this.#queries.map((_, row) => top.of(row))
  }

  async #rerank(
    model: InstalledModel,
    ranked: readonly (readonly [string, readonly RankedPassage[]])[],
  ): Promise<[string, readonly RankedPassage[]][]> {
    const reranker = new Reranker(this.#corpus.db, this.#deps.models.passageScorer(model))
    const out: [string, readonly RankedPassage[]][] = []
    for (const [i, [id, ranking]] of ranked.entries()) {
      const top = await reranker.top(this.#queries[i]!.text, ranking, this.#options.signal)
      // Ranks as scores: the scales of the two parts have nothing to do with each other.
      const order = [...top, ...ranking.slice(RERANK_DEPTH)]
      out.push([id, order.map(({ passageId }, rank) => ({ passageId, score: 1 / (rank + 1) }))])
      this.#report(said`Read the top again`, 'queries', out.length, ranked.length)
    }
    return out
  }

  #report(stage: BenchmarkProgress['stage'], unit: BenchmarkProgress['unit'], done: number, total: number): void {
    this.#options.onProgress?.({ stage, unit, done, total })
  }

  async #turn(): Promise<void> {
    await setImmediate()
    this.#options.signal?.throwIfAborted()
  }
}

/** Where the vectors that a model made of benchmark corpora are kept. */
export function cachedCorpora(cacheFolder: string, modelId: string): string {
  return join(cacheFolder, modelId)
}

/** Benchmark queries are plain text: their quotes, brackets and capitals are no instructions to the keyword leg. */
function asPlainWords(text: string): string {
  return text
    .replace(/["“”()*]/gu, ' ')
    .replace(/(^|\s)-+/gu, '$1')
    .replace(/\b(?:AND|OR|NOT)\b/gu, (word) => word.toLowerCase())
}
