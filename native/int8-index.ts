import { type Int8Index, MAX_SCAN_RESULTS, type ScanResult } from './kernels.ts'

/** Rows are padded with zeros to a multiple of this many bytes; see ROW_ALIGNMENT in src/kernels.h. */
export const ROW_ALIGNMENT = 64

export const MAX_DIMENSIONS = 8192

/** What all backends share: checks, padding, row bookkeeping. A backend adds the memory and the scan. */
export abstract class PaddedInt8Index implements Int8Index {
  readonly dimensions: number
  /** Bytes from one row to the next. */
  protected readonly stride: number
  #length = 0
  #capacity = 0

  constructor(dimensions: number) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new RangeError(`An int8 index takes vectors of 1 to ${MAX_DIMENSIONS} dimensions, not ${dimensions}`)
    }
    this.dimensions = dimensions
    this.stride = Math.ceil(dimensions / ROW_ALIGNMENT) * ROW_ALIGNMENT
  }

  get length(): number {
    return this.#length
  }

  reserve(rows: number): void {
    if (rows <= this.#capacity) return
    if (rows * this.stride > this.maxBytes) {
      throw new RangeError(
        `${rows} rows of ${this.stride} bytes are more than the ${Math.floor(this.maxBytes / 2 ** 20)} MiB that an index ` +
          'can have here. Build the native addon, or use the exact search of the vector store.',
      )
    }
    this.resize(rows * this.stride)
    this.#capacity = rows
  }

  append(codes: Int8Array): void {
    const { dimensions, stride } = this
    const rows = codes.length / dimensions
    if (!Number.isInteger(rows)) {
      throw new RangeError(`${codes.length} codes are not a whole number of rows of ${dimensions} dimensions`)
    }
    const needed = this.#length + rows
    if (needed > this.#capacity) this.reserve(Math.max(needed, this.#grownCapacity()))
    const bytes = this.bytes()
    const start = this.#length * stride
    if (stride === dimensions) bytes.set(codes, start)
    else {
      for (let row = 0; row < rows; row++) {
        const at = start + row * stride
        bytes.set(codes.subarray(row * dimensions, (row + 1) * dimensions), at)
        bytes.fill(0, at + dimensions, at + stride)
      }
    }
    this.#length = needed
  }

  remove(row: number): void {
    if (!Number.isInteger(row) || row < 0 || row >= this.#length) {
      throw new RangeError(`Row ${row} is not in the index, which has ${this.#length} rows`)
    }
    const last = --this.#length
    this.bytes().copyWithin(row * this.stride, last * this.stride, (last + 1) * this.stride)
  }

  scan(query: Int8Array, k: number, filter?: Uint8Array): ScanResult {
    if (query.length !== this.dimensions) {
      throw new RangeError(`The query has ${query.length} dimensions, the index ${this.dimensions}`)
    }
    if (!Number.isInteger(k) || k < 1 || k > MAX_SCAN_RESULTS) {
      throw new RangeError(`A scan returns 1 to ${MAX_SCAN_RESULTS} rows, not ${k}`)
    }
    if (filter && filter.length * 8 < this.#length) {
      throw new RangeError(`The filter has ${filter.length * 8} bits for ${this.#length} rows`)
    }
    const widened = new Int16Array(this.stride)
    widened.set(query)
    const candidates = this.best(widened, k, filter)
    const found = candidates.length / 2
    const rows = new Uint32Array(found)
    const scores = new Int32Array(found)
    for (let i = 0; i < found; i++) {
      rows[i] = ~candidates[2 * i]!
      scores[i] = candidates[2 * i + 1]!
    }
    return { rows, scores }
  }

  #grownCapacity(): number {
    return Math.min(Math.ceil(this.#capacity * 1.5), Math.floor(this.maxBytes / this.stride))
  }

  /** The most memory the codes may take. */
  protected get maxBytes(): number {
    return Number.MAX_SAFE_INTEGER
  }
  /** Makes room for at least this many bytes of codes, keeping those there. */
  protected abstract resize(bytes: number): void
  /** The memory of the codes; asked for again after every `resize`. */
  protected abstract bytes(): Int8Array
  /** The best candidates, sorted: pairs of (complement of the row, score), `Candidate` of src/kernels.h in little endian. */
  protected abstract best(query: Int16Array, k: number, filter: Uint8Array | undefined): Int32Array
}
