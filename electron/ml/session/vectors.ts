// Small vector arithmetic on flat float32 arrays, in double precision.

/** Cuts rows of `width` down to their first `dimensions` elements (Matryoshka) and, on request, scales them to length 1. */
export function finishVectors(
  rows: Float32Array,
  width: number,
  dimensions: number,
  normalize: boolean,
): Float32Array<ArrayBuffer> {
  const count = rows.length / width
  const out = new Float32Array(count * dimensions)
  for (let row = 0; row < count; row++) {
    const from = row * width
    let squares = 0
    for (let i = 0; i < dimensions; i++) squares += rows[from + i]! ** 2
    const scale = normalize && squares > 0 ? 1 / Math.sqrt(squares) : 1
    for (let i = 0; i < dimensions; i++) out[row * dimensions + i] = rows[from + i]! * scale
  }
  return out
}

/** Cosine of each pair of rows. */
export function rowCosines(a: Float32Array, b: Float32Array, width: number): number[] {
  return Array.from({ length: a.length / width }, (_, row) => {
    let [dot, aa, bb] = [0, 0, 0]
    for (let i = row * width; i < (row + 1) * width; i++) {
      dot += a[i]! * b[i]!
      aa += a[i]! ** 2
      bb += b[i]! ** 2
    }
    return aa === 0 && bb === 0 ? 1 : dot / Math.sqrt(aa * bb)
  })
}

export function isFiniteArray(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false
  return true
}
