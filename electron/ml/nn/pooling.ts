// From token vectors to one vector a text.
import type { GraphBuilder, Value } from '../ir/index.ts'
import type { BatchShape } from './attention.ts'

/** Names as in the `pooling_mode_*` keys of sentence-transformers. */
export const POOLINGS = ['cls', 'mean', 'max', 'mean_sqrt_len', 'weightedmean', 'lasttoken'] as const
export type Pooling = (typeof POOLINGS)[number]

/**
 * Pools token vectors.
 *
 * All poolings but `max` are a weighted sum over tokens, written as a batched product of weights `[batch, 1, sequence]`
 * with the token vectors; its gradient is a product again.
 *
 * @param hidden `[batch, sequence, hidden]`
 * @param mask `[batch, sequence]` float32, 1 for tokens, 0 for padding, which must be on the right
 * @returns `[batch, hidden]`
 */
export function pool(
  g: GraphBuilder,
  pooling: Pooling,
  hidden: Value,
  mask: Value,
  { batch, sequence }: BatchShape,
): Value {
  if (pooling === 'max') {
    const hidden3 = g.add(hidden, g.mul(g.sub(1, g.unsqueeze(mask, [2])), -1e9))
    return g.reduceMax(hidden3, [1], false)
  }
  const weights = g.reshape(tokenWeights(g, pooling, mask, { batch, sequence }), [batch, 1, sequence])
  return g.reshape(g.matMul(weights, hidden), [batch, hidden.shape[2]!])
}

/** The share of each token in the text's vector, `[batch, sequence]`. */
function tokenWeights(g: GraphBuilder, pooling: Exclude<Pooling, 'max'>, mask: Value, { sequence }: BatchShape): Value {
  const positions = () => g.reshape(g.cast(g.range(0, sequence), 'float32'), [1, sequence])
  const count = () => g.max(g.reduceSum(mask, [1]), 1e-9)
  switch (pooling) {
    case 'cls':
      return g.mul(mask, g.cast(g.less(positions(), 0.5), 'float32'))
    case 'mean':
      return g.div(mask, count())
    case 'mean_sqrt_len':
      return g.div(mask, g.sqrt(count()))
    case 'weightedmean': {
      const weighted = g.mul(mask, g.add(positions(), 1))
      return g.div(weighted, g.max(g.reduceSum(weighted, [1]), 1e-9))
    }
    case 'lasttoken': {
      // The last token is the one whose position is count - 1; halves keep the comparison clear of rounding.
      const distance = g.abs(g.sub(positions(), g.sub(g.reduceSum(mask, [1]), 1)))
      return g.mul(mask, g.cast(g.less(distance, 0.5), 'float32'))
    }
  }
}

/** Scales rows `[rows, size]` to length 1. */
export function l2Normalize(g: GraphBuilder, x: Value): Value {
  return g.div(x, g.sqrt(g.add(g.reduceSum(g.mul(x, x), [1]), 1e-12)))
}
