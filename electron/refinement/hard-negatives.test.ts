import { describe, expect, it } from 'vitest'
import {
  type Candidate,
  mineHardNegatives,
  type MiningOptions,
  type MiningQuery,
  type NegativeRule,
  percentageThreshold,
  shareOfPositive,
} from './hard-negatives.ts'
import { calibrateAlpha, HardNegativeMiner } from './mining-summary.ts'
import { HistogramBuilder } from './score-histogram.ts'

const candidate = (passageId: string, score: number, extra: Partial<Candidate> = {}): Candidate => ({
  passageId,
  score,
  ...extra,
})

function query(positiveScore: number, scores: number[], extra: Partial<MiningQuery> = {}): MiningQuery {
  return {
    queryId: 'q',
    positive: candidate('pos', positiveScore, { documentId: 'doc', clusterId: 'cluster' }),
    candidates: scores.map((score, i) => candidate(`p${i + 1}`, score)),
    ...extra,
  }
}

const ids = (mined: ReturnType<typeof mineHardNegatives>, level = 0) =>
  mined.levels[level]?.negatives.map((n) => n.passageId)
const mine = (q: MiningQuery, rule: NegativeRule, options?: MiningOptions) => mineHardNegatives(q, rule, options)

describe('the percentage rule', () => {
  it('keeps what scores below alpha times a positive score, for several alphas at once', () => {
    const mined = mine(query(0.8, [0.75, 0.67, 0.61, 0.53, 0.51, 0.1]), {
      kind: 'percentage',
      alphas: [0.65, 0.75, 0.85],
    })
    expect(ids(mined, 0)).toEqual(['p5', 'p6']) // below 0.52
    expect(ids(mined, 1)).toEqual(['p4', 'p5', 'p6']) // below 0.60
    expect(ids(mined, 2)).toEqual(['p2', 'p3', 'p4', 'p5', 'p6']) // below 0.68
    expect(mined.levels[2]?.rejected).toBe(1)
  })

  it('stays below the positive when scores are negative, where alpha * s+ would not', () => {
    expect(percentageThreshold(-0.4, 0.85)).toBeCloseTo(-0.46, 12)
    const mined = mine(query(-0.4, [-0.35, -0.41, -0.45, -0.47]), { kind: 'percentage', alphas: [0.85] })
    expect(ids(mined)).toEqual(['p4'])
  })

  it('keeps a higher alpha a superset, and never what reaches the positive, for scores of any sign', () => {
    const alphas = [-0.5, 0, 0.65, 0.75, 0.85, 0.95, 1]
    for (const positiveScore of [-3, -0.4, 0, 1e-9, 0.3, 12]) {
      const scores = Array.from({ length: 41 }, (_, i) => positiveScore + (20 - i) * 0.07)
      const mined = mine(query(positiveScore, scores), { kind: 'percentage', alphas })
      for (let level = 0; level < alphas.length; level++) {
        const kept = new Set(ids(mined, level))
        for (const id of ids(mined, level - 1) ?? []) expect(kept).toContain(id)
        for (const negative of mined.levels[level]?.negatives ?? []) expect(negative.score).toBeLessThan(positiveScore)
      }
    }
  })

  it('agrees with the share of the positive: kept at every alpha above it', () => {
    expect(shareOfPositive(0.8, 0.6)).toBeCloseTo(0.75, 12)
    expect(shareOfPositive(-0.4, -0.46)).toBeCloseTo(0.85, 12)
    expect(shareOfPositive(0, -0.1)).toBe(-Infinity)
    expect(shareOfPositive(0, 0)).toBe(Infinity)
    const share = shareOfPositive(0.8, 0.61)
    const mined = mine(query(0.8, [0.61]), { kind: 'percentage', alphas: [share - 1e-9, share + 1e-9] })
    expect([ids(mined, 0), ids(mined, 1)]).toEqual([[], ['p1']])
  })
})

describe('the other rules', () => {
  const q = query(0.8, [0.9, 0.7, 0.6, 0.5])

  it('margin: below the positive by more than the margin', () => {
    const mined = mine(q, { kind: 'margin', margins: [0.15, 0.25] })
    expect([ids(mined, 0), ids(mined, 1)]).toEqual([['p3', 'p4'], ['p4']])
  })

  it('absolute: from low up to, not including, high', () => {
    expect(ids(mine(q, { kind: 'absolute', ranges: [{ low: 0.5, high: 0.7 }] }))).toEqual(['p3', 'p4'])
  })

  it('rank: by place in the list as retrieved, so an excluded candidate does not move the others up', () => {
    const withPositive = { ...q, candidates: [candidate('pos', 0.95), ...q.candidates] }
    expect(ids(mine(withPositive, { kind: 'rank', ranges: [{ first: 1, last: 3 }] }))).toEqual(['p1', 'p2'])
  })

  it.each<[NegativeRule, string]>([
    [{ kind: 'percentage', alphas: [85] }, 'alpha 85 is above 1'],
    [{ kind: 'margin', margins: [-1] }, 'margin -1 is below 0'],
    [{ kind: 'absolute', ranges: [{ low: 1, high: 0 }] }, 'range 1 to 0 is empty'],
    [{ kind: 'rank', ranges: [{ first: 0, last: 5 }] }, 'ranks count from 1'],
  ])('%j is refused', (rule, message) => {
    expect(() => mine(q, rule)).toThrow(message)
  })
})

describe('exclusions', () => {
  const rule: NegativeRule = { kind: 'percentage', alphas: [1] }
  const q = query(0.8, [], {
    otherPositiveIds: new Set(['also-right']),
    otherPositiveClusterIds: new Set(['right-cluster']),
    candidates: [
      candidate('pos', 0.79),
      candidate('copy', 0.7, { clusterId: 'cluster' }),
      candidate('also-right', 0.6),
      candidate('copy-of-right', 0.55, { clusterId: 'right-cluster' }),
      candidate('neighbour', 0.5, { documentId: 'doc' }),
      candidate('far', 0.4, { documentId: 'elsewhere', clusterId: 'own' }),
    ],
  })

  it('take out the positive, its copies, the other positives and their copies', () => {
    const mined = mine(q, rule)
    expect(ids(mined)).toEqual(['neighbour', 'far'])
    expect(mined.excluded).toEqual({ positive: 1, duplicate: 2, otherPositive: 1, sameDocument: 0 })
  })

  it('take out the positive’s document on request', () => {
    const mined = mine(q, rule, { excludeSameDocument: true })
    expect(ids(mined)).toEqual(['far'])
    expect(mined.excluded.sameDocument).toBe(1)
  })

  it('do not take passages without cluster or document for copies of each other', () => {
    const bare = { ...query(0.8, [0.5]), positive: candidate('pos', 0.8) }
    expect(ids(mine(bare, rule, { excludeSameDocument: true }))).toEqual(['p1'])
  })
})

describe('mining one query', () => {
  it('lists candidates as good as the positive as suspected false negatives', () => {
    const q = query(0.8, [0.85, 0.8, 0.77, 0.3])
    const suspects = (options?: MiningOptions) =>
      mine(q, { kind: 'percentage', alphas: [0.75] }, options).suspects.map((s) => `${s.rank} ${s.passageId}`)
    expect(suspects()).toEqual(['1 p1', '2 p2'])
    expect(suspects({ suspectShare: 0.95 })).toEqual(['1 p1', '2 p2', '3 p3'])
  })

  it('keeps the best ranked up to the limit and counts the rest', () => {
    const mined = mine(query(0.9, [0.5, 0.4, 0.3, 0.2]), { kind: 'percentage', alphas: [0.8] }, { perQuery: 3 })
    expect(ids(mined)).toEqual(['p1', 'p2', 'p3'])
    expect(mined.levels[0]).toMatchObject({ overLimit: 1, rejected: 0 })
  })

  it('refuses unranked candidates and scores that are not finite', () => {
    const rule: NegativeRule = { kind: 'margin', margins: [0] }
    expect(() => mine(query(0.9, [0.1, 0.2]), rule)).toThrow('candidates of query "q" are not ranked: number 2')
    expect(() => mine(query(0.9, [NaN]), rule)).toThrow('passage "p1" of query "q" has the score NaN')
    expect(() => mine(query(Infinity, [0.1]), rule)).toThrow('passage "pos"')
  })
})

describe('the summary over queries', () => {
  const queries = [query(0.8, [0.85, 0.7, 0.5, 0.3]), query(0.5, [0.49, 0.45]), query(0.6, [0.2])]
  const miner = new HardNegativeMiner({ kind: 'percentage', alphas: [0.5, 0.7] }, { wanted: 2 })
  for (const q of queries) miner.mine(q)
  const summary = miner.summary()

  it('counts pairs, negatives and skipped queries per level', () => {
    expect(summary.levels).toEqual([
      { pairs: 2, negatives: 2, skipped: 1, belowWanted: 3 }, // below 0.40, 0.25 and 0.30
      { pairs: 2, negatives: 3, skipped: 1, belowWanted: 2 }, // below 0.56, 0.35 and 0.42
    ])
    expect(summary).toMatchObject({ queries: 3, suspects: 1 })
  })

  it('puts every score into its histograms', () => {
    const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
    expect(sum(summary.positiveScores.counts)).toBe(3)
    expect(sum(summary.candidateScores.counts)).toBe(7)
    expect(sum(summary.shares.counts)).toBe(7)
    // Alpha as a cut through the shares: the bins below 0.5 hold what alpha 0.5 keeps.
    const bin = (0.5 / 1.2) * summary.shares.counts.length
    expect(sum(summary.shares.counts.slice(0, Math.round(bin)))).toBe(summary.levels[0]?.negatives)
  })

  it('calibrates alpha so that the wanted share of candidates is kept', () => {
    const many = [
      query(
        0.5,
        Array.from({ length: 1_000 }, (_, i) => 0.6 - i * 0.0005),
      ),
    ]
    for (const share of [0.2, 0.5, 0.7]) {
      const alpha = calibrateAlpha(many, share) as number
      const kept =
        mine(many[0] as MiningQuery, { kind: 'percentage', alphas: [alpha] }).levels[0]?.negatives.length ?? 0
      expect(Math.abs(kept - share * 1_000)).toBeLessThanOrEqual(1)
    }
    // A fifth of the candidates beat the positive: no alpha up to 1 keeps more than the rest.
    expect(calibrateAlpha(many, 0.9)).toBeGreaterThan(1)
    // The same difficulty on a model whose scores crowd near 1 needs another alpha.
    const crowded = [
      query(
        0.95,
        Array.from({ length: 1_000 }, (_, i) => 0.96 - i * 0.0001),
      ),
    ]
    expect(calibrateAlpha(crowded, 0.5)).toBeGreaterThan((calibrateAlpha(many, 0.5) as number) + 0.2)
  })

  it('has no alpha without candidates, or where the positive scores 0', () => {
    expect(calibrateAlpha([query(0.5, [])], 0.5)).toBeUndefined()
    expect(calibrateAlpha([query(0, [-0.5])], 0.5)).toBeUndefined()
    expect(() => calibrateAlpha([], 65)).toThrow('share 65 is not between 0 and 1')
  })
})

describe('a histogram', () => {
  it('counts the borders in, the outside apart', () => {
    const builder = new HistogramBuilder(0, 1, 4)
    for (const score of [-0.1, 0, 0.24, 0.25, 0.99, 1, 1.01]) builder.add(score)
    expect(builder.build()).toEqual({ min: 0, max: 1, counts: [2, 1, 0, 2], below: 1, above: 1 })
    expect(() => new HistogramBuilder(1, 1, 4)).toThrow('needs min < max')
  })
})
