import { expect, it } from 'vitest'
import { seededRandom } from '../platform/seeded-random.ts'
import { groupsInARow, PassageBitmap } from './passage-bitmap.ts'

it.each([
  ['one after the other', (i: number) => 5 + i],
  ['with gaps', (i: number) => 5 + i + Math.floor(i / 11)],
  ['in no order', (i: number) => (i * 37) % 211],
])('gives each row the bit of its passage, passages %s', (_name, idOf) => {
  const random = seededRandom(3)
  for (const rows of [0, 1, 7, 8, 9, 100, 203]) {
    const ids = Float64Array.from({ length: 256 }, (_, i) => idOf(i))
    const set = PassageBitmap.of([...ids.subarray(0, rows)].filter(() => random() < 0.5))
    const filter = set.forRows(ids, rows, groupsInARow(ids, rows))
    const bits = Array.from({ length: rows }, (_, row) => ((filter[row >> 3]! >> (row & 7)) & 1) === 1)
    expect(bits).toEqual([...ids.subarray(0, rows)].map((id) => set.has(id)))
    // Nothing beyond the last row.
    for (let row = rows; row < 8 * filter.length; row++) expect((filter[row >> 3]! >> (row & 7)) & 1).toBe(0)
  }
})
