// AdamW (Loshchilov and Hutter, arXiv 1711.05101): Adam with weight decay apart from the gradient.

import { MemoryMoments, type Moments } from './moments.ts'
import type { ParameterLayout } from './parameter-layout.ts'

export interface AdamWSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

export const adamWDefaults: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

/** The flat buffers a kernel works on; `param`, `m` and `v` change in place. */
export interface AdamWBuffers {
  readonly param: Float32Array
  readonly grad: Float32Array
  readonly m: Float32Array
  readonly v: Float32Array
}

export interface AdamWStep extends AdamWSettings {
  readonly learningRate: number
  /** Number of this step, from 1. */
  readonly step: number
  /** Multiplies the gradient first: clipping and the mean over accumulated batches. */
  readonly gradScale: number
  readonly noDecay: readonly (readonly [start: number, end: number])[]
}

/** The loops over whole models. The kernels in native/ have this shape too, and are several times as fast. */
export interface OptimizerKernel {
  adamw(buffers: AdamWBuffers, step: AdamWStep): void
  sumOfSquares(values: Float32Array): number
}

/** In plain TypeScript, with arithmetic in double precision between loads and stores. */
export const plainKernel: OptimizerKernel = {
  adamw(buffers, step) {
    let start = 0
    for (const [from, to] of step.noDecay) {
      updateRange(buffers, start, from, step, true)
      updateRange(buffers, from, to, step, false)
      start = to
    }
    updateRange(buffers, start, buffers.param.length, step, true)
  },
  sumOfSquares(values) {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
    return sum
  },
}

function updateRange(
  { param, grad, m, v }: AdamWBuffers,
  start: number,
  end: number,
  options: AdamWStep,
  decays: boolean,
): void {
  const { beta1, beta2, epsilon, weightDecay, learningRate, step, gradScale } = options
  const stepSize = learningRate / (1 - beta1 ** step)
  const inverseRootCorrection = 1 / Math.sqrt(1 - beta2 ** step)
  const keep = decays ? 1 - learningRate * weightDecay : 1
  for (let i = start; i < end; i++) {
    const gradient = grad[i]! * gradScale
    const mean = beta1 * m[i]! + (1 - beta1) * gradient
    const square = beta2 * v[i]! + (1 - beta2) * gradient * gradient
    m[i] = mean
    v[i] = square
    param[i] = keep * param[i]! - (stepSize * mean) / (Math.sqrt(square) * inverseRootCorrection + epsilon)
  }
}

/** The norm of a step's gradient and what clipping did to it. */
export interface StepReport {
  /** Euclidean norm of the whole gradient before clipping. */
  readonly gradientNorm: number
  /** Whether the norm was above the limit. */
  readonly clipped: boolean
}

export interface StepOptions {
  readonly learningRate: number
  /** Gradients were summed over this many batches; the step takes their mean. Default 1. */
  readonly accumulated?: number
  /** Limit for the norm of the mean gradient. Default: none. */
  readonly maxNorm?: number
}

/** AdamW over the flat buffers of a layout. */
export class AdamW {
  readonly parameters: Float32Array
  /** Write or add the gradients here before `step`. */
  readonly gradients: Float32Array
  /** A checkpoint keeps them beside the weights and the number of steps. */
  readonly moments: Moments
  readonly #settings: AdamWSettings
  readonly #kernel: OptimizerKernel
  readonly #noDecay: readonly (readonly [number, number])[]
  #step = 0

  /**
   * @param parameters the weights in the order of `layout`; updated in place. May lie in shared memory, as the other buffers then do.
   * @param moments default: in memory
   * @throws RangeError when a buffer does not have the layout's length
   */
  constructor(
    layout: ParameterLayout,
    parameters: Float32Array,
    settings: AdamWSettings = adamWDefaults,
    kernel: OptimizerKernel = plainKernel,
    moments?: Moments,
  ) {
    const zeros = (length: number) =>
      parameters.buffer instanceof SharedArrayBuffer
        ? new Float32Array(new SharedArrayBuffer(length * 4))
        : new Float32Array(length)
    this.parameters = parameters
    this.moments = moments ?? new MemoryMoments(layout.length, zeros)
    for (const [what, { length }] of Object.entries({ weights: parameters, moments: this.moments }))
      if (length !== layout.length) throw new RangeError(`${length} ${what} for a layout of ${layout.length}`)
    this.gradients = zeros(layout.length)
    this.#settings = settings
    this.#kernel = kernel
    this.#noDecay = layout.noDecayRanges()
  }

  /**
   * One step with the gradients gathered so far, which are zero afterwards.
   *
   * @throws Error when the gradient is not finite: the weights are then as before, and the gradients stay for inspection. What keeping
   *   the moments throws: weights and moments are then those of no step, see {@link Moments.update}
   */
  step({ learningRate, accumulated = 1, maxNorm = Infinity }: StepOptions): StepReport {
    const gradientNorm = Math.sqrt(this.#kernel.sumOfSquares(this.gradients)) / accumulated
    if (!Number.isFinite(gradientNorm)) {
      throw new Error(
        `the gradient of step ${this.#step + 1} is not finite: lower the learning rate, or look for texts without tokens in the batch`,
      )
    }
    const gradScale = clipFactor(gradientNorm, maxNorm) / accumulated
    this.#step++
    this.moments.update((start, m, v) => {
      const end = start + m.length
      const buffers = { param: this.parameters.subarray(start, end), grad: this.gradients.subarray(start, end), m, v }
      this.#kernel.adamw(buffers, {
        ...this.#settings,
        learningRate,
        step: this.#step,
        gradScale,
        noDecay: rangesWithin(this.#noDecay, start, end),
      })
    })
    this.gradients.fill(0)
    return { gradientNorm, clipped: gradientNorm > maxNorm }
  }

  /** Steps taken. */
  get steps(): number {
    return this.#step
  }

  /** Goes on after so many steps, with weights and moments that the caller has brought back. */
  resumeAfter(steps: number): void {
    this.#step = steps
  }
}

/** The parts of ascending ranges that lie in `[start, end)`, counted from `start`. */
function rangesWithin(
  ranges: readonly (readonly [number, number])[],
  start: number,
  end: number,
): readonly (readonly [number, number])[] {
  return ranges
    .filter(([from, to]) => from < end && start < to)
    .map(([from, to]) => [Math.max(from, start) - start, Math.min(to, end) - start])
}

/** What brings a gradient of `norm` down to `maxNorm`; 1 when it is below. As PyTorch's clip_grad_norm_. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6))
}
