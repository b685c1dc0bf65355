import { describe, expect, it } from 'vitest'
import { seededRandom } from '../platform/seeded-random.ts'
import { PassageSet } from './passage-set.ts'

describe('a set of passages', () => {
  it('holds its ranges and nothing else', () => {
    const set = PassageSet.ofRanges([
      [7, 9],
      [2, 2],
      [9, 11],
    ])
    expect(set.ids()).toEqual([2, 7, 8, 9, 10, 11])
    expect(set.size).toBe(6)
    expect([1, 2, 6, 7, 11, 12, 1000].filter((id) => set.has(id))).toEqual([2, 7, 11])
    expect(PassageSet.of(set.ids()).equals(set)).toBe(true)
    expect(PassageSet.of([]).size).toBe(0)
  })

  it('can be cut without changing the whole', () => {
    const set = PassageSet.ofRanges([[1, 4]])
    const cut = set.without([2, 99])
    expect([cut.ids(), cut.size, set.size]).toEqual([[1, 3, 4], 3, 4])
    expect(cut.equals(set)).toBe(false)
  })

  it.each([
    ['one after the other', (i: number) => 5 + i],
    ['with gaps', (i: number) => 5 + i + Math.floor(i / 11)],
    ['in no order', (i: number) => (i * 37) % 211],
  ])('gives each row the bit of its passage, passages %s', (_name, idOf) => {
    const random = seededRandom(3)
    for (const rows of [0, 1, 7, 8, 9, 100, 203]) {
      const ids = Float64Array.from({ length: 256 }, (_, i) => idOf(i))
      const set = PassageSet.of([...ids.subarray(0, rows)].filter(() => random() < 0.5))
      const filter = set.forRows(ids, rows)
      const bits = Array.from({ length: rows }, (_, row) => ((filter[row >> 3]! >> (row & 7)) & 1) === 1)
      expect(bits).toEqual([...ids.subarray(0, rows)].map((id) => set.has(id)))
      // Nothing beyond the last row.
      for (let row = rows; row < 8 * filter.length; row++) expect((filter[row >> 3]! >> (row & 7)) & 1).toBe(0)
    }
  })
})
