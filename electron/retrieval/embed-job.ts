import { said, type Wording } from '../contracts/wording.ts'
import type { Database } from 'better-sqlite3'
import type { JobContext, JobHandler } from '../jobs/index.ts'
import type { VectorIndexReports } from '../storage/index.ts'
import { splitSentences } from '../text/sentences.ts'
import { passageInputs } from './passage-input.ts'
import type { InstalledModel } from './models/model-registry.ts'
import type { SearchModels } from './models/search-models.ts'
import type { VectorSearch } from './vector-search.ts'

export interface EmbedParams {
  readonly modelId: string
  /** Switch search to this index when every passage has a vector. */
  readonly activate: boolean
}

export interface EmbedResult {
  readonly model: string
  readonly passages: number
  readonly embedded: number
  readonly seconds: number
  /** recall@10 of the index in memory against an exact search; null where nothing is indexed. */
  readonly recall: number | null
}

/** Ids asked of SQLite at once: looking for what is missing walks over what is there. */
const IDS_AT_ONCE = 8_192
/** Passages of one transaction, and the most that a crash costs. */
const PASSAGES_PER_BATCH = 512
const STAGE = { name: said`Make searchable`, unit: 'passages' }
const RECALL_QUERIES = 200
/** An index is measured again when it has grown by this much. */
const MEASURE_AGAIN_AFTER = 0.1

export interface EmbedJobDependencies {
  readonly db: Database
  readonly models: SearchModels
  readonly reports: VectorIndexReports
  /** Called when search answers from other vectors than before. */
  readonly onChange: () => void
}

/**
 * Gives every passage of the library a vector of one model. The vectors are the only state: a pause, a crash or a
 * shutdown costs a batch, and the next run goes on with the passages that have none. Search stays on the index
 * it uses until this one is complete.
 */
export class EmbedJob implements JobHandler<EmbedParams, EmbedResult> {
  readonly kind = 'embed'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: EmbedJobDependencies

  constructor(dependencies: EmbedJobDependencies) {
    this.#deps = dependencies
  }

  title({ modelId }: EmbedParams): Wording {
    return said`Make passages searchable by meaning with ${modelId}`
  }

  async run(context: JobContext<EmbedParams>): Promise<EmbedResult> {
    const { models, reports } = this.#deps
    const started = performance.now()
    const model = models.registry.require(context.params.modelId)
    const key = models.keyOf(model)
    const vectors = models.createVectors(key, model.dimensions)
    const before = vectors.store.count
    const embedded = await this.#embedAll(context, model, vectors)
    reports.setCompleted(key)
    const isMeasured = reports.of(key)?.recall !== null && embedded <= before * MEASURE_AGAIN_AFTER
    const recall = isMeasured ? reports.of(key)!.recall : await this.#measure(context, model, vectors)
    if (context.params.activate) {
      models.switchTo(key)
      models.dropOtherVersions(key)
    }
    this.#deps.onChange()
    return {
      model: model.id,
      passages: vectors.store.count,
      embedded,
      seconds: (performance.now() - started) / 1_000,
      recall,
    }
  }

  async #embedAll(
    { signal, report, log }: JobContext<EmbedParams>,
    model: InstalledModel,
    vectors: VectorSearch,
  ): Promise<number> {
    const { db, models } = this.#deps
    const passages = db.prepare<[], number>('SELECT count(*) FROM passage').pluck()
    const spec = models.specOf(model)
    const encode = (ids: readonly number[]) => {
      const inputs = passageInputs(db, ids)
      const texts = inputs.map(({ input }) => input)
      const encoded = models.background.encode(spec, texts, { kind: 'passage', signal })
      // It is awaited when its turn comes; until then a failure must not count as unhandled.
      encoded.catch(() => {})
      return { inputs, encoded }
    }
    let embedded = 0
    for (;;) {
      const missing = vectors.store.passagesWithoutVector(IDS_AT_ONCE)
      if (missing.length === 0) return embedded
      const batches = Array.from({ length: Math.ceil(missing.length / PASSAGES_PER_BATCH) }, (_, i) =>
        missing.slice(i * PASSAGES_PER_BATCH, (i + 1) * PASSAGES_PER_BATCH),
      )
      // The next batch is on its way while this one is stored.
      let next = encode(batches[0]!)
      for (const [i] of batches.entries()) {
        const { inputs, encoded } = next
        const following = batches[i + 1]
        if (following) next = encode(following)
        const { vectors: rows } = await encoded
        signal.throwIfAborted()
        embedded += this.#store(vectors, inputs, rows)
        const done = vectors.store.count
        report({ stages: [{ ...STAGE, done, total: Math.max(done, passages.get()!) }], current: model.id })
      }
      log('info', `${embedded} passages embedded with ${model.id}`)
    }
  }

  /** Stores what is still there: a passage may have been removed while it was encoded. */
  #store(vectors: VectorSearch, inputs: readonly { id: number }[], rows: Float32Array): number {
    const { dimensions } = vectors.store.info
    const exists = this.#deps.db.prepare<[number], number>('SELECT 1 FROM passage WHERE id = ?').pluck()
    const kept = inputs.flatMap(({ id }, row) => (exists.get(id) === undefined ? [] : [{ id, row }]))
    const keptRows = new Float32Array(kept.length * dimensions)
    kept.forEach(({ row }, i) => keptRows.set(rows.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions))
    vectors.add(
      kept.map(({ id }) => id),
      keptRows,
    )
    return kept.length
  }

  /** Asks with first sentences of passages from all over the library, encoded as queries. */
  async #measure(
    { signal, report }: JobContext<EmbedParams>,
    model: InstalledModel,
    vectors: VectorSearch,
  ): Promise<number | null> {
    const { db, models, reports } = this.#deps
    const total = vectors.store.count
    if (total === 0) return null
    const embedded = { ...STAGE, done: total, total }
    const check = { name: said`Check the index`, unit: 'queries', total: RECALL_QUERIES }
    report({ stages: [embedded, { ...check, done: 0 }] })
    const texts = db
      .prepare<[number], string>('SELECT text FROM passage WHERE id % ? = 0 ORDER BY id')
      .pluck()
      .all(Math.max(1, Math.floor(total / RECALL_QUERIES)))
    const queries = texts.slice(0, RECALL_QUERIES).map(firstSentence)
    const { vectors: rows } = await models.background.encode(models.specOf(model), queries, { kind: 'query', signal })
    if (rows.length === 0) return null
    const index = await vectors.load(signal)
    const { recall } = await index.measureRecall(rows, 10, signal)
    reports.setRecall(models.keyOf(model), recall, queries.length)
    report({ stages: [embedded, { ...check, done: queries.length, total: queries.length }] })
    return recall
  }
}

function firstSentence(text: string): string {
  const [first] = splitSentences(text)
  return first ? text.slice(first.start, first.end) : text
}
