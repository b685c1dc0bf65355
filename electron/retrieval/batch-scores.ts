import { InferenceSession, Tensor } from 'onnxruntime-node'
import { GraphBuilder, model, writeModel } from '../ml/ir/index.ts'
import type { RankedPassage } from './retriever.ts'
import type { VectorBlock } from './vector-blocks.ts'

/**
 * [Note: batched exact scores]
 * Mining hard negatives, mutual agreement and evaluation all ask for the best passages of thousands of queries. They share
 * this routine: blocks of 500 queries x 25,000 passages through ONNX Runtime's Gemm and TopK, merged as they come.
 * It is exact, reads every vector once, never holds more than one block of scores (50 MB), and answers about a hundred
 * times as many queries a second as single searches do. With TopK in the same graph the scores never leave the runtime.
 */
const QUERIES_PER_BLOCK = 500
const PASSAGES_PER_BLOCK = 25_000

export interface BatchOptions {
  readonly dimensions: number
  /** Results per query. */
  readonly k: number
  readonly signal?: AbortSignal
  /** Called after every block of passages. @param done passages scored so far, for all queries. */
  readonly onProgress?: (done: number) => void
  /** Threads of the runtime; default: one per core. */
  readonly threads?: number
}

/** The best passages of many queries, flat: query q has the places `q * k` to `q * k + found`. */
export class TopPassages {
  readonly queries: number
  readonly k: number
  /** How many passages every query has: k, or all there are. */
  readonly found: number
  readonly passageIds: Float64Array
  readonly scores: Float32Array

  constructor(queries: number, k: number, found: number, passageIds: Float64Array, scores: Float32Array) {
    this.queries = queries
    this.k = k
    this.found = found
    this.passageIds = passageIds
    this.scores = scores
  }

  /** Best first, with dot products as scores; equal scores in the order in which the passages came. */
  of(query: number): RankedPassage[] {
    return Array.from({ length: this.found }, (_, rank) => {
      const at = query * this.k + rank
      return { passageId: this.passageIds[at]!, score: this.scores[at]! }
    })
  }
}

/**
 * Scores every query against every passage and keeps the best k of each. See [Note: batched exact scores].
 * @param queries `[queries, dimensions]`
 * @param passages blocks of any size, such as `VectorStore.blocks()`.
 * @throws RangeError for shapes that do not fit; the signal's reason when it is aborted.
 */
export async function topPassages(
  queries: Float32Array,
  passages: Iterable<VectorBlock>,
  options: BatchOptions,
): Promise<TopPassages> {
  const { dimensions, k, signal, onProgress } = options
  const count = queries.length / dimensions
  if (!Number.isInteger(count)) {
    throw new RangeError(`${queries.length} numbers are not a whole number of queries of ${dimensions} dimensions`)
  }
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`The number of results must be 1 or more, not ${k}`)
  const broken = queries.findIndex((x) => !Number.isFinite(x))
  if (broken >= 0) throw new RangeError(`The vector of query ${Math.floor(broken / dimensions)} is not finite`)
  const scorer = new BlockScorer(dimensions, options.threads)
  const running = new RunningTop(count, k)
  let done = 0
  try {
    for (const block of regroup(passages, dimensions)) {
      const rows = block.passageIds.length
      for (let first = 0; first < count; first += QUERIES_PER_BLOCK) {
        signal?.throwIfAborted()
        const last = Math.min(count, first + QUERIES_PER_BLOCK)
        const { scores, indices } = await scorer.run(
          queries.subarray(first * dimensions, last * dimensions),
          block.vectors,
          Math.min(k, rows),
        )
        running.merge(first, last, block.passageIds, scores, indices)
        // The runtime blocks this thread while it computes; let an abort or a message in between.
        await new Promise(setImmediate)
      }
      running.advance(rows)
      done += rows
      onProgress?.(done)
    }
    return running.result()
  } finally {
    await scorer.release()
  }
}

/** The two-node graph, one session per k: the last block may hold fewer passages than k. */
class BlockScorer {
  readonly #dimensions: number
  readonly #threads: number | undefined
  readonly #sessions = new Map<number, Promise<InferenceSession>>()

  constructor(dimensions: number, threads: number | undefined) {
    this.#dimensions = dimensions
    this.#threads = threads
  }

  async run(queries: Float32Array, passages: Float32Array, k: number) {
    const session = await this.#session(k)
    const { scores, indices } = await session.run({
      queries: new Tensor('float32', queries, [queries.length / this.#dimensions, this.#dimensions]),
      passages: new Tensor('float32', passages, [passages.length / this.#dimensions, this.#dimensions]),
    })
    return { scores: scores!.data as Float32Array, indices: indices!.data as BigInt64Array }
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
  }

  #session(k: number): Promise<InferenceSession> {
    const known = this.#sessions.get(k)
    if (known) return known
    const graph = new GraphBuilder('top passages')
    const queries = graph.input('queries', 'float32', ['q', this.#dimensions])
    const passages = graph.input('passages', 'float32', ['p', this.#dimensions])
    const { values, indices } = graph.topK(graph.gemm(queries, passages, { transposeB: true }), k)
    graph.output('scores', values)
    graph.output('indices', indices)
    const created = InferenceSession.create(writeModel(model(graph.build())), {
      executionProviders: ['cpu'],
      ...(this.#threads ? { intraOpNumThreads: this.#threads } : {}),
    })
    this.#sessions.set(k, created)
    return created
  }
}

/** The k best of each query over the blocks so far. */
class RunningTop {
  readonly #k: number
  readonly #queries: number
  readonly #ids: Float64Array
  readonly #scores: Float32Array
  #found = 0
  readonly #mergedIds: Float64Array
  readonly #mergedScores: Float32Array

  constructor(queries: number, k: number) {
    this.#queries = queries
    this.#k = k
    this.#ids = new Float64Array(queries * k)
    this.#scores = new Float32Array(queries * k)
    this.#mergedIds = new Float64Array(k)
    this.#mergedScores = new Float32Array(k)
  }

  /** Merges the sorted results of one block for the queries `first` to `last`; what came earlier wins a tie. */
  merge(first: number, last: number, ids: Float64Array, scores: Float32Array, indices: BigInt64Array): void {
    const width = scores.length / (last - first)
    // An index fits in 32 bits; reading the low halves avoids a BigInt per result.
    const rows = new Int32Array(indices.buffer, indices.byteOffset, indices.length * 2)
    const kept = Math.min(this.#k, this.#found + width)
    for (let query = first; query < last; query++) {
      const oldStart = query * this.#k
      const newStart = (query - first) * width
      if (this.#found === this.#k && scores[newStart]! <= this.#scores[oldStart + this.#k - 1]!) continue
      let older = 0
      let newer = 0
      for (let rank = 0; rank < kept; rank++) {
        const takeOld =
          older < this.#found && (newer >= width || this.#scores[oldStart + older]! >= scores[newStart + newer]!)
        const at = takeOld ? oldStart + older++ : newStart + newer++
        this.#mergedScores[rank] = takeOld ? this.#scores[at]! : scores[at]!
        this.#mergedIds[rank] = takeOld ? this.#ids[at]! : ids[rows[2 * at]!]!
      }
      this.#scores.set(this.#mergedScores.subarray(0, kept), oldStart)
      this.#ids.set(this.#mergedIds.subarray(0, kept), oldStart)
    }
  }

  /** Call when all queries have merged a block of this many passages. */
  advance(rows: number): void {
    this.#found = Math.min(this.#k, this.#found + rows)
  }

  result(): TopPassages {
    return new TopPassages(this.#queries, this.#k, this.#found, this.#ids, this.#scores)
  }
}

/** Gathers small blocks into blocks of 25,000 passages. The arrays of a block are reused for the next. */
function* regroup(blocks: Iterable<VectorBlock>, dimensions: number): Generator<VectorBlock> {
  const passageIds = new Float64Array(PASSAGES_PER_BLOCK)
  let vectors = new Float32Array(0)
  let filled = 0
  for (const block of blocks) {
    if (block.vectors.length !== block.passageIds.length * dimensions) {
      throw new RangeError(
        `A block of ${block.passageIds.length} passages has ${block.vectors.length} numbers, not ${dimensions} each`,
      )
    }
    if (vectors.length === 0) vectors = new Float32Array(PASSAGES_PER_BLOCK * dimensions)
    for (let taken = 0; taken < block.passageIds.length;) {
      const take = Math.min(block.passageIds.length - taken, PASSAGES_PER_BLOCK - filled)
      passageIds.set(block.passageIds.subarray(taken, taken + take), filled)
      vectors.set(block.vectors.subarray(taken * dimensions, (taken + take) * dimensions), filled * dimensions)
      filled += take
      taken += take
      if (filled < PASSAGES_PER_BLOCK) continue
      yield { passageIds, vectors }
      filled = 0
    }
  }
  if (filled > 0) {
    yield { passageIds: passageIds.subarray(0, filled), vectors: vectors.subarray(0, filled * dimensions) }
  }
}
