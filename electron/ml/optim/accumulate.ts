// Adding up gradients over micro-batches, outside of the graph.

/** `target += source`. */
export function addGradient(target: Float32Array, source: Float32Array): void {
  if (target.length !== source.length)
    throw new RangeError(`a gradient of ${source.length} elements for ${target.length} weights`)
  for (let i = 0; i < target.length; i++) target[i]! += source[i]!
}

/**
 * Adds the rows of a table's gradient (autodiff's RowGradient) to its dense gradient `[rows, width]`. Indices may repeat.
 *
 * @param indices int64 as onnxruntime returns them, or plain numbers
 * @throws RangeError when an index lies outside of the table
 */
export function addRows(
  target: Float32Array,
  width: number,
  indices: ArrayLike<bigint | number>,
  rows: Float32Array,
): void {
  if (rows.length !== indices.length * width)
    throw new RangeError(`${rows.length} numbers are not ${indices.length} rows of ${width}`)
  for (let lookup = 0; lookup < indices.length; lookup++) {
    const [from, to] = [lookup * width, Number(indices[lookup]!) * width]
    if (to < 0 || to + width > target.length)
      throw new RangeError(`row ${indices[lookup]} lies outside of a table of ${target.length / width}`)
    for (let i = 0; i < width; i++) target[to + i]! += rows[from + i]!
  }
}
