/**
 * Interactive vector search: sqlite-vec's scan against the int8 scan with an exact float32 rescoring of the best 50.
 * `node bench/scan.ts [passages] [dimensions]`, default 250,000 x 384. Read the ratios: milliseconds depend on the load.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sqliteVec from 'sqlite-vec'
import { calibratedScale, defaultScale, type Kernels, loadKernels, quantise } from '../native/index.ts'
import { clusteredVectors, exactTop, type VectorSet } from './support/clustered-vectors.ts'
import { median, printTable, recall, timeEach } from './support/measure.ts'

const [passages = 250_000, dimensions = 384] = process.argv.slice(2).map(Number)
const QUERIES = 40
const K = 100
const RESCORED = 50

const directory = mkdtempSync(join(tmpdir(), 'bench-scan-'))
try {
  const set = clusteredVectors(passages, QUERIES, dimensions)
  const queries = Array.from({ length: QUERIES }, (_, i) => i)
  const truth = queries.map((query) => exactTop(set, query, 10))
  const db = fill(join(directory, 'vectors.sqlite'), set)
  const point = db.prepare<[bigint], Buffer>('SELECT embedding FROM vectors WHERE id = ?').pluck()

  const nearest = db.prepare<[Float32Array, number], number>(
    'SELECT id FROM vectors WHERE embedding MATCH ? AND k = ? ORDER BY distance',
  )
  const plain = measure(queries, (query) => nearest.pluck().all(queryOf(set, query), K))
  const rows = [['sqlite-vec, k = 100', plain.ms, 1, recall(plain.found, truth)]]

  for (const only of ['wasm', 'addon'] as const) {
    for (const [name, scale] of [
      ['default scale', defaultScale(dimensions)],
      ['calibrated scale', calibratedScale(set.passages.subarray(0, 1000 * dimensions))],
    ] as const) {
      const kernels = await loadKernels({ only }).catch((error: Error) => console.log(`skipped: ${error.message}`))
      if (!kernels) continue
      const index = indexOf(kernels, set, scale)
      const scan = (query: number) => [...index.scan(quantise(queryOf(set, query), scale), RESCORED).rows]
      const scanned = measure(queries, scan)
      const rescored = measure(queries, (query) => {
        const vector = queryOf(set, query)
        const scored = scan(query).map((row) => ({ row, score: dot(vector, floats(point.get(BigInt(row))!)) }))
        return scored.toSorted((a, b) => b.score - a.score).map(({ row }) => row)
      })
      for (const [step, { ms, found }] of [
        ['int8 scan', scanned],
        ['+ rescoring of 50', rescored],
      ] as const) {
        rows.push([
          `${kernels.backend}, ${name}: ${step}`,
          ms,
          plain.ms / ms,
          recall(
            found.map((f) => f.slice(0, 10)),
            truth,
          ),
        ])
      }
    }
  }
  console.log(`${passages} x ${dimensions}, median of ${QUERIES} queries, one at a time`)
  printTable(
    ['search', 'ms', 'times as fast as sqlite-vec', 'recall@10'],
    rows.map(([name, ms, ratio, found]) => [
      String(name),
      Number(ms).toFixed(2),
      Number(ratio).toFixed(1),
      Number(found).toFixed(4),
    ]),
  )
} finally {
  rmSync(directory, { recursive: true })
}

function fill(path: string, set: VectorSet): Database.Database {
  const db = new Database(path)
  sqliteVec.load(db)
  db.pragma('journal_mode = WAL')
  db.pragma(`mmap_size = ${2 ** 31 - 65536}`)
  db.exec(`CREATE VIRTUAL TABLE vectors USING vec0(id INTEGER PRIMARY KEY, embedding FLOAT[${set.dimensions}])`)
  const insert = db.prepare('INSERT INTO vectors (id, embedding) VALUES (?, ?)')
  const step = set.dimensions
  db.transaction(() => {
    for (let i = 0; i * step < set.passages.length; i++) {
      insert.run(BigInt(i), set.passages.subarray(i * step, (i + 1) * step))
    }
  })()
  return db
}

function indexOf(kernels: Kernels, set: VectorSet, scale: number) {
  const index = kernels.createInt8Index(set.dimensions)
  index.reserve(set.passages.length / set.dimensions)
  const block = 1024 * set.dimensions
  for (let at = 0; at < set.passages.length; at += block) {
    index.append(quantise(set.passages.subarray(at, at + block), scale))
  }
  return index
}

/** Some queries unmeasured to warm up, then every query once. */
function measure(queries: readonly number[], search: (query: number) => number[]) {
  queries.slice(0, 5).forEach(search)
  const found: number[][] = []
  const times = timeEach(queries, (query) => found.push(search(query).slice(0, K)))
  return { ms: median(times), found: found.map((rows) => rows.slice(0, 10)) }
}

function queryOf({ queries, dimensions }: VectorSet, query: number): Float32Array {
  return queries.subarray(query * dimensions, (query + 1) * dimensions)
}

function floats(blob: Buffer): Float32Array {
  return new Float32Array(blob.buffer.slice(blob.byteOffset, blob.byteOffset + blob.byteLength))
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
