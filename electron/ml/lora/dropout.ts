// Dropout that runs on every execution provider and repeats exactly.
//
// [Note: dropout] onnxruntime's Dropout in training mode has no WebGPU kernel, and its random state is not part of a checkpoint. Feeding
// whole masks would be as much data as the activations. So a mask is made in the graph from two short vectors of random numbers that are
// fed: element (i, j) is dropped when the fraction of rows[i] * (columns[j] + shift) is below the rate, the shift being the layer's own.
// For fixed i these are as many independent uniform numbers as there are columns, and likewise for fixed j.

import type { Dim, GraphBuilder, Value } from '../ir/index.ts'

/** The random numbers a mask is made from: `rows [rows]` and `columns [columns]`, see dropoutNumbers. */
export interface DropoutNoise {
  readonly rows: Value
  readonly columns: Value
}

/** Numbers to feed: rows in [64, 128), so that products run through the unit interval many times; columns in [0, 1). */
export function dropoutNumbers(kind: 'rows' | 'columns', length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => (kind === 'rows' ? 64 + 64 * random() : random()))
}

/**
 * Drops a share of the elements of `x [rows, columns]` and scales the others up by 1 / (1 - rate).
 *
 * @param salt another number gives another mask from the same noise
 */
export function dropout(g: GraphBuilder, x: Value, rate: number, noise: DropoutNoise, salt: number): Value {
  if (rate === 0) return x
  return g.scope('dropout', () => {
    const [rows, columns] = x.shape as readonly [Dim, Dim]
    const shift = (salt * 0.6180339887498949) % 1
    const product = g.mul(g.reshape(noise.rows, [rows, 1]), g.add(g.reshape(noise.columns, [1, columns]), shift))
    const uniform = g.sub(product, g.node('Floor', [product]))
    const kept = g.cast(g.greaterOrEqual(uniform, rate), x.type)
    return g.mul(x, g.mul(kept, 1 / (1 - rate)))
  })
}
