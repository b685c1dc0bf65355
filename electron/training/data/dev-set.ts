// The queries a run is judged by while it trains: some examples held out, searched among all passages.
import { createHash } from 'node:crypto'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { planBatches } from '../../ml/session/batches.ts'
import { topPassages } from '../../retrieval/index.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { tokenBatch, type EncoderPlan } from '../engine/encoder-plan.ts'
import { mixSeed } from './sampler.ts'
import type { TextTable, TokenizedData, TokenizedSet } from './tokenized-data.ts'

export interface DevQuery {
  readonly query: number
  /** Made of intent and text: the same in every run that holds this query out, whatever the model puts in front of it. */
  readonly key: string
  readonly intent: Intent
  readonly relevant: ReadonlySet<number>
}

export interface DevSet {
  readonly queries: readonly DevQuery[]
  /** Texts that are searched. */
  readonly pool: readonly number[]
}

export interface DevOptions {
  /** Share of the examples that is held out. */
  readonly share: number
  /** At most this many queries. */
  readonly queries: number
  readonly seed: number
}

/** Splits examples by query, so that no query is on both sides. Passages stay searchable whichever side they come from. */
export function splitDevSet(
  data: TokenizedData,
  { share, queries: most, seed }: DevOptions,
): { readonly train: TokenizedData; readonly dev: DevSet } {
  const all = [...new Set(data.sets.flatMap(({ examples }) => examples.map(({ query }) => query)))]
  const random = seededRandom(mixSeed(seed, 5))
  const order = new Map(all.map((query) => [query, random()]))
  const wanted = Math.min(most, Math.floor(share * all.length))
  const heldOut = new Set(all.sort((a, b) => order.get(a)! - order.get(b)!).slice(0, wanted))
  const relevant = new Map<number, { key: string; intent: Intent; relevant: Set<number> }>()
  const pool = new Set<number>()
  const sets = data.sets.map((set): TokenizedSet => ({
    ...set,
    examples: set.examples.filter((example) => {
      for (const text of [...example.positives, ...example.negatives]) pool.add(text)
      if (!heldOut.has(example.query)) return true
      const known = relevant.get(example.query) ?? {
        ...{ key: devQueryKey(example.intent, example.queryText), intent: example.intent, relevant: new Set<number>() },
      }
      for (const text of example.positives) known.relevant.add(text)
      relevant.set(example.query, known)
      return false
    }),
  }))
  const queries = [...relevant].map(([query, known]) => ({ query, ...known })).sort((a, b) => a.query - b.query)
  return { train: { ...data, sets }, dev: { queries, pool: [...pool].sort((a, b) => a - b) } }
}

/** The `key` of a query. */
export function devQueryKey(intent: Intent, queryText: string): string {
  return createHash('sha256').update(`${intent}\0${queryText}`).digest('hex').slice(0, 16)
}

/** A ranking measure of one query, such as nDCG@10. @param ranked document ids, best first */
export type RankingMeasure = (relevant: ReadonlySet<string>, ranked: readonly string[]) => number

export interface DevScores {
  readonly queries: number
  /** Mean over the intents that occur, as DisastIR averages (METHOD section 8). */
  readonly mean: number
  readonly byIntent: Readonly<Partial<Record<Intent, number>>>
}

/** The measure of one query. */
export type DevQueryScore = readonly [key: string, intent: Intent, value: number]

export interface DevEvaluation {
  readonly plan: EncoderPlan
  readonly dimensions: number
  readonly texts: TextTable
  readonly padId: number
  readonly microbatchTokens: number
  readonly measure: RankingMeasure
  readonly onMicrobatch?: () => Promise<void> | void
}

/** Rankings as long as the measure looks. */
const DEPTH = 10

/** Embeds queries and passages with the weights as they are, searches exactly and averages the measure. */
export async function evaluateDevSet(
  { queries, pool }: DevSet,
  evaluation: DevEvaluation,
): Promise<{ readonly scores: DevScores; readonly queries: readonly DevQueryScore[] }> {
  const passageVectors = await embedTexts(pool, evaluation)
  const queryVectors = await embedTexts(
    queries.map(({ query }) => query),
    evaluation,
  )
  // See [Note: batched exact scores]: search, mining and evaluation share one routine.
  const passages = [{ passageIds: Float64Array.from(pool), vectors: passageVectors }]
  const top = await topPassages(queryVectors, passages, { dimensions: evaluation.dimensions, k: DEPTH })
  const sums = new Map<Intent, { sum: number; count: number }>()
  const single: DevQueryScore[] = []
  for (const [index, { key, intent, relevant }] of queries.entries()) {
    const ranked = top.of(index).map(({ passageId }) => String(passageId))
    const value = evaluation.measure(new Set([...relevant].map(String)), ranked)
    single.push([key, intent, value])
    const known = sums.get(intent) ?? { sum: 0, count: 0 }
    sums.set(intent, { sum: known.sum + value, count: known.count + 1 })
  }
  const found = INTENTS.filter((intent) => sums.has(intent))
  const byIntent = Object.fromEntries(found.map((intent) => [intent, sums.get(intent)!.sum / sums.get(intent)!.count]))
  const mean = found.reduce((sum, intent) => sum + byIntent[intent]!, 0) / Math.max(1, found.length)
  return { scores: { queries: queries.length, mean, byIntent }, queries: single }
}

async function embedTexts(texts: readonly number[], evaluation: DevEvaluation): Promise<Float32Array> {
  const { plan, dimensions, padId, microbatchTokens, onMicrobatch } = evaluation
  const rows = texts.map((text) => evaluation.texts.row(text))
  const vectors = new Float32Array(rows.length * dimensions)
  const limits = { tokens: 2 * microbatchTokens, texts: 256, lengthStep: 1, maxSequence: Infinity }
  for (const { indices, sequence } of planBatches(
    rows.map((row) => row.length),
    limits,
  )) {
    await onMicrobatch?.()
    const part = indices.map((index) => rows[index]!)
    const found = await plan.embed(tokenBatch(part, padId, 0, sequence), false)
    for (const [row, index] of indices.entries())
      vectors.set(found.subarray(row * dimensions, (row + 1) * dimensions), index * dimensions)
  }
  return vectors
}
