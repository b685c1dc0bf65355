import {
  adamwConstants,
  type AdamwOptions,
  type AdamwState,
  checkAdamw,
  checkSameLength,
  decaySegments,
} from './adamw.ts'
import { PaddedInt8Index } from './int8-index.ts'
import type { Int8Index, Kernels } from './kernels.ts'

/** Elements per partial sum; REDUCTION_BLOCK of src/kernels.h. */
export const REDUCTION_BLOCK = 65536
const LANES = 16

/**
 * The reference: what the other backends must reproduce bit for bit. A float32 operation is the double operation rounded
 * by `Math.fround`, which for + - * / and sqrt is the same as rounding once (53 >= 2 * 24 + 2 bits).
 */
export class TypescriptKernels implements Kernels {
  readonly backend = 'typescript'
  readonly notes: readonly string[]

  constructor(notes: readonly string[] = []) {
    this.notes = notes
  }

  createInt8Index(dimensions: number): Int8Index {
    return new TypescriptInt8Index(dimensions)
  }

  adamw(state: AdamwState, options: AdamwOptions): void {
    checkAdamw(state, options)
    for (const { start, end, decays } of decaySegments(state.param.length, options.noDecay)) {
      adamwSegment(state, start, end, adamwConstants(options, decays))
    }
  }

  sumOfSquares(x: Float32Array): number {
    let sum = 0
    for (let at = 0; at < x.length; at += REDUCTION_BLOCK)
      sum += sumOfSquaresBlock(x.subarray(at, at + REDUCTION_BLOCK))
    return sum
  }

  addScaled(y: Float32Array, a: number, x: Float32Array): void {
    checkSameLength('addScaled', y, x)
    const scale = Math.fround(a)
    for (let i = 0; i < y.length; i++) y[i] = y[i]! + Math.fround(scale * x[i]!)
  }

  toBfloat16(source: Float32Array, target: Uint16Array): void {
    checkSameLength('toBfloat16', source, target)
    const words = new Uint32Array(source.buffer, source.byteOffset, source.length)
    for (let i = 0; i < words.length; i++) {
      const bits = words[i]!
      const high = bits >>> 16
      const isNaN = (bits & 0x7fffffff) > 0x7f800000
      target[i] = isNaN ? high | 0x40 : (bits + 0x7fff + (high & 1)) >>> 16
    }
  }

  fromBfloat16(source: Uint16Array, target: Float32Array): void {
    checkSameLength('fromBfloat16', source, target)
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length)
    for (let i = 0; i < words.length; i++) words[i] = source[i]! << 16
  }
}

function adamwSegment({ param, grad, m, v }: AdamwState, start: number, end: number, constants: Float32Array): void {
  const [gradScale, beta1, oneMinusBeta1, beta2, oneMinusBeta2, invSqrtBias2, epsilon, stepSize, decay] =
    constants as unknown as readonly [number, number, number, number, number, number, number, number, number]
  const f = Math.fround
  for (let i = start; i < end; i++) {
    const g = f(grad[i]! * gradScale)
    const mi = f(f(beta1 * m[i]!) + f(oneMinusBeta1 * g))
    const vi = f(f(beta2 * v[i]!) + f(oneMinusBeta2 * f(g * g)))
    m[i] = mi
    v[i] = vi
    const denominator = f(f(f(Math.sqrt(vi)) * invSqrtBias2) + epsilon)
    param[i] = f(decay * param[i]!) - f(stepSize * f(mi / denominator))
  }
}

/** At most REDUCTION_BLOCK elements: lane j takes the elements i = j mod 16, the lanes are added up pairwise. */
function sumOfSquaresBlock(x: Float32Array): number {
  const lanes = new Float64Array(LANES)
  for (let i = 0; i < x.length; i++) lanes[i % LANES]! += x[i]! * x[i]!
  for (let width = LANES / 2; width >= 1; width /= 2) {
    for (let j = 0; j < width; j++) lanes[j]! += lanes[j + width]!
  }
  return lanes[0]!
}

class TypescriptInt8Index extends PaddedInt8Index {
  #codes = new Int8Array(0)

  protected resize(bytes: number): void {
    const grown = new Int8Array(bytes)
    grown.set(this.#codes)
    this.#codes = grown
  }

  protected bytes(): Int8Array {
    return this.#codes
  }

  protected best(query: Int16Array, k: number, filter: Uint8Array | undefined): Int32Array {
    const scores = new Map<number, number>()
    for (let row = 0; row < this.length; row++) {
      if (filter && !((filter[row >> 3]! >> (row & 7)) & 1)) continue
      let score = 0
      const start = row * this.stride
      for (let d = 0; d < this.stride; d++) score += this.#codes[start + d]! * query[d]!
      scores.set(row, score)
    }
    const sorted = [...scores].sort(([rowA, a], [rowB, b]) => b - a || rowA - rowB).slice(0, k)
    return Int32Array.from(sorted.flatMap(([row, score]) => [~row, score]))
  }
}
