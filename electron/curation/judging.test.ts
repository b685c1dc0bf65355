import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Judge } from '../contracts/curation.ts'
import { listDisagreements } from './disagreements.ts'
import { resolve } from './resolution.ts'
import { pairLibrary, type PairLibrary } from './testing/pair-library.ts'

let library: PairLibrary
let ada: Judge
let ben: Judge
beforeEach(() => {
  library = pairLibrary({ pairs: 12 })
  ada = library.person('Ada')
  ben = library.person('Ben')
})
afterEach(() => library.close())

const onPair = (pairId: number) => ({ pairId, textId: null })
const differences = (settled = false) => listDisagreements(library, { settled }, { after: null, limit: 50 })

describe('deciding', () => {
  it('is stored at once, with the own wording of the query beside the written one', () => {
    const { decision, entry } = library.judging.decide(ada.id, onPair(2), { verdict: 'accept', query: 'When?' })
    expect(decision).toMatchObject({ verdict: 'accept', query: 'When?', outcome: 'accept' })
    expect(entry).toMatchObject({ kind: 'decide', pairId: 2, textId: null, count: 1, undone: false })
    expect(library.pairs.byId(2)!.query).toBe('How often is well 2 sampled?')
    const unchanged = library.judging.decide(ada.id, onPair(2), { query: 'How often is well 2 sampled?' })
    expect(unchanged.decision.query).toBeNull()
  })

  it('keeps both where two persons decide the same pair, and shows that they differ', () => {
    library.judging.decide(ada.id, onPair(2), { verdict: 'accept' }, { basedOn: 0 })
    const { replaced } = library.judging.decide(ben.id, onPair(2), { verdict: 'reject' }, { basedOn: 0 })
    expect(replaced).toBeNull()
    expect(differences()).toMatchObject({
      total: 1,
      rows: [{ pairId: 2, textId: null, decisions: [{ judgeId: ada.id }, { judgeId: ben.id }], resolution: null }],
    })
  })

  it('says when the same person decided in another window, and loses neither', () => {
    const first = library.judging.decide(ada.id, onPair(2), { verdict: 'accept' }, { basedOn: 0 })
    const second = library.judging.decide(ada.id, onPair(2), { verdict: 'reject' }, { basedOn: 0 })
    expect(second.replaced).toEqual(first.decision)
    const third = library.judging.decide(ada.id, onPair(2), { comment: 'sure' }, { basedOn: second.decision.version })
    expect(third.replaced).toBeNull()
    library.judging.undo(ada.id)
    library.judging.undo(ada.id)
    expect(library.log.statesOf(2)).toMatchObject([{ verdict: 'accept' }])
  })

  it('refuses what makes no sense, and stores nothing of it', () => {
    library.minePairs()
    const machine = library.judges.add({ name: 'm', initials: 'M', color: 1, kind: 'machine' })
    const [negative] = library.items.item(2, library.queueTable.frame(ada.id), { blind: false }).negatives
    const passage = { pairId: 2, textId: negative!.textId }
    expect(() => library.judging.decide(99, onPair(2), { verdict: 'accept' })).toThrow('no judge 99')
    expect(() => library.judging.decide(machine.id, onPair(2), { grade: 1 })).toThrow('made by persons')
    expect(() => library.judging.decide(ada.id, onPair(99), { verdict: 'accept' })).toThrow('no pair 99')
    expect(() => library.judging.decide(ada.id, { pairId: 2, textId: 1 }, { grade: 1 })).toThrow('none of those')
    expect(() => library.judging.decide(ada.id, passage, { verdict: 'accept' })).toThrow('graded from 0')
    expect(library.log.revision()).toBe(0)
  })
})

describe('a bulk decision', () => {
  const rejectAll = (expected: number) =>
    library.judging.bulk(ada.id, {
      ...{ filter: { intents: ['QA'], state: 'undecided' }, on: 'pairs', change: { verdict: 'reject' }, expected },
    })

  it('touches what the preview said, and one undo takes it back', () => {
    const { count, alreadyDecided } = library.judging.bulkPreview(ada.id, { intents: ['QA'] }, 'pairs')
    expect([count, alreadyDecided]).toEqual([2, 0])
    expect(rejectAll(count)).toMatchObject({ kind: 'bulk', count: 2, pairId: null })
    expect(library.queue.progress(ada.id, {})).toMatchObject({ rejected: 2 })
    expect(library.judging.undo(ada.id)).toMatchObject({ pairIds: [6, 12], canUndo: false, canRedo: true })
    expect(library.queue.progress(ada.id, {})).toMatchObject({ decided: 0 })
    library.judging.redo(ada.id)
    expect(library.queue.progress(ada.id, {})).toMatchObject({ rejected: 2 })
  })

  it('is refused when the filter finds another number by now, or nothing', () => {
    library.judging.decide(ada.id, onPair(6), { verdict: 'accept' })
    expect(() => rejectAll(2)).toThrow('finds 1 now, not 2')
    library.judging.decide(ada.id, onPair(12), { verdict: 'accept' })
    expect(() => rejectAll(0)).toThrow('finds nothing')
  })

  it('grades all suspected passages', () => {
    library.minePairs()
    const { count } = library.judging.bulkPreview(ada.id, {}, 'suspects')
    expect(count).toBe(4)
    library.judging.bulk(ada.id, { filter: {}, on: 'suspects', change: { grade: 0 }, expected: 4 })
    expect([...library.log.allStates()].every(({ textId, outcome }) => textId > 0 && outcome === 'reject')).toBe(true)
  })
})

describe('adjudication', () => {
  beforeEach(() => {
    library.judging.decide(ada.id, onPair(2), { verdict: 'accept', query: 'When?', comment: 'clear' })
    library.judging.decide(ben.id, onPair(2), { verdict: 'reject', comment: 'vague' })
  })

  it('settles for one judge, for none, or for something else, and can be undone', () => {
    const settle = (choice: Parameters<PairLibrary['judging']['adjudicate']>[2]) =>
      library.judging.adjudicate(ben.id, onPair(2), choice).resolution
    expect(settle({ kind: 'judge', judgeId: ada.id })).toMatchObject({ verdict: 'accept', query: 'When?' })
    expect(differences().total).toBe(0)
    expect(differences(true).rows[0]!.resolution).toMatchObject({ outcome: 'accept' })
    expect(settle({ kind: 'reject-all' })).toMatchObject({ outcome: 'reject', query: null, comment: null })
    expect(settle({ kind: 'other', change: { verdict: 'accept', query: 'How soon?' } })).toMatchObject({
      query: 'How soon?',
    })
    for (let i = 0; i < 3; i++) library.judging.undo(ben.id)
    expect(differences().total).toBe(1)
    expect(library.log.statesOf(2).map(({ verdict }) => verdict)).toEqual(['accept', 'reject'])
  })

  it('refuses a judge who has not decided', () => {
    const cyd = library.person('Cyd')
    expect(() => library.judging.adjudicate(ada.id, onPair(2), { kind: 'judge', judgeId: cyd.id })).toThrow(
      'Cyd has not decided',
    )
  })

  it('counts two wordings and two sides of a grade as differences, but not two low grades', () => {
    library.judging.decide(ada.id, onPair(3), { verdict: 'accept', query: 'When?' })
    library.judging.decide(ben.id, onPair(3), { verdict: 'accept' })
    library.judging.decide(ada.id, onPair(4), { grade: 0 })
    library.judging.decide(ben.id, onPair(4), { grade: 1 })
    library.judging.decide(ada.id, onPair(5), { grade: 1 })
    library.judging.decide(ben.id, onPair(5), { grade: 2 })
    expect(differences().rows.map(({ pairId }) => pairId)).toEqual([2, 3, 5])
    const first = listDisagreements(library, { settled: false }, { after: null, limit: 1 })
    const rest = listDisagreements(
      library,
      { settled: false, intents: ['FactCheck', 'STS'] },
      {
        after: first.next,
        limit: 9,
      },
    )
    expect(rest).toMatchObject({ total: 2, rows: [{ pairId: 3 }, { pairId: 5 }], next: null })
  })
})

describe('resolving several decisions', () => {
  const votes = (...verdicts: ('accept' | 'reject')[]) => {
    const persons = verdicts.map((verdict, i) => {
      const judge = library.person(`Judge ${i}`)
      library.judging.decide(judge.id, onPair(9), { verdict })
      return judge.id
    })
    const options = { resolutionId: library.judges.resolutionId(), voters: new Set(persons) }
    const by = (policy: Parameters<typeof resolve>[1]['policy']) =>
      resolve(library.log.statesOf(9), { ...options, policy })?.outcome
    return [by('majority'), by('unanimous'), by('strict'), by('adjudicated')]
  }

  it('follows the policy', () => {
    expect(votes('accept', 'accept', 'reject')).toEqual(['accept', undefined, 'reject', undefined])
  })

  it('settles nothing on a tie, except strictly', () => {
    expect(votes('accept', 'reject')).toEqual([undefined, undefined, 'reject', undefined])
  })

  it('settles nothing where nobody decided or wordings differ', () => {
    expect(votes()).toEqual([undefined, undefined, undefined, undefined])
    const options = { policy: 'majority', resolutionId: 1, voters: new Set([ada.id, ben.id]) } as const
    library.judging.decide(ada.id, onPair(9), { verdict: 'accept', query: 'A wording?' })
    library.judging.decide(ben.id, onPair(9), { verdict: 'accept' })
    expect(resolve(library.log.statesOf(9), options)).toBeUndefined()
    library.judging.decide(ben.id, onPair(9), { query: 'A wording?' })
    expect(resolve(library.log.statesOf(9), options)).toMatchObject({ outcome: 'accept', query: 'A wording?' })
  })
})
