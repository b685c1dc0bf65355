// Scaled dot-product attention. Activations are 2-D [batch*sequence, hidden] outside: plain Gemm in both directions of training.
import type { Dim, GraphBuilder, Value } from '../ir/index.ts'

/** Sizes of the batch; numbers in a training graph, symbols in the one inference graph that serves all sizes. */
export interface BatchShape {
  readonly batch: Dim
  readonly sequence: Dim
}

/** What masked positions get added to their score: exp() of it is 0 in float32, and float16 can still hold it. */
export const MASKED = -10_000

/**
 * Additive bias that hides padding: `mask` `[batch, sequence]` float32 of 1 (token) and 0 (padding) -> `[batch, 1, 1, sequence]`.
 */
export function paddingBias(g: GraphBuilder, mask: Value, { batch, sequence }: BatchShape): Value {
  return g.reshape(g.mul(g.sub(1, mask), MASKED), [batch, 1, 1, sequence])
}

/**
 * Additive bias that hides later positions: `[1, 1, group*sequence, sequence]`, its rows once for each of the `group`
 * query heads that share a key/value head (see {@link attention}).
 */
export function causalBias(g: GraphBuilder, sequence: Dim, group = 1): Value {
  const bias = hide(g, g.less(queryPositions(g, sequence), keyPositions(g, sequence)), sequence)
  return group === 1 ? bias : g.concat(Array<Value>(group).fill(bias), 2)
}

/** Additive bias that hides positions more than `reach` away: `[1, 1, sequence, sequence]`. */
export function localBias(g: GraphBuilder, sequence: Dim, reach: number): Value {
  const distance = g.abs(g.sub(queryPositions(g, sequence), keyPositions(g, sequence)))
  return hide(g, g.greater(distance, reach), sequence)
}

function hide(g: GraphBuilder, hidden: Value, sequence: Dim): Value {
  return g.reshape(g.mul(g.cast(hidden, 'float32'), MASKED), [1, 1, sequence, sequence])
}

function queryPositions(g: GraphBuilder, sequence: Dim): Value {
  return g.reshape(g.range(0, sequence), [sequence, 1])
}

function keyPositions(g: GraphBuilder, sequence: Dim): Value {
  return g.reshape(g.range(0, sequence), [1, sequence])
}

export interface HeadLayout {
  readonly heads: number
  /** Fewer than `heads` when groups of query heads share a key/value head. */
  readonly keyValueHeads: number
  readonly headSize: number
}

/**
 * Attention over heads.
 *
 * With shared key/value heads nothing is repeated: the query heads of a group are laid one below the other
 * (`[batch, keyValueHeads, group*sequence, headSize]`), which a matrix product does not notice.
 *
 * @param query `[batch, sequence, heads, headSize]`; `key` and `value` with `keyValueHeads`
 * @param bias `[batch or 1, 1 or keyValueHeads, 1 or group*sequence, sequence]`, added to the scores
 * @returns `[batch*sequence, heads*headSize]`
 */
export function attention(
  g: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  bias: Value,
  { batch, sequence }: BatchShape,
  { heads, keyValueHeads, headSize }: HeadLayout,
): Value {
  const group = heads / keyValueHeads
  // Scaling the query costs sequence*headSize products; scaling the scores would cost sequence*sequence.
  const scaled = g.transpose(g.mul(query, 1 / Math.sqrt(headSize)), [0, 2, 1, 3])
  const grouped = group === 1 ? scaled : g.reshape(scaled, [batch, keyValueHeads, -1, headSize])
  // Straight to [batch, heads, headSize, sequence]: a transposed product (FusedMatMul) would leave the GPU.
  const scores = g.matMul(grouped, g.transpose(key, [0, 2, 3, 1]))
  const weights = g.softmax(g.add(scores, bias))
  const mixed = g.matMul(weights, g.transpose(value, [0, 2, 1, 3]))
  const apart = group === 1 ? mixed : g.reshape(mixed, [batch, heads, sequence, headSize])
  return g.reshape(g.transpose(apart, [0, 2, 1, 3]), [-1, heads * headSize])
}

/** `[batch*sequence, heads*headSize]` -> `[batch, sequence, heads, headSize]` */
export function splitHeads(
  g: GraphBuilder,
  x: Value,
  { batch, sequence }: BatchShape,
  heads: number,
  headSize: number,
): Value {
  return g.reshape(x, [batch, sequence, heads, headSize])
}
