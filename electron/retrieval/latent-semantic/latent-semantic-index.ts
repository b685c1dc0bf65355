import type { Database } from 'better-sqlite3'
import type { VectorBlock } from '../vector-blocks.ts'
import { randomisedSvd } from './randomised-svd.ts'
import { SparseMatrix, type SparseRow } from './sparse-matrix.ts'
import { TermWeights, textTerms } from './term-weights.ts'

const DIMENSIONS = 128
/** The directions of a collection show in a sample of it; every passage is then placed along them. */
const MOST_FITTED = 40_000
const PASSAGES_PER_BLOCK = 2_000

export interface FitOptions {
  readonly dimensions?: number
  readonly seed?: number
  readonly signal?: AbortSignal
  /** @param done of `total` passages placed. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Latent semantic analysis of a library (Deerwester et al. 1990): TF-IDF vectors of its passages along the strongest
 * directions of their truncated singular value decomposition, of unit length. It finds passages by words that occur
 * together with the query's, knows nothing but this library, and needs no model: with BM25 and an embedding model, a third
 * opinion that every installation has.
 */
export class LatentSemanticIndex {
  readonly dimensions: number
  readonly passageIds: Float64Array
  readonly #weights: TermWeights
  /** `[terms, dimensions]` */
  readonly #basis: Float32Array
  /** `[passages, dimensions]` */
  readonly #vectors: Float32Array
  readonly #rowOf: ReadonlyMap<number, number>

  private constructor(
    weights: TermWeights,
    basis: Float32Array,
    dimensions: number,
    ids: Float64Array,
    vectors: Float32Array,
  ) {
    this.dimensions = dimensions
    this.passageIds = ids
    this.#weights = weights
    this.#basis = basis
    this.#vectors = vectors
    this.#rowOf = new Map([...ids].map((id, row) => [id, row]))
  }

  /** Fits the index to all passages of a library; the same passages and seed give the same index. */
  static async fit(db: Database, options: FitOptions = {}): Promise<LatentSemanticIndex> {
    const { dimensions = DIMENSIONS, seed = 1, signal, onProgress } = options
    const allIds = db.prepare<[], number>('SELECT id FROM passage ORDER BY id').pluck().all()
    const read = db.prepare<[number], { text: string; context: string }>(
      'SELECT text, context FROM passage WHERE id = ?',
    )
    const terms = (id: number): string[] => {
      const passage = read.get(id)
      return passage ? textTerms(`${passage.context}\n${passage.text}`) : []
    }
    const step = Math.max(1, allIds.length / MOST_FITTED)
    const sample: string[][] = []
    for (let at = 0; at < allIds.length; at += step) {
      sample.push(terms(allIds[Math.floor(at)]!))
      if (sample.length % PASSAGES_PER_BLOCK === 0) await breathe(signal)
    }
    const weights = TermWeights.of(sample)
    const matrix = new SparseMatrix(
      weights.size,
      sample.map((text) => weights.row(text)).filter((row) => row.indices.length > 0),
    )
    if (matrix.rows === 0)
      return new LatentSemanticIndex(weights, new Float32Array(0), 0, new Float64Array(0), new Float32Array(0))
    const svd = await randomisedSvd(matrix, { rank: dimensions, seed, ...(signal ? { signal } : {}) })

    const ids: number[] = []
    const vectors = new Float32Array(allIds.length * svd.rank)
    for (let from = 0; from < allIds.length; from += PASSAGES_PER_BLOCK) {
      await breathe(signal)
      for (const id of allIds.slice(from, from + PASSAGES_PER_BLOCK)) {
        const vector = project(weights.row(terms(id)), svd.basis, svd.rank)
        if (!vector) continue
        vectors.set(vector, ids.length * svd.rank)
        ids.push(id)
      }
      onProgress?.(Math.min(from + PASSAGES_PER_BLOCK, allIds.length), allIds.length)
    }
    return new LatentSemanticIndex(
      weights,
      svd.basis,
      svd.rank,
      Float64Array.from(ids),
      vectors.subarray(0, ids.length * svd.rank),
    )
  }

  /** A text's vector, of unit length; undefined where none of its words is known. */
  encode(text: string): Float32Array | undefined {
    return this.dimensions === 0 ? undefined : project(this.#weights.row(textTerms(text)), this.#basis, this.dimensions)
  }

  /** A passage's vector; undefined for one that holds no known word or came after the fit. */
  vector(passageId: number): Float32Array | undefined {
    const row = this.#rowOf.get(passageId)
    return row === undefined ? undefined : this.#vectors.subarray(row * this.dimensions, (row + 1) * this.dimensions)
  }

  *blocks(): Generator<VectorBlock> {
    if (this.passageIds.length > 0) yield { passageIds: this.passageIds, vectors: this.#vectors }
  }
}

function project({ indices, values }: SparseRow, basis: Float32Array, dimensions: number): Float32Array | undefined {
  const vector = new Float32Array(dimensions)
  for (let entry = 0; entry < indices.length; entry++) {
    const from = indices[entry]! * dimensions
    const weight = values[entry]!
    for (let i = 0; i < dimensions; i++) vector[i]! += weight * basis[from + i]!
  }
  let square = 0
  for (const x of vector) square += x * x
  if (square < 1e-12) return undefined
  const length = Math.sqrt(square)
  return vector.map((x) => x / length)
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise(setImmediate)
}
