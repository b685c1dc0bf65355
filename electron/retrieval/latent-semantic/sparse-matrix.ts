/** A sparse matrix by rows (CSR). */
export class SparseMatrix {
  readonly rows: number
  readonly columns: number
  /** Row r has the entries `starts[r]` to `starts[r + 1]`. */
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float32Array

  constructor(columns: number, rows: readonly SparseRow[]) {
    this.rows = rows.length
    this.columns = columns
    this.starts = new Int32Array(rows.length + 1)
    rows.forEach((row, r) => (this.starts[r + 1] = this.starts[r]! + row.indices.length))
    this.indices = new Int32Array(this.starts[rows.length]!)
    this.values = new Float32Array(this.starts[rows.length]!)
    rows.forEach((row, r) => {
      this.indices.set(row.indices, this.starts[r])
      this.values.set(row.values, this.starts[r])
    })
  }

  /** `this x dense`: `[rows, width]` from `[columns, width]`. */
  times(dense: Float32Array, width: number): Float32Array {
    const result = new Float32Array(this.rows * width)
    for (let row = 0; row < this.rows; row++) {
      const to = row * width
      for (let entry = this.starts[row]!; entry < this.starts[row + 1]!; entry++)
        addScaled(result, to, dense, this.indices[entry]! * width, this.values[entry]!, width)
    }
    return result
  }

  /** `transpose(this) x dense`: `[columns, width]` from `[rows, width]`. */
  transposedTimes(dense: Float32Array, width: number): Float32Array {
    const result = new Float32Array(this.columns * width)
    for (let row = 0; row < this.rows; row++) {
      const from = row * width
      for (let entry = this.starts[row]!; entry < this.starts[row + 1]!; entry++)
        addScaled(result, this.indices[entry]! * width, dense, from, this.values[entry]!, width)
    }
    return result
  }
}

export interface SparseRow {
  readonly indices: Int32Array
  readonly values: Float32Array
}

function addScaled(
  to: Float32Array,
  at: number,
  from: Float32Array,
  start: number,
  factor: number,
  width: number,
): void {
  for (let i = 0; i < width; i++) to[at + i]! += factor * from[start + i]!
}
