// Where each parameter lies in the flat buffers of training.

/** One parameter in the flat buffers; offset and length in elements. */
export interface ParameterSlot {
  readonly name: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
  /** Whether weight decay applies. */
  readonly decays: boolean
}

/**
 * Weight decay as usual for transformers: matrices decay; biases and the scales of normalizations, all of them vectors, do not.
 */
export function decaysByShape(_name: string, shape: readonly number[]): boolean {
  return shape.length > 1
}

/**
 * The order of parameters in one float32 buffer each for weights, gradients and moments: one pass of the optimizer and one gradient norm
 * for the whole model, and tensors that are views into it.
 */
export class ParameterLayout {
  readonly slots: readonly ParameterSlot[]
  /** Elements of a flat buffer. */
  readonly length: number
  readonly #byName: ReadonlyMap<string, ParameterSlot>

  /** @throws Error when a name comes twice */
  constructor(
    parameters: Iterable<readonly [name: string, shape: readonly number[]]>,
    decays: (name: string, shape: readonly number[]) => boolean = decaysByShape,
  ) {
    const slots: ParameterSlot[] = []
    let offset = 0
    for (const [name, shape] of parameters) {
      const length = shape.reduce((product, dim) => product * dim, 1)
      slots.push({ name, shape, offset, length, decays: decays(name, shape) })
      offset += length
    }
    this.slots = slots
    this.length = offset
    this.#byName = new Map(slots.map((slot) => [slot.name, slot]))
    if (this.#byName.size !== slots.length) throw new Error('a parameter name occurs twice in the layout')
  }

  /** @throws Error when there is no such parameter */
  slot(name: string): ParameterSlot {
    const slot = this.#byName.get(name)
    if (!slot) throw new Error(`no parameter ${name} in the layout`)
    return slot
  }

  /** The elements of one parameter, as a view. */
  view(buffer: Float32Array, name: string): Float32Array {
    const { offset, length } = this.slot(name)
    return buffer.subarray(offset, offset + length)
  }

  /** Stretches without weight decay, `[start, end)` in elements, ascending, neighbours joined. */
  noDecayRanges(): readonly (readonly [start: number, end: number])[] {
    const ranges: [number, number][] = []
    for (const { offset, length, decays } of this.slots) {
      if (decays) continue
      const last = ranges.at(-1)
      if (last?.[1] === offset) last[1] = offset + length
      else ranges.push([offset, offset + length])
    }
    return ranges
  }
}
