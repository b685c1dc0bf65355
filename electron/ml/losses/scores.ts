// Similarity scores between queries and passages, and what losses read from them.

import type { Dim, GraphBuilder, Value } from '../ir/index.ts'

/**
 * Scores of every query with every passage, `[queries, passages]`: dot product divided by the temperature. With embeddings of length 1
 * that is the scaled cosine.
 */
export function allScores(g: GraphBuilder, queries: Value, passages: Value, temperature: number): Value {
  return g.gemm(queries, passages, { transposeB: true, alpha: 1 / temperature })
}

/**
 * Scores of each query with the passages of its own group, `[queries, group]`. Passages lie group by group: the first `group` rows
 * belong to query 0.
 */
export function groupScores(
  g: GraphBuilder,
  queries: Value,
  passages: Value,
  group: number,
  temperature: number,
): Value {
  const [count, size] = queries.shape as readonly [Dim, Dim]
  const scores = g.matMul(g.reshape(passages, [count, group, size]), g.reshape(queries, [count, size, 1]))
  return g.div(g.reshape(scores, [count, group]), temperature)
}

/** Which candidates of a query are what; float32 `[queries, candidates]` of zeros and ones. */
export interface CandidateRoles {
  /** Candidates to pull towards the query. */
  readonly positives: Value
  /** Candidates that do not count as negatives; never those marked as positive. See `falseNegatives`. */
  readonly excluded?: Value
}

/** Added to the score of a candidate that does not take part: exp() of it is 0, and float16 can hold it. */
const hiddenScore = -10_000

/** Scores with the excluded candidates out of the race. */
export function withoutExcluded(g: GraphBuilder, scores: Value, excluded: Value | undefined): Value {
  return excluded ? g.add(scores, g.mul(excluded, hiddenScore)) : scores
}

/** Scores where only candidates with a mark of 1 take part. */
export function onlyMarked(g: GraphBuilder, scores: Value, marks: Value): Value {
  return g.add(scores, g.mul(g.sub(1, marks), hiddenScore))
}

/** The sum of each row of `values` over the candidates marked 1: `[queries, 1]`. */
export function markedSum(g: GraphBuilder, values: Value, marks: Value): Value {
  return g.reduceSum(g.mul(values, marks), [1])
}

/** Mean over queries of `[queries, 1]`: a scalar. */
export function meanOverQueries(g: GraphBuilder, perQuery: Value): Value {
  return g.reduceMean(perQuery, [0, 1], false)
}
