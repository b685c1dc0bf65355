// Masked next-token prediction (LLM2Vec, arXiv 2404.05961): stage 1 of the method, which teaches a decoder to look both ways.

import type { GraphBuilder, Value } from '../ir/index.ts'

export interface MaskedTokens {
  /** Rows of the token vectors to predict from, `[masked]` int64: the position *before* each masked token. */
  readonly rows: Value
  /** The tokens that were masked, `[masked]` int64. */
  readonly labels: Value
  /** `[masked]` float32: 1, or 0 for rows that only fill the array up. */
  readonly weights: Value
}

/**
 * Cross-entropy of the masked tokens, mean over those with weight. Rows are picked before the product with the vocabulary: 20 % of the
 * positions, and logits are the largest tensor of the step.
 *
 * @param hidden token vectors `[tokens, hidden]`
 * @param logits from picked rows `[masked, hidden]` to `[masked, vocabulary]`: the language model head
 */
export function maskedNextTokenLoss(
  g: GraphBuilder,
  hidden: Value,
  { rows, labels, weights }: MaskedTokens,
  logits: (rows: Value) => Value,
): Value {
  return g.scope('maskedNextToken', () => {
    const scores = logits(g.gather(hidden, rows))
    const ofLabels = g.gatherElements(scores, g.unsqueeze(labels, [1]), 1)
    const losses = g.squeeze(g.sub(g.logSumExp(scores), ofLabels), [1])
    return g.div(g.reduceSum(g.mul(losses, weights), [0], false), g.max(g.reduceSum(weights, [0], false), 1))
  })
}

export interface MaskingOptions {
  /** Share of tokens to mask; the method uses 0.2. */
  readonly rate: number
  /** The token that stands for a masked one; the method uses "_", as the models have no mask token. */
  readonly maskToken: number
  /** Tokens that are never masked: padding, beginning and end of text. */
  readonly special: ReadonlySet<number>
}

export interface MaskedText {
  /** Tokens with the masked ones replaced. */
  readonly ids: readonly number[]
  /** Positions to predict from: one before each masked token. */
  readonly rows: readonly number[]
  readonly labels: readonly number[]
}

/**
 * Masks a text. At least one token is masked when any can be; the first never is, for nothing stands before it.
 *
 * @param random uniform numbers in [0, 1); the same numbers give the same mask
 */
export function maskTokens(
  ids: readonly number[],
  random: () => number,
  { rate, maskToken, special }: MaskingOptions,
): MaskedText {
  const open = [...ids.keys()].filter((position) => position > 0 && !special.has(ids[position]!))
  const count = Math.min(open.length, Math.max(1, Math.round(rate * open.length)))
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(random() * (open.length - index))
    ;[open[index], open[other]] = [open[other]!, open[index]!]
  }
  const masked = open.slice(0, count).sort((a, b) => a - b)
  const hidden = new Set(masked)
  return {
    ids: ids.map((id, position) => (hidden.has(position) ? maskToken : id)),
    rows: masked.map((position) => position - 1),
    labels: masked.map((position) => ids[position]!),
  }
}
