// Where AdamW keeps what it remembers: 8 bytes a trained weight, twice the model.

/** The running mean of the gradient and that of its square. */
export const MOMENTS = ['m', 'v'] as const
export type Moment = (typeof MOMENTS)[number]

/** Both moments of every trained weight, in the order of the layout; zeros at first. */
export interface Moments {
  /** Elements of one moment. */
  readonly length: number
  /**
   * Hands over all elements, stretch by stretch and ascending; what `change` writes into `m` and `v` is kept.
   * Should keeping fail half-way, the moments are those of no step any more: go on from a checkpoint.
   */
  update(change: (start: number, m: Float32Array, v: Float32Array) => void): void
  /** Elements `[start, start + length)`; they may be other ones after the next call for this moment. */
  read(moment: Moment, start: number, length: number): Float32Array
  write(moment: Moment, start: number, values: Float32Array): void
}

/** Moments in two flat buffers. */
export class MemoryMoments implements Moments {
  readonly length: number
  readonly #buffers: Readonly<Record<Moment, Float32Array>>

  /** @param buffer makes a buffer of zeros */
  constructor(length: number, buffer: (length: number) => Float32Array = (size) => new Float32Array(size)) {
    this.length = length
    this.#buffers = { m: buffer(length), v: buffer(length) }
  }

  update(change: (start: number, m: Float32Array, v: Float32Array) => void): void {
    change(0, this.#buffers.m, this.#buffers.v)
  }

  read(moment: Moment, start: number, length: number): Float32Array {
    return this.#buffers[moment].subarray(start, start + length)
  }

  write(moment: Moment, start: number, values: Float32Array): void {
    this.#buffers[moment].set(values, start)
  }
}
