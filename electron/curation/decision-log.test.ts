import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoggedEvent } from '../storage/index.ts'
import { DecisionLog } from './decision-log.ts'
import { changed, folded, outcomeOf } from './decision.ts'
import { replay, subjectKey } from './replay.ts'
import { pairLibrary, type PairLibrary } from './testing/pair-library.ts'

let library: PairLibrary
beforeEach(() => (library = pairLibrary({ pairs: 6 })))
afterEach(() => library.close())

const onPair = (judgeId: number, pairId: number, change: LoggedEvent['change']): LoggedEvent => ({
  judgeId,
  pairId,
  textId: 0,
  change,
})

/** What the stored states and steps say, and what the log says. */
function bothReadings({ log }: PairLibrary) {
  const replayed = replay(log.log())
  return {
    stored: { states: sorted([...log.allStates()]), steps: [...log.stepStates()] },
    replayed: {
      states: sorted([...replayed.states.values()]),
      steps: [...replayed.steps].map(([id, { state }]) => [id, state]),
    },
  }
}

function sorted<T extends { judgeId: number; pairId: number; textId: number }>(states: T[]): T[] {
  return states.sort((a, b) => (subjectKey(a) < subjectKey(b) ? -1 : 1))
}

describe('a decision', () => {
  it('sets what it names and leaves the rest', () => {
    const state = folded([{ verdict: 'accept', grade: 3 }, { comment: 'clear' }, { grade: null }])
    expect(state).toEqual({ verdict: 'accept', grade: null, query: null, comment: 'clear' })
    expect(changed(state, { verdict: null, comment: null })).toBeUndefined()
  })

  it('counts by its verdict, else by its grade, and not at all when skipped', () => {
    const outcome = (change: LoggedEvent['change']) => outcomeOf(folded([change])!)
    expect([0, 1, 2, 3].map((grade) => outcome({ grade }))).toEqual(['reject', 'reject', 'accept', 'accept'])
    expect(outcome({ verdict: 'reject', grade: 3 })).toBe('reject')
    expect(outcome({ verdict: 'skip', grade: 3 })).toBeNull()
    expect(outcome({ comment: 'hm' })).toBeNull()
  })
})

describe('the log of decisions', () => {
  it('can only grow', () => {
    const ada = library.person('Ada')
    library.decisions.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, 1, { verdict: 'accept' })])
    for (const sql of [
      'DELETE FROM review_event',
      "UPDATE review_event SET change = '{}'",
      'DELETE FROM review_action',
    ])
      expect(() => library.db.exec(sql)).toThrow('only added')
  })

  it('undoes and redoes without limit, over a restart, single decisions and bulk alike', () => {
    const { folder } = library
    const ada = library.person('Ada')
    const seen: unknown[] = []
    const states = (of: PairLibrary) => [...of.log.allStates()].map(({ version: _, at: __, ...rest }) => rest)
    for (let round = 0; round < 40; round++) {
      seen.push(states(library))
      const bulk = round % 10 === 9
      library.decisions.record(
        { actorId: ada.id, kind: bulk ? 'bulk' : 'decide' },
        (bulk ? [1, 2, 3, 4, 5, 6] : [1 + (round % 6)]).map((pairId) =>
          onPair(ada.id, pairId, { verdict: round % 4 === 0 ? 'reject' : 'accept', grade: round % 3 }),
        ),
      )
    }
    const last = states(library)
    library.library.close()
    const again = pairLibrary({ folder })
    for (const before of seen.toReversed()) {
      expect(again.decisions.undo(ada.id)).toBeDefined()
      expect(states(again)).toEqual(before)
    }
    expect(again.decisions.undo(ada.id)).toBeUndefined()
    for (let round = 0; round < 40; round++) again.decisions.redo(ada.id)
    expect(again.decisions.redo(ada.id)).toBeUndefined()
    expect(states(again)).toEqual(last)
    again.library.close()
    library = pairLibrary({ folder })
  })

  it("takes back one's own steps only", () => {
    const [ada, ben] = [library.person('Ada'), library.person('Ben')]
    library.decisions.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, 1, { verdict: 'accept' })])
    library.decisions.record({ actorId: ben.id, kind: 'decide' }, [onPair(ben.id, 1, { verdict: 'reject' })])
    library.decisions.undo(ada.id)
    expect([...library.log.allStates()].map(({ judgeId, outcome }) => [judgeId, outcome])).toEqual([[ben.id, 'reject']])
  })

  it('leaves behind what was undone as soon as something else is decided', () => {
    const ada = library.person('Ada')
    const decide = (pairId: number) =>
      library.decisions.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, pairId, { verdict: 'accept' })])
    decide(1)
    decide(2)
    library.decisions.undo(ada.id)
    decide(3)
    expect(library.decisions.redo(ada.id)).toBeUndefined()
    expect(library.log.steps(ada.id, 9).map(({ pairId }) => pairId)).toEqual([1, 3])
  })

  it('keeps what another person put on the same state when an older step is undone', () => {
    const [ada, ben] = [library.person('Ada'), library.person('Ben')]
    const resolution = library.judges.resolutionId()
    const settle = (actorId: number, change: LoggedEvent['change']) =>
      library.decisions.record({ actorId, kind: 'adjudicate' }, [onPair(resolution, 1, change)])
    settle(ada.id, { verdict: 'accept', comment: 'first' })
    settle(ben.id, { verdict: 'reject' })
    library.decisions.undo(ada.id)
    expect(library.log.state({ judgeId: resolution, pairId: 1, textId: 0 })).toMatchObject({
      verdict: 'reject',
      comment: null,
    })
  })

  it('makes no step of nothing', () => {
    const ada = library.person('Ada')
    expect(library.decisions.record({ actorId: ada.id, kind: 'bulk' }, [])).toBeUndefined()
    expect(library.decisions.undo(ada.id)).toBeUndefined()
  })

  it('orders by its ids, whatever the clock says', () => {
    const times = [5_000, 1_000, 9_000, 2_000]
    const jumping = new DecisionLog({ db: library.db, log: library.log, now: () => times.shift()! })
    const ada = library.person('Ada')
    jumping.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, 1, { verdict: 'accept' })])
    jumping.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, 1, { verdict: 'reject' })])
    expect(library.log.state({ judgeId: ada.id, pairId: 1, textId: 0 })!.verdict).toBe('reject')
    jumping.undo(ada.id)
    expect(library.log.state({ judgeId: ada.id, pairId: 1, textId: 0 })!.verdict).toBe('accept')
  })

  const change = fc.record(
    {
      verdict: fc.constantFrom('accept', 'reject', 'skip', null),
      grade: fc.constantFrom(0, 1, 2, 3, null),
      query: fc.constantFrom('How often?', null),
      comment: fc.constantFrom('hm', null),
    },
    { requiredKeys: [] },
  )
  const command = fc.record({
    kind: fc.constantFrom('decide', 'bulk', 'adjudicate', 'merge', 'rate', 'undo', 'undo', 'redo'),
    actor: fc.nat(2),
    judge: fc.nat(2),
    pairs: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
    textId: fc.constantFrom(0, 0, 3),
    change,
  })

  it('replayed from its beginning gives the stored states, whatever was decided, undone and redone by whom', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const own = pairLibrary({ pairs: 6 })
        try {
          const ids = ['Ada', 'Ben', 'Cyd'].map((name) => own.person(name).id)
          for (const { kind, actor, judge, pairs, textId, change } of commands) {
            const actorId = ids[actor]!
            if (kind === 'undo') own.decisions.undo(actorId)
            else if (kind === 'redo') own.decisions.redo(actorId)
            else {
              const judgeId =
                kind === 'adjudicate' ? own.judges.resolutionId() : kind === 'merge' ? ids[judge]! : actorId
              own.decisions.record(
                { actorId, kind },
                (kind === 'decide' ? pairs.slice(0, 1) : pairs).map((pairId) => ({ judgeId, pairId, textId, change })),
              )
            }
          }
          const { stored, replayed } = bothReadings(own)
          expect(stored).toEqual(replayed)
          expect(own.decisions.rebuild()).toBe(0)
          expect(bothReadings(own).stored).toEqual(stored)
        } finally {
          own.close()
        }
      }),
      { numRuns: 60 },
    )
  })

  it('mends states that something else has spoiled', () => {
    const ada = library.person('Ada')
    library.decisions.record({ actorId: ada.id, kind: 'decide' }, [onPair(ada.id, 1, { verdict: 'accept' })])
    const before = bothReadings(library).stored
    library.db.exec("UPDATE review_state SET verdict = 'reject'")
    expect(library.decisions.rebuild()).toBe(1)
    expect(bothReadings(library).stored).toEqual(before)
  })
})
