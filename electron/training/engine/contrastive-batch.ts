// One step's worth of queries and passages, as token ids, with what is known about which passage answers which query.
import type { RetrievalObjective } from '../../ml/losses/index.ts'

export type TokenRow = readonly number[]

/** The first `group` passages belong to query 0, its positive first. */
export interface ContrastiveBatch {
  readonly queries: readonly TokenRow[]
  readonly passages: readonly TokenRow[]
  /** `[queries, candidates]`, 1 for the passage to find; candidates are all passages or the query's own, as the objective says. */
  readonly positives: Float32Array
  /** `[queries, candidates]`, 1 for passages that do not count as negatives. */
  readonly excluded?: Float32Array
  /** `[queries, group]`, for distillation. */
  readonly teacherScores?: Float32Array
  readonly noiseSeed: number
}

/** What a step tells about its batch. */
export interface StepStatistics {
  readonly loss: number
  /** Mean cosine of query and positive. */
  readonly positiveSimilarity: number
  /** Mean over queries of the highest cosine with a negative. */
  readonly hardestNegativeSimilarity: number
  /** Candidates a query has to tell apart: chance level of InfoNCE is its logarithm. */
  readonly candidates: number
}

/** Marks the first passage of each group as its query's positive. */
export function firstPositives(queries: number, { group, negatives }: RetrievalObjective): Float32Array {
  const candidates = negatives === 'in-batch' ? queries * group : group
  const positives = new Float32Array(queries * candidates)
  for (let q = 0; q < queries; q++) positives[q * candidates + (negatives === 'in-batch' ? q * group : 0)] = 1
  return positives
}

/** Similarities are looked at for this many queries of a step: enough for a curve, and never a cost. */
const SAMPLED_QUERIES = 32

/** Similarities of a step, from vectors of length 1. @param queries `[n, dimensions]` @param passages `[n * group, dimensions]` */
export function similarities(
  queries: Float32Array,
  passages: Float32Array,
  dimensions: number,
  { positives, excluded }: Pick<ContrastiveBatch, 'positives' | 'excluded'>,
  { group, negatives }: RetrievalObjective,
): Omit<StepStatistics, 'loss'> {
  const count = queries.length / dimensions
  const candidates = positives.length / count
  const sampled = Math.min(count, SAMPLED_QUERIES)
  let [positiveSum, negativeSum, withNegatives] = [0, 0, 0]
  for (let q = 0; q < sampled; q++) {
    const first = negatives === 'in-batch' ? 0 : q * group
    let [best, ownSum, own] = [-Infinity, 0, 0]
    for (let c = 0; c < candidates; c++) {
      const cell = q * candidates + c
      const score = dot(queries, q * dimensions, passages, (first + c) * dimensions, dimensions)
      if (positives[cell]) {
        ownSum += score
        own++
      } else if (!excluded?.[cell]) best = Math.max(best, score)
    }
    positiveSum += ownSum / Math.max(1, own)
    if (best > -Infinity) {
      negativeSum += best
      withNegatives++
    }
  }
  return {
    positiveSimilarity: positiveSum / sampled,
    hardestNegativeSimilarity: withNegatives > 0 ? negativeSum / withNegatives : 0,
    candidates,
  }
}

function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += a[aStart + i]! * b[bStart + i]!
  return sum
}
