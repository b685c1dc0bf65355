import { describe, expect, it } from 'vitest'
import type { Intent } from '../contracts/intents.ts'
import { type AgreementOptions, decidePair, type PairVotes, YieldTable, YieldTally } from './mutual-agreement.ts'

const pair = (sourceId: string, rankings: string[], intent: Intent = 'QA', pairId = 'pair'): PairVotes => ({
  pairId,
  intent,
  sourceId,
  rankings: rankings.map((ids) => ids.split('')),
})
const outcome = (votes: PairVotes, options?: AgreementOptions) => decidePair(votes, options).outcome

describe('mutual agreement', () => {
  it('keeps a pair when all retrievers put its source first', () => {
    expect(decidePair(pair('a', ['abc', 'acb', 'axy']))).toEqual({
      pairId: 'pair',
      intent: 'QA',
      kept: true,
      outcome: 'kept',
      agreedIds: ['a'],
      agreeing: [0, 1, 2],
      sourceRanks: [1, 1, 1],
    })
  })

  it('drops it when one disagrees, and tells where each put the source', () => {
    const decision = decidePair(pair('a', ['ab', 'ab', 'xyza']))
    expect(decision).toMatchObject({ kept: false, outcome: 'no-agreement', sourceRanks: [1, 1, 4] })
    expect(decidePair(pair('q', ['ab', 'ba', 'b'])).sourceRanks).toEqual([undefined, undefined, undefined])
  })

  it('tells agreement from agreement on the source', () => {
    const elsewhere = pair('a', ['ba', 'bc', 'bd'])
    expect(outcome(elsewhere)).toBe('agreed-on-other')
    expect(outcome(elsewhere, { rule: 'agree' })).toBe('kept')
    expect(decidePair(elsewhere, { rule: 'agree' }).agreedIds).toEqual(['b'])
  })

  it('compares the top N as a set, or in order on request', () => {
    const shuffled = pair('a', ['abx', 'bay', 'abz'])
    expect(outcome(shuffled, { topN: 2 })).toBe('kept')
    expect(outcome(shuffled, { topN: 2, ordered: true })).toBe('no-agreement')
    expect(outcome(shuffled, { topN: 3 })).toBe('no-agreement')
    expect(outcome(pair('b', ['ab', 'ab']), { topN: 2, ordered: true })).toBe('kept')
  })

  it('takes any number of retrievers and a quorum', () => {
    const votes = pair('a', ['a', 'a', 'b', 'a', 'c'])
    expect(outcome(votes)).toBe('no-agreement')
    expect(decidePair(votes, { quorum: 3 })).toMatchObject({ kept: true, agreeing: [0, 1, 3] })
    expect(outcome(votes, { quorum: 4 })).toBe('no-agreement')
    expect(outcome(pair('a', ['a']))).toBe('kept')
  })

  it('says when rankings are too short to agree on N passages', () => {
    expect(outcome(pair('a', ['ab', 'a', '']), { topN: 2 })).toBe('too-few-results')
    expect(outcome(pair('a', ['ab', 'ab', 'a']), { topN: 2, quorum: 2 })).toBe('kept')
  })

  it('lets copies of one passage count as that passage', () => {
    const canonical = (id: string) => id.toLowerCase()
    const copies = pair('a', ['Ab', 'aAb', 'ab'])
    expect(outcome(copies)).toBe('no-agreement')
    expect(outcome(copies, { canonical })).toBe('kept')
    // "aA" is one passage, so the second place is b's.
    expect(outcome(copies, { canonical, topN: 2 })).toBe('kept')
  })

  it('refuses what cannot be decided', () => {
    const votes = pair('a', ['a', 'a'])
    expect(() => decidePair(votes, { topN: 0 })).toThrow('top N 0')
    expect(() => decidePair(votes, { quorum: 3 })).toThrow('quorum 3 does not fit 2 retrievers')
    expect(() => decidePair(votes, { rule: 'cbf', cbfRetriever: 2 })).toThrow('no retriever 2')
    expect(() => decidePair(pair('a', []))).toThrow('has no ranking')
  })
})

describe('the ablations', () => {
  it('cbf asks one retriever whether it finds the source in its top N', () => {
    const votes = pair('a', ['xa', 'ax'])
    expect(outcome(votes, { rule: 'cbf' })).toBe('not-retrieved')
    expect(outcome(votes, { rule: 'cbf', topN: 2 })).toBe('kept')
    expect(outcome(votes, { rule: 'cbf', cbfRetriever: 1 })).toBe('kept')
  })

  it('nopos keeps everything, even a pair nobody retrieved', () => {
    expect(outcome(pair('a', []), { rule: 'nopos' })).toBe('kept')
  })
})

describe('yield', () => {
  const pairs = [
    pair('a', ['abc', 'acb', 'abc'], 'QA', '1'),
    pair('b', ['abc', 'abd', 'abe'], 'QA', '2'),
    pair('c', ['cab', 'abc', 'bca'], 'STS', '3'),
    pair('d', ['dxy', 'dyx', 'dxy'], 'STS', '4'),
  ]

  const rowsOf = (votes: readonly PairVotes[]) => {
    const table = new YieldTable([1, 2, 3])
    for (const one of votes) table.add(one)
    return table.rows()
  }

  it('is counted over all and per intent, with the reason of each drop', () => {
    const tally = new YieldTally()
    for (const one of pairs) tally.add(decidePair(one))
    expect(tally.sum()).toEqual({
      in: 4,
      kept: 2,
      dropped: 2,
      outcomes: { kept: 2, 'no-agreement': 1, 'agreed-on-other': 1, 'not-retrieved': 0, 'too-few-results': 0 },
      byIntent: { QA: { in: 2, kept: 1 }, STS: { in: 2, kept: 1 } },
    })
  })

  it('is compared over rules and N', () => {
    const kept = Object.fromEntries(rowsOf(pairs).map((row) => [`${row.rule} ${row.topN}`, row.kept]))
    expect(kept).toEqual({
      'agree 1': 3,
      'agree 2': 1,
      'agree 3': 3,
      'agree-and-equals-source 1': 2,
      'agree-and-equals-source 2': 1,
      'agree-and-equals-source 3': 3,
      'cbf 1': 3,
      'cbf 2': 4,
      'cbf 3': 4,
      'nopos 1': 4,
    })
  })

  it('of a stricter rule is never larger', () => {
    const rows = rowsOf(pairs)
    const kept = (rule: string, topN: number) => rows.find((r) => r.rule === rule && r.topN === topN)?.kept ?? 0
    for (const topN of [1, 2, 3]) {
      expect(kept('agree-and-equals-source', topN)).toBeLessThanOrEqual(kept('agree', topN))
      expect(kept('agree-and-equals-source', topN)).toBeLessThanOrEqual(kept('cbf', topN))
    }
  })
})
