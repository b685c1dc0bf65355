import { describe, expect, it } from 'vitest'
import { falseNegatives } from './index.ts'

const candidates = [
  { passage: 1, document: 'a', cluster: 10 },
  { passage: 2, document: 'b' },
  { passage: 3, document: 'a' },
  { passage: 4, document: 'c', cluster: 10 },
  { passage: 1, document: 'a', cluster: 10 },
  { passage: 6 },
]
const batch = { candidates, positives: [[candidates[0]!], [{ passage: 2 }, { passage: 6 }]], targets: [0, 1] }
const rows = (mask: Float32Array) => [Array.from(mask.slice(0, 6)), Array.from(mask.slice(6))]
const none = { sameDocument: false, sameCluster: false }

describe('falseNegatives', () => {
  it('always marks other places of a positive and other known positives, never the target', () => {
    expect(rows(falseNegatives(batch, none))).toEqual([
      [0, 0, 0, 0, 1, 0],
      [0, 0, 0, 0, 0, 1],
    ])
  })

  it('marks passages of the same document', () => {
    expect(rows(falseNegatives(batch, { ...none, sameDocument: true }))[0]).toEqual([0, 0, 1, 0, 1, 0])
  })

  it('marks near-duplicates, and does not take two unknown clusters for one', () => {
    const [first, second] = rows(falseNegatives(batch, { ...none, sameCluster: true }))
    expect(first).toEqual([0, 0, 0, 1, 1, 0])
    expect(second).toEqual([0, 0, 0, 0, 0, 1])
  })

  it('marks what a teacher scores close to the positive or above', () => {
    const scores = Float32Array.from([0.8, 0.76, 0.74, 0.9, NaN, 0, 0.1, NaN, 1, 1, 1, 1])
    const [first, second] = rows(falseNegatives(batch, { ...none, teacher: { scores, margin: 0.05 } }))
    expect(first).toEqual([0, 1, 0, 1, 1, 0])
    expect(second).toEqual([0, 0, 0, 0, 0, 1]) // no score for the target, so the teacher says nothing
  })

  it('refuses parts that do not fit together', () => {
    expect(() => falseNegatives({ ...batch, targets: [0] }, none)).toThrow('1 targets for 2 queries')
    expect(() => falseNegatives({ ...batch, targets: [0, 9] }, none)).toThrow(
      'the target of query 1 is candidate 9 of 6',
    )
    expect(() => falseNegatives(batch, { ...none, teacher: { scores: new Float32Array(3), margin: 0 } })).toThrow(
      '3 teacher scores',
    )
  })
})
