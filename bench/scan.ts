/**
 * Interactive vector search, k = 100: the index of the application (int8 scan, best 150 rescored from the store), whole
 * and filtered, against sqlite-vec's scan of the same table and usearch. `npm run bench:scan -- [passages] [dimensions]
 * [--hnsw]`, default 250,000 x 384; usearch's graph takes minutes to build and is left out without the flag. Read the
 * ratios: milliseconds depend on the load.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as sqliteVec from 'sqlite-vec'
import { topPassages, type TopPassages } from '../electron/retrieval/batch-scores.ts'
import { DenseIndex } from '../electron/retrieval/dense-index.ts'
import { PassageSet } from '../electron/retrieval/passage-set.ts'
import { VectorStore } from '../electron/retrieval/vector-store.ts'
import { loadKernels } from '../native/index.ts'
import { random } from '../native/testing/random.ts'
import { clusteredVectors } from './support/clustered-vectors.ts'
import { median, printTable, quantile, recall, timeEach } from './support/measure.ts'
import { importPeer } from './support/peers.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { hnsw: { type: 'boolean' } } })
const [passages = 250_000, dimensions = 384] = positionals.map(Number)
const QUERIES = 40
const WARM_UP = 5
const K = 100
/** Deep enough to find ten exact results among the twentieth of the passages that the narrow filter lets through. */
const TRUTH_DEPTH = 1000

/** What is used of usearch. */
interface Usearch {
  readonly MetricKind: { readonly IP: string }
  readonly ScalarKind: { readonly F32: string }
  exactSearch(
    data: Float32Array,
    queries: Float32Array,
    dimensions: number,
    k: number,
    metric: string,
  ): { keys: BigUint64Array }
  readonly Index: new (options: object) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
    search(query: Float32Array, k: number, threads: number): { keys: BigUint64Array }
  }
}

interface Row {
  readonly name: string
  readonly times: readonly number[]
  readonly recall: number
}

const directory = mkdtempSync(join(tmpdir(), 'bench-scan-'))
const set = clusteredVectors(passages, QUERIES, dimensions)
// Copies: usearch takes a subarray for its whole buffer.
const queries = Array.from({ length: QUERIES }, (_, i) => set.queries.slice(i * dimensions, (i + 1) * dimensions))
try {
  const store = fill(join(directory, 'vectors.sqlite'))
  const truth = await topPassages(set.queries, store.blocks(), { dimensions, k: TRUTH_DEPTH })
  const vec0 = measure('sqlite-vec', truth, (query) => idsOf(store.search(query, K)))
  const rows = [vec0, ...(await measureOurs(store, truth)), ...(await measureUsearch(truth))]
  console.log(`${passages} x ${dimensions}, k = ${K}, ${QUERIES} queries, one at a time`)
  printTable(
    ['search', 'p50 ms', 'p95 ms', 'times as fast as sqlite-vec', 'recall@10'],
    rows.map(({ name, times, recall }) => [
      name,
      median(times).toFixed(2),
      quantile(times, 0.95).toFixed(2),
      (median(vec0.times) / median(times)).toFixed(1),
      recall.toFixed(4),
    ]),
  )
} finally {
  rmSync(directory, { recursive: true })
}

/** A store of the application over a library that has nothing else. */
function fill(path: string): VectorStore {
  const db = new Database(path)
  sqliteVec.load(db)
  db.pragma('journal_mode = WAL')
  db.pragma(`mmap_size = ${2 ** 31 - 65536}`)
  db.exec('CREATE TABLE passage (id INTEGER PRIMARY KEY)')
  const store = VectorStore.create(db, { modelId: 'bench', version: '1' }, dimensions)
  const insert = db.prepare(`INSERT INTO vectors_${store.info.id} (passage_id, embedding) VALUES (?, ?)`)
  db.transaction(() => {
    for (let id = 0; id < passages; id++) {
      insert.run(BigInt(id), set.passages.subarray(id * dimensions, (id + 1) * dimensions))
    }
  })()
  return store
}

async function measureOurs(store: VectorStore, truth: TopPassages): Promise<Row[]> {
  const rows: Row[] = []
  for (const only of ['wasm', 'addon'] as const) {
    const kernels = await loadKernels({ only }).catch((error: Error) => console.log(`skipped: ${error.message}`))
    if (!kernels) continue
    const index = await DenseIndex.load(store, kernels)
    rows.push(measure(`ours, ${kernels.backend}`, truth, (query) => idsOf(index.search(query, K))))
    for (const share of [0.5, 0.05]) {
      const uniform = random(3)
      const chosen = Array.from({ length: passages }, (_, id) => id).filter(() => uniform() < share)
      const filter = PassageSet.of(chosen)
      const name = `ours, ${kernels.backend}, filter of ${100 * share} %`
      rows.push(measure(name, truth, (query) => idsOf(index.search(query, K, filter)), filter))
    }
  }
  return rows
}

async function measureUsearch(truth: TopPassages): Promise<Row[]> {
  const usearch = await importPeer<Usearch>('usearch', '2.26.2')
  if (!usearch) return []
  const { exactSearch, Index, MetricKind, ScalarKind } = usearch
  const ids = ({ keys }: { keys: BigUint64Array }) => Array.from(keys, Number)
  const exact = (query: Float32Array) => ids(exactSearch(set.passages, query, dimensions, K, MetricKind.IP))
  const rows = [measure('usearch 2.26.2, exact', truth, exact)]
  if (!values.hnsw) return rows
  const index = new Index({
    dimensions,
    metric: MetricKind.IP,
    quantization: ScalarKind.F32,
    connectivity: 16,
    expansion_search: 128,
  })
  const started = performance.now()
  index.add(
    BigUint64Array.from({ length: passages }, (_, id) => BigInt(id)),
    set.passages,
    0,
  )
  const seconds = Math.round((performance.now() - started) / 1000)
  return [
    ...rows,
    measure(`usearch 2.26.2, HNSW built in ${seconds} s`, truth, (query) => ids(index.search(query, K, 1))),
  ]
}

/** Some queries unmeasured to warm up, then every query once. */
function measure(
  name: string,
  truth: TopPassages,
  search: (query: Float32Array) => readonly number[],
  filter?: PassageSet,
): Row {
  queries.slice(0, WARM_UP).forEach(search)
  const found: number[][] = []
  const times = timeEach(queries, (query) => found.push(search(query).slice(0, 10)))
  const exact = queries.map((_, query) =>
    idsOf(truth.of(query))
      .filter((id) => !filter || filter.has(id))
      .slice(0, 10),
  )
  return { name, times, recall: recall(found, exact) }
}

function idsOf(hits: readonly { readonly passageId: number }[]): number[] {
  return hits.map(({ passageId }) => passageId)
}
