import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MiningQuery, NegativeRule } from './hard-negatives.ts'
import { HardNegativeMiner, type MiningSummary } from './mining-summary.ts'
import type { CutProfile } from './negative-profile.ts'
import type { ScoreHistogram } from './score-histogram.ts'

/** Hundredths, a little off: no share or difference lies on the edge of a bin, where rounding would decide. */
const score = fc.integer({ min: -99, max: 99 }).map((hundredths) => hundredths / 100 + 0.0013)
const queryOf = fc
  .record({ positive: score, candidates: fc.array(score, { maxLength: 25 }) })
  .map(({ positive, candidates }): MiningQuery => ({
    queryId: 'q',
    positive: { passageId: 'p', score: positive },
    candidates: candidates
      .sort((a, b) => b - a)
      .map((one, i) => ({ passageId: `c${i}`, score: one, clusterId: `k${i % 7}` })),
    otherPositiveClusterIds: new Set(['k3']),
  }))

function below({ min, max, counts, below: under }: ScoreHistogram, cut: number): number {
  const bins = Math.round(((cut - min) / (max - min)) * counts.length)
  return counts.slice(0, bins).reduce((sum, count) => sum + count, under)
}
const read = (cut: CutProfile, at: number) => [below(cut.kept, at), below(cut.first, at), below(cut.full, at)]

function mined(queries: readonly MiningQuery[], rule: NegativeRule, from?: MiningSummary): MiningSummary {
  const miner = new HardNegativeMiner(rule, { perQuery: 4, wanted: 3 }, from)
  queries.forEach((query, i) => miner.mine(query, i % 2 === 0 ? 'QA' : 'STS'))
  return miner.summary()
}

describe('counts for every threshold', () => {
  it('are those of mining with that threshold, by share and by margin', () => {
    fc.assert(
      fc.property(fc.array(queryOf, { minLength: 1, maxLength: 12 }), (queries) => {
        const alphas = [0.2, 0.5, 0.65, 0.75, 0.85, 1]
        const margins = [0.005, 0.055, 0.105, 0.405]
        const byShare = mined(queries, { kind: 'percentage', alphas })
        const byMargin = mined(queries, { kind: 'margin', margins })
        const wanted = (summary: MiningSummary) =>
          summary.levels.map(({ negatives, pairs, belowWanted }) => [negatives, pairs, queries.length - belowWanted])
        const sum = (summary: MiningSummary, kind: 'share' | 'difference', at: number) =>
          Object.values(summary.profiles)
            .map((profile) => read(profile[kind], at))
            .reduce((a, b) => a.map((x, i) => x + b[i]!))
        expect(alphas.map((alpha) => sum(byShare, 'share', alpha))).toEqual(wanted(byShare))
        expect(margins.map((margin) => sum(byMargin, 'difference', -margin))).toEqual(wanted(byMargin))
      }),
    )
  })

  it('and everything else that is summed up go on from a stored summary as if nothing had been in between', () => {
    fc.assert(
      fc.property(fc.array(queryOf, { maxLength: 12 }), fc.nat(6), (queries, pairs) => {
        const rule: NegativeRule = { kind: 'percentage', alphas: [0.5, 0.8] }
        const first = mined(queries.slice(0, 2 * pairs), rule)
        const stored = JSON.parse(JSON.stringify(first)) as MiningSummary
        expect(mined(queries.slice(2 * pairs), rule, stored)).toEqual(mined(queries, rule))
      }),
    )
  })
})
