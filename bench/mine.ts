/**
 * Exact top 50 of many queries, as mining, mutual agreement and evaluation need it: the batched routine against the bare
 * matrix product (what the processor can do) and against one sqlite-vec search after another.
 * `node bench/mine.ts [queries] [passages] [dimensions]`, default 10,000 x 250,000 x 384: about a minute on two cores.
 */
import Database from 'better-sqlite3'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import * as sqliteVec from 'sqlite-vec'
import { GraphBuilder, model, writeModel } from '../electron/ml/ir/index.ts'
import { quantile } from '../electron/platform/bootstrap.ts'
import { topPassages, type TopPassages } from '../electron/retrieval/batch-scores.ts'
import { VectorStore } from '../electron/retrieval/vector-store.ts'
import { clusteredVectors } from './support/clustered-vectors.ts'
import { printTable, timeEach } from './support/measure.ts'

const [queries = 10_000, passages = 250_000, dimensions = 384] = process.argv.slice(2).map(Number)
const K = 50
const LOOPED = 20
const PART = 2_000
/** Of the bare product that is to be reached; the rest is TopK, reading blobs and merging. */
const WANTED_SHARE = 0.7
const GEMM_RUNS = 40

const set = clusteredVectors(passages, queries, dimensions)
const db = new Database(':memory:')
sqliteVec.load(db)
db.exec('CREATE TABLE passage (id INTEGER PRIMARY KEY)')
const store = VectorStore.create(db, { modelId: 'bench', version: '1' }, dimensions)
for (let first = 0; first < passages; first += 10_000) {
  const rows = Math.min(10_000, passages - first)
  const ids = Array.from({ length: rows }, (_, i) => first + i + 1)
  store.insert(ids, set.passages.subarray(first * dimensions, (first + rows) * dimensions))
}

const queryOf = (i: number) => set.queries.subarray(i * dimensions, (i + 1) * dimensions)
const sample = Array.from({ length: LOOPED }, (_, i) => i)
const looped: number[][] = []
const fastest = Math.min(
  ...timeEach(sample, (i) => looped.push(store.search(queryOf(i), K).map(({ passageId }) => passageId))),
)

// Part by part with the bare product before each: other work on the machine slows both, and their ratio says what we lose.
// Mining takes as many queries a pass.
let batchedMs = 0
const peaks: number[] = []
const shares: number[] = []
const tops: TopPassages[] = []
for (let first = 0; first < queries; first += PART) {
  const part = Math.min(PART, queries - first)
  const peak = await gemmPeak()
  const start = performance.now()
  tops.push(
    await topPassages(set.queries.subarray(first * dimensions, (first + part) * dimensions), store.blocks(), {
      dimensions,
      k: K,
    }),
  )
  const elapsed = performance.now() - start
  batchedMs += elapsed
  peaks.push(peak)
  shares.push((2 * part * passages * dimensions) / (elapsed / 1000) / peak)
}
const agree = sample.filter((i) => sameScores(i, looped[i]!)).length

const flops = 2 * passages * dimensions
console.log(`${queries} queries x ${passages} passages x ${dimensions}, top ${K}`)
console.log(`results equal to sqlite-vec's: ${agree} of ${LOOPED} queries`)
printTable(
  ['method', 'queries/s', 'GFLOP/s', 'times as fast as the loop'],
  [
    ['sqlite-vec, one query after another', 1000 / fastest],
    ['topPassages', (1000 * queries) / batchedMs],
    ['bare Gemm, the limit (median)', median(peaks) / flops],
  ].map(([name, rate]) => [
    String(name),
    Number(rate).toFixed(1),
    ((Number(rate) * flops) / 1e9).toFixed(1),
    ((Number(rate) * fastest) / 1000).toFixed(1),
  ]),
)
const percent = (share: number) => `${(100 * share).toFixed(0)} %`
console.log(
  `topPassages reaches ${percent(median(shares))} of the bare Gemm (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} over ${shares.length} parts; wanted: ${percent(WANTED_SHARE)}), all in ${(batchedMs / 1000).toFixed(1)} s`,
)

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

/** The two may order passages of nearly equal scores differently; the k-th scores must agree. */
function sameScores(query: number, expected: readonly number[]): boolean {
  const scores = (ids: readonly number[]) =>
    ids
      .map((id) =>
        set.passages
          .subarray((id - 1) * dimensions, id * dimensions)
          .reduce((sum, x, d) => sum + x * queryOf(query)[d]!, 0),
      )
      .sort()
  const [ours, theirs] = [scores(tops[0]!.of(query).map(({ passageId }) => passageId)), scores(expected)]
  return ours.every((score, i) => Math.abs(score - theirs[i]!) < 1e-5)
}

/** FLOP/s of the product of 500 queries with 25,000 passages whose result is reduced to one number, over about a second. */
async function gemmPeak(): Promise<number> {
  const [m, n] = [500, 25_000]
  const graph = new GraphBuilder('gemm')
  const a = graph.input('a', 'float32', [m, dimensions])
  const b = graph.input('b', 'float32', [n, dimensions])
  // Handing out 50 MB would take longer than making them; the maximum is cheap.
  graph.output('max', graph.reduceMax(graph.gemm(a, b, { transposeB: true })))
  const session = await InferenceSession.create(writeModel(model(graph.build())), { executionProviders: ['cpu'] })
  const feeds = {
    a: new Tensor('float32', new Float32Array(m * dimensions).fill(0.5), [m, dimensions]),
    b: new Tensor('float32', new Float32Array(n * dimensions).fill(0.5), [n, dimensions]),
  }
  await session.run(feeds)
  const start = performance.now()
  for (let i = 0; i < GEMM_RUNS; i++) await session.run(feeds)
  const each = (performance.now() - start) / GEMM_RUNS
  return (2 * m * n * dimensions) / (each / 1000)
}
