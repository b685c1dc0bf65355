// Texts as bags of tokens, and the two loops of a static model: weighted sums of table rows, and their gradients.

/** Token ids of many texts in one array; text i has the ids from `starts[i]` to `starts[i + 1]`. */
export interface TokenBags {
  readonly ids: Int32Array
  readonly starts: Int32Array
}

export function packBags(rows: readonly ArrayLike<number>[]): TokenBags {
  const starts = new Int32Array(rows.length + 1)
  for (const [i, row] of rows.entries()) starts[i + 1] = starts[i]! + row.length
  const ids = new Int32Array(starts[rows.length]!)
  for (const [i, row] of rows.entries()) ids.set(row, starts[i]!)
  return { ids, starts }
}

export function bagCount(bags: TokenBags): number {
  return bags.starts.length - 1
}

/** A token table `[tokens, width]` with one weight a token, `[tokens]`. */
export interface TokenTable {
  readonly width: number
  readonly table: Float32Array
  readonly weights: Float32Array
}

export interface PooledBags {
  /** `[texts, width]`, of length 1; zeros for a text without tokens. */
  readonly vectors: Float32Array
  /** Lengths before normalization, for the backward pass. */
  readonly norms: Float32Array
}

/** Vectors of texts: the weighted sum of their tokens' rows, scaled to length 1. */
export function poolBags({ ids, starts }: TokenBags, { width, table, weights }: TokenTable): PooledBags {
  const count = starts.length - 1
  const vectors = new Float32Array(count * width)
  const norms = new Float32Array(count)
  const sum = new Float64Array(width)
  for (let text = 0; text < count; text++) {
    sum.fill(0)
    for (let at = starts[text]!; at < starts[text + 1]!; at++) {
      const id = ids[at]!
      const weight = weights[id]!
      const row = id * width
      for (let i = 0; i < width; i++) sum[i]! += weight * table[row + i]!
    }
    let squares = 0
    for (let i = 0; i < width; i++) squares += sum[i]! * sum[i]!
    const norm = Math.sqrt(squares)
    norms[text] = norm
    if (norm > 0) for (let i = 0; i < width; i++) vectors[text * width + i] = sum[i]! / norm
  }
  return { vectors, norms }
}

/** Gradients of a token table, dense; add up over batches. */
export interface TableGradients {
  readonly table: Float32Array
  readonly weights: Float32Array
}

/**
 * Takes gradients of vectors back to the table and the weights.
 *
 * @param dVectors `[texts, width]`
 */
export function addBagGradients(
  { ids, starts }: TokenBags,
  { width, table, weights }: TokenTable,
  { vectors, norms }: PooledBags,
  dVectors: Float32Array,
  into: TableGradients,
): void {
  const count = starts.length - 1
  const dSum = new Float64Array(width)
  for (let text = 0; text < count; text++) {
    const norm = norms[text]!
    if (norm === 0) continue
    const first = text * width
    // The vector has length 1, so only the part of the gradient across it counts: (d - v (v . d)) / norm.
    let along = 0
    for (let i = 0; i < width; i++) along += vectors[first + i]! * dVectors[first + i]!
    for (let i = 0; i < width; i++) dSum[i] = (dVectors[first + i]! - along * vectors[first + i]!) / norm
    for (let at = starts[text]!; at < starts[text + 1]!; at++) {
      const id = ids[at]!
      const weight = weights[id]!
      const row = id * width
      let dWeight = 0
      for (let i = 0; i < width; i++) {
        const d = dSum[i]!
        dWeight += d * table[row + i]!
        into.table[row + i]! += weight * d
      }
      into.weights[id]! += dWeight
    }
  }
}
