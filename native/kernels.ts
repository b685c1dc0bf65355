import type { AdamwOptions, AdamwState } from './adamw.ts'

/** Which implementation runs, fastest first. `doctor` shows it. */
export type KernelBackend = 'addon-avx512' | 'addon-avx2' | 'addon-neon' | 'wasm-simd' | 'typescript'

/**
 * The hot loops of search and training. Every backend gives the same bits for the same input, whatever the number of
 * threads ([Note: bit-exact kernels] in src/kernels.h); only the payload of a NaN may differ.
 */
export interface Kernels {
  readonly backend: KernelBackend
  /** Why a faster backend is not in use, one sentence each; empty when the addon runs. */
  readonly notes: readonly string[]
  /** @param dimensions length of the vectors, 1 to 8,192. */
  createInt8Index(dimensions: number): Int8Index
  /**
   * One AdamW step in place over flat buffers of equal length (Loshchilov & Hutter 2019, decoupled weight decay).
   * @throws RangeError when the buffers differ in length or a range does not fit.
   */
  adamw(state: AdamwState, options: AdamwOptions): void
  /** Sum of squares, added up in double. The gradient norm is its square root. */
  sumOfSquares(x: Float32Array): number
  /** `y += a * x` in float32 (`a` is rounded to float32 first). @throws RangeError when the lengths differ. */
  addScaled(y: Float32Array, a: number, x: Float32Array): void
  /** float32 to bfloat16, round to nearest even. @throws RangeError when the lengths differ. */
  toBfloat16(source: Float32Array, target: Uint16Array): void
  /** bfloat16 to float32, exact. @throws RangeError when the lengths differ. */
  fromBfloat16(source: Uint16Array, target: Float32Array): void
}

/** Largest `k` of a scan, the same limit as sqlite-vec's. */
export const MAX_SCAN_RESULTS = 4096

/** int8 codes of vectors, scanned exhaustively. Rows are numbered from 0 in the order they were appended. */
export interface Int8Index {
  readonly dimensions: number
  readonly length: number
  /** Makes room for this many rows in all, so that loading does not move memory several times. */
  reserve(rows: number): void
  /**
   * Appends rows. @param codes `[rows, dimensions]`, as `quantise` makes them.
   * @throws RangeError when the length is no multiple of the dimensions, or the memory limit of the backend is met.
   */
  append(codes: Int8Array): void
  /** Removes one row in constant time: the last row takes its number. */
  remove(row: number): void
  /**
   * The `k` rows with the largest dot product, best first, ties by lower row.
   * @param query int8 codes, `[dimensions]`.
   * @param filter one bit per row, least significant bit first; only rows with a 1 are considered.
   */
  scan(query: Int8Array, k: number, filter?: Uint8Array): ScanResult
}

/** Parallel arrays, best first. A score is the dot product of the codes, exact. */
export interface ScanResult {
  readonly rows: Uint32Array
  readonly scores: Int32Array
}
