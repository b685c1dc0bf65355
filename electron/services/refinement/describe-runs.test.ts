import { describe, expect, it } from 'vitest'
import { HardNegativeMiner, type NegativeRule } from '../../refinement/index.ts'
import type { FilterRun, MiningRun } from '../../storage/index.ts'
import { describeFilter, describeMining, describeWriting } from './describe-runs.ts'

const rule: NegativeRule = { kind: 'percentage', alphas: [0.65, 0.75] }

function miningOf(state: object): MiningRun {
  const miner = new HardNegativeMiner(rule, { perQuery: 4 })
  miner.mine(
    { queryId: '1', positive: { passageId: 'p', score: 0.8 }, candidates: [{ passageId: 'c', score: 0.4 }] },
    'QA',
  )
  const summary = { ...miner.summary(), unscored: 2, ...state }
  return {
    ...{ id: 7, filterId: 3, retriever: 'small', version: '1', rule, options: { perQuery: 4 }, createdAt: 5 },
    // As it comes from the table.
    summary: JSON.parse(JSON.stringify(summary)) as unknown,
  }
}

describe('a mining run', () => {
  it.each([
    ['same', { library: 'now', changedDuring: false }],
    ['changed-since', { library: 'before', changedDuring: false }],
    ['changed-during', { library: 'now', changedDuring: true }],
  ] as const)('says that its library is %s', (state, stored) => {
    expect(describeMining(miningOf(stored), 'now')).toMatchObject({ library: state, perQuery: 4, unscored: 2 })
  })

  it('has a profile by intent, and none where an earlier version made it', () => {
    const described = describeMining(miningOf({ library: 'now', changedDuring: false }), 'now')
    expect(described.profiles?.['QA']?.queries).toBe(1)
    expect(described.levels.map(({ name, negatives }) => [name, negatives])).toEqual([
      ['0.65', 1],
      ['0.75', 1],
    ])
    const old = { profiles: undefined, unscored: undefined, library: undefined, changedDuring: undefined }
    expect(describeMining(miningOf(old), 'now')).toMatchObject({ profiles: null, unscored: 0, library: 'same' })
  })
})

describe('a filter run', () => {
  const report = { in: 9, kept: 4, gone: 1, outcomes: { kept: 4 }, byIntent: {}, yields: [] }
  const run = (library?: string): FilterRun => ({
    ...{ id: 3, rule: 'agree', topN: 1, retrievers: [{ id: 'lexical', version: '1' }], createdAt: 5 },
    report: library === undefined ? report : { ...report, library },
  })

  it('says whether its library is still the same', () => {
    expect([run('now'), run('before'), run()].map((one) => describeFilter(one, 'now').library)).toEqual([
      ...['same', 'changed-since', 'same'],
    ])
    expect(describeFilter(run(), 'now')).toMatchObject({ in: 9, kept: 4, gone: 1, retrievers: ['lexical'] })
  })
})

it('a writing run says what it took', () => {
  const usage = { requests: 3, fromCache: 1, retries: 0, inputTokens: 10, outputTokens: 5 }
  const result = { pairs: 2, added: 2, failed: 1, byIntent: {}, seconds: 1, usage }
  expect(describeWriting(result)).toEqual({
    ...{ failed: 1, requests: 3, fromCache: 1, inputTokens: 10, outputTokens: 5, cost: null },
  })
})
