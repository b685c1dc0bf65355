/** The flat buffers of an optimizer, all of one length. `param`, `m` and `v` are updated in place. */
export interface AdamwState {
  readonly param: Float32Array
  readonly grad: Float32Array
  /** First moment; zeros before the first step. */
  readonly m: Float32Array
  /** Second moment; zeros before the first step. */
  readonly v: Float32Array
}

export interface AdamwOptions {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /** Number of this step, from 1, for the bias correction. */
  readonly step: number
  /** The gradient is multiplied by this first: clipping, and the mean over accumulated batches. Default 1. */
  readonly gradScale?: number
  /** Elements without weight decay (biases, norms), as `[start, end)` in ascending order, not overlapping. */
  readonly noDecay?: readonly (readonly [start: number, end: number])[]
}

/** Number of float32 words of the C struct AdamwConstants. */
export const ADAMW_CONSTANTS = 9

/**
 * The constants of a step in the order of the C struct AdamwConstants, computed in double and rounded once, so that all
 * backends start from the same bits. The last word is the decay factor.
 */
export function adamwConstants(options: AdamwOptions, decays: boolean): Float32Array {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, gradScale = 1 } = options
  return Float32Array.of(
    gradScale,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
    learningRate / (1 - beta1 ** step),
    decays ? 1 - learningRate * weightDecay : 1,
  )
}

/** @throws RangeError naming the buffer, the range or the number that does not fit. */
export function checkAdamw({ param, grad, m, v }: AdamwState, { step, noDecay = [] }: AdamwOptions): void {
  for (const [name, buffer] of Object.entries({ grad, m, v })) {
    if (buffer.length !== param.length) {
      throw new RangeError(`AdamW: ${name} has ${buffer.length} elements, param ${param.length}`)
    }
  }
  if (!Number.isInteger(step) || step < 1) throw new RangeError(`AdamW: steps count from 1, not ${step}`)
  let last = 0
  for (const [start, end] of noDecay) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && last <= start && start <= end && end <= param.length)) {
      throw new RangeError(`AdamW: the range [${start}, ${end}) without decay overlaps or leaves 0..${param.length}`)
    }
    last = end
  }
}

/** Cuts `[0, length)` at the edges of the ranges without decay and every `chunk` elements. */
export function* decaySegments(
  length: number,
  noDecay: AdamwOptions['noDecay'] = [],
  chunk = Infinity,
): Generator<{ readonly start: number; readonly end: number; readonly decays: boolean }> {
  let at = 0
  const edges = [...noDecay.flatMap(([start, end]) => [start, end]), length]
  for (const [i, edge] of edges.entries()) {
    for (; at < edge; at = Math.min(at + chunk, edge)) {
      yield { start: at, end: Math.min(at + chunk, edge), decays: i % 2 === 0 }
    }
  }
}

/** @throws RangeError when two arrays that belong together differ in length. */
export function checkSameLength(kernel: string, a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) throw new RangeError(`${kernel}: ${a.length} elements and ${b.length} elements`)
}
