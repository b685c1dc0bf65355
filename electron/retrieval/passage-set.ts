/** A set of passages, a byte for each id: 250,000 passages take 250 kB. */
export class PassageSet {
  /** 1 at the ids of the set, 0 elsewhere; bound to a statement it tells SQLite who is in the set. */
  readonly flags: Uint8Array
  /** How many passages it has. */
  readonly size: number

  private constructor(flags: Uint8Array) {
    this.flags = flags
    let size = 0
    for (let id = 0; id < flags.length; id++) size += flags[id]!
    this.size = size
  }

  static of(passageIds: readonly number[]): PassageSet {
    return PassageSet.ofRanges(passageIds.map((id) => [id, id]))
  }

  /** @param ranges of ids, both ends included, in any order. */
  static ofRanges(ranges: readonly (readonly [first: number, last: number])[]): PassageSet {
    const flags = new Uint8Array(ranges.reduce((most, [, last]) => Math.max(most, last), -1) + 1)
    for (const [first, last] of ranges) flags.fill(1, first, last + 1)
    return new PassageSet(flags)
  }

  has(passageId: number): boolean {
    return this.flags[passageId] === 1
  }

  ids(): number[] {
    const ids: number[] = []
    for (let id = 0; id < this.flags.length; id++) if (this.flags[id] === 1) ids.push(id)
    return ids
  }

  without(passageIds: Iterable<number>): PassageSet {
    const flags = this.flags.slice()
    for (const id of passageIds) flags[id] = 0
    return new PassageSet(flags)
  }

  equals(other: PassageSet): boolean {
    return Buffer.compare(this.flags, other.flags) === 0
  }

  /** The same set for the rows of a table as bits, least significant first: bit i is set where `passageIds[i]` is in the set. */
  forRows(passageIds: Float64Array, rows: number): Uint8Array {
    const flags = this.flags
    const filter = new Uint8Array(Math.ceil(rows / 8))
    for (let group = 0; group < filter.length; group++) {
      const end = Math.min(8 * group + 8, rows)
      let bits = 0
      // No branch on the flag: a filter of half the passages would be mispredicted every other time.
      for (let row = 8 * group; row < end; row++) {
        const id = passageIds[row]!
        if (id < flags.length) bits |= flags[id]! << (row & 7)
      }
      filter[group] = bits
    }
    return filter
  }
}
