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
   * @param groups see `groupsInARow`
   */
  forRows(passageIds: Float64Array, rows: number, groups: Int32Array): Uint8Array {
    const filter = new Uint8Array(groups.length)
    const bits = this.#bits
    const end = 8 * bits.length
    for (let group = 0; group < groups.length; group++) {
      const first = groups[group]!
      if (first >= 0 && first + 8 < end) {
        filter[group] = (bits[first >> 3]! | (bits[(first >> 3) + 1]! << 8)) >> (first & 7)
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

const LARGEST_INT32 = 2 ** 31 - 1

/**
 * For each eight rows the passage of the first where the others are numbered one after the other, as nearly all are: a
 * filter takes these at once. -1 elsewhere.
 */
export function groupsInARow(passageIds: Float64Array, rows: number): Int32Array {
  return Int32Array.from({ length: Math.ceil(rows / 8) }, (_, group) => {
    const first = passageIds[8 * group]!
    for (let i = 1; i < 8; i++) if (8 * group + i >= rows || passageIds[8 * group + i] !== first + i) return -1
    return first <= LARGEST_INT32 ? first : -1
  })
}
