// Points of runs and the levels above them, kept together; see [Note: curves at any zoom].
import type { CurveMetric } from '../../contracts/training-curves.ts'
import {
  POINT_COLUMNS,
  type PointColumn,
  type TrainingPointRepository,
  type TrainingPointRow,
} from '../../storage/index.ts'
import { BUCKET_DOUBLES, BUCKET_SIZES, bucketOf, BUCKETS_PER_BLOCK, mergeBuckets, POINTS_PER_BLOCK } from './buckets.ts'

export const COLUMN_OF: Readonly<Record<CurveMetric, PointColumn>> = {
  loss: 'loss',
  chance: 'chance',
  learningRate: 'learningRate',
  gradientNorm: 'gradientNorm',
  positiveSimilarity: 'positive',
  hardestNegativeSimilarity: 'hardest',
  tokensPerSecond: 'tokensPerSecond',
  memoryBytes: 'memoryBytes',
}

/** Writes points and the blocks above them, in one transaction each time. */
export class CurveStore {
  readonly #points: TrainingPointRepository

  constructor(points: TrainingPointRepository) {
    this.#points = points
  }

  /** Adds points that follow each other. Those from the first one on are replaced: a resumed run takes steps again. */
  append(runId: number, rows: readonly TrainingPointRow[]): void {
    const [first] = rows
    if (!first) return
    this.#points.atomically(() => {
      if ((this.#points.last(runId)?.point ?? 0) >= first.point) this.truncate(runId, first.point - 1)
      this.#points.add(runId, rows)
      const count = rows.at(-1)!.point
      this.#sealValues(runId, count)
      for (const level of BUCKET_SIZES.keys()) this.#sealBuckets(runId, level, count)
    })
  }

  /** Forgets the points after one, and what was made of them. */
  truncate(runId: number, point: number): void {
    this.#points.atomically(() => {
      this.#points.truncate(runId, point)
      // Blocks of values are whole or not there.
      this.#points.truncateBlocks(runId, 1, Math.floor(point / POINTS_PER_BLOCK), 0)
      for (const size of BUCKET_SIZES) {
        const kept = Math.floor(point / size)
        const block = Math.floor(kept / BUCKETS_PER_BLOCK)
        this.#points.truncateBlocks(runId, size, block, (kept % BUCKETS_PER_BLOCK) * BUCKET_DOUBLES)
      }
    })
  }

  #sealValues(runId: number, count: number): void {
    const last = this.#points.lastBlock(runId, 1)
    for (let block = (last?.block ?? -1) + 1; (block + 1) * POINTS_PER_BLOCK <= count; block++) {
      for (const column of POINT_COLUMNS) {
        const first = block * POINTS_PER_BLOCK + 1
        const values = this.#points.column(runId, column, first, first + POINTS_PER_BLOCK - 1)
        this.#points.setBlock(runId, column, 1, block, values)
      }
    }
  }

  /** Makes the buckets that are complete and not there yet, of values or of the level below. */
  #sealBuckets(runId: number, level: number, count: number): void {
    const size = BUCKET_SIZES[level]!
    const wanted = Math.floor(count / size)
    const known = this.#bucketCount(runId, size)
    if (known === wanted) return
    const finer = level === 0 ? 1 : BUCKET_SIZES[level - 1]!
    for (const column of POINT_COLUMNS) {
      const block = Math.floor(Math.max(0, known - 1) / BUCKETS_PER_BLOCK)
      // The block under way, or the full one before: the new buckets go on from its last one.
      const old = this.#points.blocks(runId, column, size, block, block)
      const all = new Float64Array(old.length + (wanted - known) * BUCKET_DOUBLES)
      all.set(old)
      const source =
        level === 0
          ? this.#points.column(runId, column, known * size + 1, wanted * size)
          : readBuckets(this.#points, runId, column, finer, (known * size) / finer, (wanted * size) / finer)
      const width = (source.length / (wanted - known)) | 0
      for (let bucket = known; bucket < wanted; bucket++) {
        const at = old.length + (bucket - known) * BUCKET_DOUBLES
        const part = source.subarray((bucket - known) * width, (bucket - known + 1) * width)
        const before = at === 0 ? undefined : all.subarray(at - BUCKET_DOUBLES, at)
        all.set(level === 0 ? bucketOf(part, before) : mergeBuckets(part), at)
      }
      const blockDoubles = BUCKETS_PER_BLOCK * BUCKET_DOUBLES
      for (let at = 0; at < all.length; at += blockDoubles)
        if (at + blockDoubles > old.length)
          this.#points.setBlock(runId, column, size, block + at / blockDoubles, all.subarray(at, at + blockDoubles))
    }
  }

  #bucketCount(runId: number, size: number): number {
    const last = this.#points.lastBlock(runId, size)
    return last ? last.block * BUCKETS_PER_BLOCK + last.doubles / BUCKET_DOUBLES : 0
  }
}

/** Buckets `first` up to but without `end` of a level, as far as there are any. */
export function readBuckets(
  points: TrainingPointRepository,
  runId: number,
  column: PointColumn,
  size: number,
  first: number,
  end: number,
): Float64Array {
  const block = Math.floor(first / BUCKETS_PER_BLOCK)
  const found = points.blocks(runId, column, size, block, Math.floor(Math.max(first, end - 1) / BUCKETS_PER_BLOCK))
  const at = (first - block * BUCKETS_PER_BLOCK) * BUCKET_DOUBLES
  return found.subarray(at, at + (end - first) * BUCKET_DOUBLES)
}
