import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Judge, ResolutionPolicy } from '../contracts/curation.ts'
import { buildMtp, buildMtt } from '../refinement/index.ts'
import { reviewedPairs } from './reviewed-pairs.ts'
import { pairLibrary, type PairLibrary } from './testing/pair-library.ts'

let library: PairLibrary
let ada: Judge
let ben: Judge
let filterId: number
let miningId: number
beforeEach(() => {
  library = pairLibrary({ pairs: 12 })
  ada = library.person('Ada')
  ben = library.person('Ben')
  filterId = library.filterPairs()
  miningId = library.minePairs(filterId)
})
afterEach(() => library.close())

const onPair = (pairId: number) => ({ pairId, textId: null })
/** All documents train, so that nothing is left out for its split. */
const shares = { train: 1, dev: 0, test: 0 }
const build = (policy: ResolutionPolicy = 'majority') => {
  const deps = { ...library, trainingTexts: library.texts }
  const options = { prefix: 'reviewed-', shares, reviews: reviewedPairs(library, policy) }
  return { mtp: buildMtp(deps, filterId, options), mtt: buildMtt(deps, miningId, options) }
}
const items = (name: string) => [...library.datasets.items(library.datasets.byName(name)!.id)]
const queries = (name: string) => items(name).map(({ query }) => query)
/** Texts of pair `n`'s negatives by rank. */
const negativeOf = (pairId: number, rank: number): number => library.textOf(pairId * 10 + rank, 'Tank')
const itemOf = (name: string, pairId: number) =>
  items(name).find(({ pairKey }) => pairKey === library.pairs.byId(pairId)!.key)!

describe('a data set of reviewed pairs', () => {
  it('leaves out what was rejected, takes in what was accepted though the filter dropped it, in the own wording', () => {
    library.judging.decide(ada.id, onPair(2), { verdict: 'reject' })
    library.judging.decide(ada.id, onPair(3), { verdict: 'accept' })
    library.judging.decide(ada.id, onPair(4), { verdict: 'accept', query: 'When is well 4 looked at?' })
    const { mtp } = build()
    expect(mtp.review).toMatchObject({ rejected: 1, rescued: 1, edited: 1 })
    expect(queries('reviewed-MTP')).toEqual([
      'When is well 4 looked at?',
      ...[6, 8, 10, 12, 3].map((n) => `How often is well ${n} sampled?`),
    ])
    expect(library.datasets.byName('reviewed-MTP')!.lineage).toMatchObject({
      review: { policy: 'majority', judges: 1, pairs: 3, changed: { rejected: 1, rescued: 1, edited: 1 } },
    })
  })

  it('keeps answers out of the negatives, adds full ones as second answers, and uses suspects that were cleared', () => {
    // Pair 6 has a suspected first negative, which scores above every level.
    library.judging.decide(ada.id, { pairId: 6, textId: negativeOf(6, 1) }, { grade: 0 })
    library.judging.decide(ada.id, { pairId: 6, textId: negativeOf(6, 2) }, { grade: 3 })
    library.judging.decide(ada.id, { pairId: 6, textId: negativeOf(6, 3) }, { grade: 2 })
    const { mtt, mtp } = build()
    expect(mtt.map(({ name }) => name)).toEqual(['reviewed-MTT-0.65', 'reviewed-MTT-0.85'])
    const hardest = itemOf('reviewed-MTT-0.85', 6)
    expect(hardest.negatives).toEqual([[negativeOf(6, 1), 9]])
    expect(hardest.positives).toEqual([
      [library.pairs.byId(6)!.positive.id, 10],
      [negativeOf(6, 2), 8],
    ])
    // At the easier level nothing is left to tell apart.
    expect(itemOf('reviewed-MTT-0.65', 6)).toBeUndefined()
    expect(mtt[1]!.review).toMatchObject({ falseNegatives: 2, secondAnswers: 1, clearedSuspects: 1 })
    expect(mtp.review.secondAnswers).toBe(1)
    expect(itemOf('reviewed-MTP', 6).positives).toHaveLength(2)
  })

  it('lets what nobody agreed on be as it was, and uses a passage they differ on for nothing', () => {
    library.judging.decide(ada.id, onPair(2), { verdict: 'reject' })
    library.judging.decide(ben.id, onPair(2), { verdict: 'accept' })
    library.judging.decide(ada.id, { pairId: 4, textId: negativeOf(4, 1) }, { grade: 3 })
    library.judging.decide(ben.id, { pairId: 4, textId: negativeOf(4, 1) }, { grade: 0 })
    build()
    expect(queries('reviewed-MTP')).toContain('How often is well 2 sampled?')
    const item = itemOf('reviewed-MTT-0.85', 4)
    expect([item.positives.length, item.negatives.length]).toEqual([1, 2])
    build('strict')
    expect(queries('reviewed-MTP')).not.toContain('How often is well 2 sampled?')
  })

  it('follows adjudication before votes, and machines never', () => {
    const machine = library.judges.add({ name: 'm', initials: 'M', color: 6, kind: 'machine' })
    library.decisions.record({ actorId: machine.id, kind: 'rate' }, [
      { judgeId: machine.id, pairId: 4, textId: 0, change: { grade: 0 } },
    ])
    library.judging.decide(ada.id, onPair(2), { verdict: 'accept' })
    library.judging.adjudicate(ben.id, onPair(2), { kind: 'reject-all' })
    library.judging.adjudicate(ben.id, { pairId: 8, textId: negativeOf(8, 1) }, { kind: 'reject-all' })
    const { mtp } = build('adjudicated')
    expect(mtp.review).toMatchObject({ rejected: 1 })
    expect(queries('reviewed-MTP')).toContain('How often is well 4 sampled?')
    expect(itemOf('reviewed-MTT-0.85', 8).negatives).toHaveLength(2)
  })

  it('without reviews is as it was before', () => {
    const deps = { ...library, trainingTexts: library.texts }
    const [plain] = buildMtt(deps, miningId, { shares })
    expect(plain!.review).toEqual({
      ...{ rejected: 0, rescued: 0, edited: 0, falseNegatives: 0, secondAnswers: 0, clearedSuspects: 0 },
    })
    const { mtt } = build()
    expect(items('reviewed-MTT-0.65')).toEqual(items('MTT-0.65'))
    expect(mtt[0]!.items).toBe(6)
  })
})
