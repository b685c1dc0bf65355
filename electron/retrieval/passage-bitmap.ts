/** A set of passages as bits: bit `id` of the array, least significant first. 250,000 passages take 31 kB. */
export class PassageBitmap {
  readonly #bits: Uint8Array

  private constructor(bits: Uint8Array) {
    this.#bits = bits
  }

  static of(passageIds: readonly number[]): PassageBitmap {
    const largest = passageIds.reduce((most, id) => Math.max(most, id), -1)
    const bits = new Uint8Array((largest >> 3) + 1)
    for (const id of passageIds) bits[id >> 3]! |= 1 << (id & 7)
    return new PassageBitmap(bits)
  }

  has(passageId: number): boolean {
    return (((this.#bits[passageId >> 3] ?? 0) >> (passageId & 7)) & 1) === 1
  }

  /** The same set for rows: bit i is set where `passageIds[i]` is in the set. */
  forRows(passageIds: Float64Array, rows: number): Uint8Array {
    const filter = new Uint8Array(Math.ceil(rows / 8))
    const bits = this.#bits
    const end = 8 * bits.length
    // No branch on the bit itself: a filter of half the passages would be mispredicted every other time.
    for (let row = 0; row < rows; row++) {
      const id = passageIds[row]!
      if (id < end) filter[row >> 3]! |= ((bits[id >> 3]! >> (id & 7)) & 1) << (row & 7)
    }
    return filter
  }
}
