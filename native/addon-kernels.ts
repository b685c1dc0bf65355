import { adamwConstants, type AdamwOptions, type AdamwState, checkAdamw, checkSameLength } from './adamw.ts'
import { PaddedInt8Index } from './int8-index.ts'
import type { Int8Index, KernelBackend, Kernels } from './kernels.ts'

/** Signatures this file was written for; KERNELS_ABI of src/kernels.h. */
export const KERNELS_ABI = 1

/** What src/addon.cc exports. */
export interface Addon {
  readonly abi: number
  /** Those that this processor has, fastest first. */
  readonly instructionSets: readonly AddonFunctions[]
}

export type InstructionSet = 'avx512' | 'avx2' | 'neon'

interface AddonFunctions {
  readonly isa: InstructionSet
  scanInt8(
    codes: Int8Array,
    rows: number,
    stride: number,
    query: Int16Array,
    filter: Uint8Array | undefined,
    candidates: BigInt64Array,
    threads: number,
  ): number
  adamw(
    param: Float32Array,
    grad: Float32Array,
    m: Float32Array,
    v: Float32Array,
    constants: Float32Array,
    noDecay: Float64Array,
    threads: number,
  ): void
  sumOfSquares(x: Float32Array, threads: number): number
  addScaled(y: Float32Array, a: number, x: Float32Array, threads: number): void
  toBfloat16(source: Float32Array, target: Uint16Array, threads: number): void
  fromBfloat16(source: Uint16Array, target: Float32Array, threads: number): void
}

/** The Node-API addon: the processor's widest vectors, several threads, no copies. Calls block until they are done. */
export class AddonKernels implements Kernels {
  readonly backend: KernelBackend
  readonly notes: readonly string[] = []
  readonly #addon: AddonFunctions
  readonly #threads: number

  /**
   * @param isa default: the fastest of this processor.
   * @throws Error when the addon was built from other sources than these, or the processor lacks the instructions.
   */
  constructor(addon: Addon, threads: number, isa?: InstructionSet) {
    if (addon.abi !== KERNELS_ABI) {
      throw new Error(`the native addon was built for interface ${addon.abi}, this version needs ${KERNELS_ABI}`)
    }
    const functions = addon.instructionSets.find((set) => !isa || set.isa === isa)
    if (!functions) throw new Error(`the native addon cannot run: this processor has no ${isa ?? 'AVX2'}`)
    this.backend = `addon-${functions.isa}`
    this.#addon = functions
    this.#threads = threads
  }

  createInt8Index(dimensions: number): Int8Index {
    return new AddonInt8Index(this.#addon, this.#threads, dimensions)
  }

  adamw(state: AdamwState, options: AdamwOptions): void {
    checkAdamw(state, options)
    const constants = Float32Array.of(...adamwConstants(options, true), ...adamwConstants(options, false))
    const noDecay = Float64Array.from(options.noDecay?.flat() ?? [])
    this.#addon.adamw(state.param, state.grad, state.m, state.v, constants, noDecay, this.#threads)
  }

  sumOfSquares(x: Float32Array): number {
    return this.#addon.sumOfSquares(x, this.#threads)
  }

  addScaled(y: Float32Array, a: number, x: Float32Array): void {
    checkSameLength('addScaled', y, x)
    this.#addon.addScaled(y, a, x, this.#threads)
  }

  toBfloat16(source: Float32Array, target: Uint16Array): void {
    checkSameLength('toBfloat16', source, target)
    this.#addon.toBfloat16(source, target, this.#threads)
  }

  fromBfloat16(source: Uint16Array, target: Float32Array): void {
    checkSameLength('fromBfloat16', source, target)
    this.#addon.fromBfloat16(source, target, this.#threads)
  }
}

class AddonInt8Index extends PaddedInt8Index {
  readonly #addon: AddonFunctions
  readonly #threads: number
  #codes = new Int8Array(new SharedArrayBuffer(0))

  constructor(addon: AddonFunctions, threads: number, dimensions: number) {
    super(dimensions)
    this.#addon = addon
    this.#threads = threads
  }

  protected resize(bytes: number): void {
    const grown = new Int8Array(new SharedArrayBuffer(bytes))
    grown.set(this.#codes)
    this.#codes = grown
  }

  protected bytes(): Int8Array {
    return this.#codes
  }

  protected best(query: Int16Array, k: number, filter: Uint8Array | undefined): Int32Array {
    const candidates = new BigInt64Array(k)
    const found = this.#addon.scanInt8(this.#codes, this.length, this.stride, query, filter, candidates, this.#threads)
    return new Int32Array(candidates.buffer, 0, 2 * found)
  }
}
