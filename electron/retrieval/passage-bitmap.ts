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

  /**
   * The same set for rows: bit i is set where `passageIds[i]` is in the set.
   * @param inARow see `groupsInARow`
   */
  forRows(passageIds: Float64Array, rows: number, inARow: Uint8Array): Uint8Array {
    const filter = new Uint8Array(Math.ceil(rows / 8))
    const bits = this.#bits
    const end = 8 * bits.length
    for (let group = 0; group < filter.length; group++) {
      const first = passageIds[8 * group]!
      if (inARow[group]) {
        const two = (bits[first >> 3] ?? 0) | ((bits[(first >> 3) + 1] ?? 0) << 8)
        filter[group] = (two >> (first & 7)) & 255
        continue
      }
      // No branch on the bit itself: a filter of half the passages would be mispredicted every other time.
      for (let row = 8 * group; row < Math.min(8 * group + 8, rows); row++) {
        const id = passageIds[row]!
        if (id < end) filter[group]! |= ((bits[id >> 3]! >> (id & 7)) & 1) << (row & 7)
      }
    }
    return filter
  }
}

/** 1 for each eight rows whose passages are numbered one after the other, as nearly all are: a filter takes these at once. */
export function groupsInARow(passageIds: Float64Array, rows: number): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(rows / 8) }, (_, group) => {
    const first = passageIds[8 * group]!
    for (let i = 1; i < 8; i++) if (8 * group + i >= rows || passageIds[8 * group + i] !== first + i) return 0
    return 1
  })
}
