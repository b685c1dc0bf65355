import type { Pooling } from '../nn/pooling.ts'

/**
 * Pools token vectors `[texts, sequence, width]` outside a graph, for ready-made models that end at the tokens.
 *
 * @param lengths real tokens of each text; the rest of its row is padding
 * @returns `[texts, width]`
 */
export function poolRows(
  pooling: Pooling,
  tokens: Float32Array,
  lengths: readonly number[],
  sequence: number,
  width: number,
): Float32Array {
  const out = new Float32Array(lengths.length * width)
  for (const [text, length] of lengths.entries()) {
    const row = out.subarray(text * width, (text + 1) * width)
    if (pooling === 'max') row.fill(length > 0 ? -Infinity : 0)
    for (let t = 0; t < length; t++) {
      const token = tokens.subarray((text * sequence + t) * width, (text * sequence + t + 1) * width)
      const weight = tokenWeight(pooling, t, length)
      for (let i = 0; i < width; i++) {
        if (pooling === 'max') row[i] = Math.max(row[i]!, token[i]!)
        else row[i] = row[i]! + weight * token[i]!
      }
    }
  }
  return out
}

/** The share of token `t` of `length` in the text's vector. */
function tokenWeight(pooling: Pooling, t: number, length: number): number {
  switch (pooling) {
    case 'cls':
      return t === 0 ? 1 : 0
    case 'lasttoken':
      return t === length - 1 ? 1 : 0
    case 'mean_sqrt_len':
      return 1 / Math.sqrt(length)
    case 'weightedmean':
      return (2 * (t + 1)) / (length * (length + 1))
    case 'mean':
    case 'max':
      return 1 / length
  }
}
