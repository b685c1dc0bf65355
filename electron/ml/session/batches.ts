// Cutting texts of different lengths into batches that waste little padding.

/** Texts of one run, by their index in the caller's order, padded to the length of the longest. */
export interface Batch {
  readonly indices: readonly number[]
  /** Padded length in tokens. */
  readonly sequence: number
}

export interface BatchLimits {
  /** Bound of `indices.length * sequence`; a single longer text still gets a batch of its own. */
  readonly tokens: number
  /** Bound of `indices.length`. */
  readonly texts: number
  /** Lengths are rounded up to a multiple of this: fewer shapes for devices that compile one shader a shape. */
  readonly lengthStep: number
  /** Rounding up stops here: the model has no positions beyond. */
  readonly maxSequence: number
}

/**
 * Small batches keep the values between two layers in the processor's cache and waste little padding. Tokens a CPU second
 * with 33 million weights (`bench:embed`'s passages): 128 tokens 3,460, 512 tokens 3,550, 1,024 3,300, 4,096 2,160.
 */
export const CPU_BATCH_TOKENS = 512

/**
 * Sorts texts by length and cuts them into batches, longest first, so that running out of memory or time shows at once.
 * Measured on log-normal lengths (mean 96, cap 256): 1.9 times the throughput of batches in arrival order.
 *
 * @param lengths tokens of each text
 */
export function planBatches(lengths: readonly number[], limits: BatchLimits): readonly Batch[] {
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const batches: Batch[] = []
  for (let start = 0; start < order.length;) {
    const longest = Math.max(1, lengths[order[start]!]!)
    const stepped = Math.ceil(longest / limits.lengthStep) * limits.lengthStep
    const sequence = Math.max(longest, Math.min(stepped, limits.maxSequence))
    const count = Math.max(1, Math.min(limits.texts, Math.floor(limits.tokens / sequence)))
    batches.push({ indices: order.slice(start, start + count), sequence })
    start += count
  }
  return batches
}

/** Token ids and mask of a batch, row-major `[texts, sequence]`, padded on the right. */
export function padBatch(
  rows: readonly ArrayLike<number>[],
  sequence: number,
  padId: number,
): { ids: BigInt64Array; mask: BigInt64Array } {
  const ids = new BigInt64Array(rows.length * sequence).fill(BigInt(padId))
  const mask = new BigInt64Array(rows.length * sequence)
  for (const [row, tokens] of rows.entries()) {
    for (let t = 0; t < tokens.length; t++) ids[row * sequence + t] = BigInt(tokens[t]!)
    mask.fill(1n, row * sequence, row * sequence + tokens.length)
  }
  return { ids, mask }
}
