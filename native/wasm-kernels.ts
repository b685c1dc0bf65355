import {
  ADAMW_CONSTANTS,
  adamwConstants,
  type AdamwOptions,
  type AdamwState,
  checkAdamw,
  checkSameLength,
  decaySegments,
} from './adamw.ts'
import { MAX_DIMENSIONS, PaddedInt8Index } from './int8-index.ts'
import { type Int8Index, type Kernels, MAX_SCAN_RESULTS } from './kernels.ts'
import { REDUCTION_BLOCK } from './typescript-kernels.ts'

/** The exports of kernels.wasm; a pointer is a byte offset into the memory. See src/scan.c and src/optimizer.c. */
export interface WasmExports {
  readonly __heap_base: WebAssembly.Global
  scan_int8(
    codes: number,
    firstRow: number,
    rows: number,
    stride: number,
    query: number,
    filter: number,
    heap: number,
    size: number,
    k: number,
  ): number
  sort_candidates(heap: number, size: number): void
  adamw(param: number, grad: number, m: number, v: number, n: number, constants: number): void
  sum_of_squares_block(x: number, n: number): number
  add_scaled(y: number, a: number, x: number, n: number): void
  to_bfloat16(source: number, target: number, n: number): void
  from_bfloat16(source: number, target: number, n: number): void
}

const PAGE = 65536
/** The most a 32-bit WebAssembly memory can have. */
const MAX_PAGES = 65536
/** Rows per call into the kernel: bounds the memory of the filter. A multiple of 8. */
const SCAN_ROWS = 65536
/** Elements per buffer of the optimizer kernels; four of them stay in the second-level cache. */
const CHUNK = 16384

/** WebAssembly with 128-bit SIMD: no compiler on the user's machine, one thread, data copied in and out by chunks. */
export class WasmKernels implements Kernels {
  readonly backend = 'wasm-simd'
  readonly notes: readonly string[]
  readonly #module: WebAssembly.Module
  readonly #exports: WasmExports
  readonly #buffers: readonly [Float32Array, Float32Array, Float32Array, Float32Array]
  readonly #constants: Float32Array

  constructor(module: WebAssembly.Module, notes: readonly string[] = []) {
    this.notes = notes
    this.#module = module
    const chunkBytes = REDUCTION_BLOCK * 4
    const memory = new WebAssembly.Memory({ initial: 1 + (4 * chunkBytes) / PAGE })
    this.#exports = instantiate(module, memory)
    const base = heapBase(this.#exports)
    this.#constants = new Float32Array(memory.buffer, base, ADAMW_CONSTANTS)
    const buffer = (i: number) => new Float32Array(memory.buffer, PAGE + i * chunkBytes, REDUCTION_BLOCK)
    this.#buffers = [buffer(0), buffer(1), buffer(2), buffer(3)]
  }

  createInt8Index(dimensions: number): Int8Index {
    return new WasmInt8Index(this.#module, dimensions)
  }

  adamw(state: AdamwState, options: AdamwOptions): void {
    checkAdamw(state, options)
    const { param, grad, m, v } = state
    const [paramChunk, gradChunk, mChunk, vChunk] = this.#buffers
    const constants = { decay: adamwConstants(options, true), noDecay: adamwConstants(options, false) }
    for (const { start, end, decays } of decaySegments(param.length, options.noDecay, CHUNK)) {
      const n = end - start
      paramChunk.set(param.subarray(start, end))
      gradChunk.set(grad.subarray(start, end))
      mChunk.set(m.subarray(start, end))
      vChunk.set(v.subarray(start, end))
      this.#constants.set(decays ? constants.decay : constants.noDecay)
      this.#exports.adamw(
        paramChunk.byteOffset,
        gradChunk.byteOffset,
        mChunk.byteOffset,
        vChunk.byteOffset,
        n,
        this.#constants.byteOffset,
      )
      param.set(paramChunk.subarray(0, n), start)
      m.set(mChunk.subarray(0, n), start)
      v.set(vChunk.subarray(0, n), start)
    }
  }

  sumOfSquares(x: Float32Array): number {
    const [buffer] = this.#buffers
    let sum = 0
    for (let at = 0; at < x.length; at += REDUCTION_BLOCK) {
      const block = x.subarray(at, at + REDUCTION_BLOCK)
      buffer.set(block)
      sum += this.#exports.sum_of_squares_block(buffer.byteOffset, block.length)
    }
    return sum
  }

  addScaled(y: Float32Array, a: number, x: Float32Array): void {
    checkSameLength('addScaled', y, x)
    const [yChunk, xChunk] = this.#buffers
    for (let at = 0; at < y.length; at += CHUNK) {
      const target = y.subarray(at, at + CHUNK)
      yChunk.set(target)
      xChunk.set(x.subarray(at, at + CHUNK))
      this.#exports.add_scaled(yChunk.byteOffset, a, xChunk.byteOffset, target.length)
      target.set(yChunk.subarray(0, target.length))
    }
  }

  toBfloat16(source: Float32Array, target: Uint16Array): void {
    checkSameLength('toBfloat16', source, target)
    const [wide, buffer] = this.#buffers
    const narrow = new Uint16Array(buffer.buffer, buffer.byteOffset, CHUNK)
    for (let at = 0; at < source.length; at += CHUNK) {
      const chunk = source.subarray(at, at + CHUNK)
      wide.set(chunk)
      this.#exports.to_bfloat16(wide.byteOffset, narrow.byteOffset, chunk.length)
      target.set(narrow.subarray(0, chunk.length), at)
    }
  }

  fromBfloat16(source: Uint16Array, target: Float32Array): void {
    checkSameLength('fromBfloat16', source, target)
    const [wide, buffer] = this.#buffers
    const narrow = new Uint16Array(buffer.buffer, buffer.byteOffset, CHUNK)
    for (let at = 0; at < source.length; at += CHUNK) {
      const chunk = source.subarray(at, at + CHUNK)
      narrow.set(chunk)
      this.#exports.from_bfloat16(narrow.byteOffset, wide.byteOffset, chunk.length)
      target.set(wide.subarray(0, chunk.length), at)
    }
  }
}

/**
 * One memory per index: query, heap and filter first, then the codes to the end. Growing a WebAssembly memory does not
 * move it.
 */
class WasmInt8Index extends PaddedInt8Index {
  readonly #memory: WebAssembly.Memory
  readonly #exports: WasmExports
  readonly #query: number
  readonly #heap: number
  readonly #filter: number
  readonly #codes: number

  constructor(module: WebAssembly.Module, dimensions: number) {
    super(dimensions)
    this.#memory = new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES })
    this.#exports = instantiate(module, this.#memory)
    this.#query = heapBase(this.#exports)
    this.#heap = this.#query + MAX_DIMENSIONS * 2
    this.#filter = this.#heap + MAX_SCAN_RESULTS * 8
    this.#codes = 2 * PAGE
  }

  protected override get maxBytes(): number {
    return MAX_PAGES * PAGE - this.#codes
  }

  protected resize(bytes: number): void {
    const pages = Math.ceil((this.#codes + bytes) / PAGE)
    this.#memory.grow(Math.max(0, pages - this.#memory.buffer.byteLength / PAGE))
  }

  protected bytes(): Int8Array {
    return new Int8Array(this.#memory.buffer, this.#codes)
  }

  protected best(query: Int16Array, k: number, filter: Uint8Array | undefined): Int32Array {
    const { buffer } = this.#memory
    new Int16Array(buffer, this.#query, query.length).set(query)
    let size = 0
    for (let row = 0; row < this.length; row += SCAN_ROWS) {
      const rows = Math.min(SCAN_ROWS, this.length - row)
      if (filter) new Uint8Array(buffer, this.#filter).set(filter.subarray(row / 8, Math.ceil((row + rows) / 8)))
      size = this.#exports.scan_int8(
        this.#codes + row * this.stride,
        row,
        rows,
        this.stride,
        this.#query,
        filter ? this.#filter : 0,
        this.#heap,
        size,
        k,
      )
    }
    this.#exports.sort_candidates(this.#heap, size)
    return new Int32Array(buffer, this.#heap, 2 * size)
  }
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): WasmExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmExports
}

/** First byte after the stack and the data of the module, aligned for 64-bit words. */
function heapBase(exports: WasmExports): number {
  return Math.ceil((exports.__heap_base.value as number) / 64) * 64
}
