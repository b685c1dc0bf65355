import { describe, expect, it } from 'vitest'
import { normalSurvival } from './normal-distribution.ts'
import { kendallTauB } from './rank-correlation.ts'
import { bootstrapMean, randomisationTest } from './resampling.ts'
import { type Alternative, holm, wilcoxonSignedRank, type WilcoxonOptions } from './significance.ts'

// Expected values printed by scipy 1.17.1 (stats.wilcoxon, kendalltau, permutation_test, bootstrap, norm.sf),
// except where a test names a publication.

describe('Wilcoxon signed-rank test', () => {
  const untied = [8.3, -1.1, 2.6, 3.7, -0.4, 5.2, 1.9, -2.2, 4.8, 0.7]
  const tied = [3, -1, 2, 2, 0, 5, -4, 1, 1, 0, 6, -2, 3, 2]

  it.each<[Alternative, number]>([
    ['greater', 0.0322265625],
    ['less', 0.9755859375],
    ['two-sided', 0.064453125],
  ])('exact, %s', (alternative, p) => {
    const result = wilcoxonSignedRank(untied, { alternative })
    expect(result).toMatchObject({ method: 'exact', rankSumPositive: 46, rankSumNegative: 9, ranked: 10 })
    expect(result.p).toBeCloseTo(p, 12)
  })

  it('gives p = .020 for the Hamilton depression scores of Hollander and Wolfe (1973), table 3.1', () => {
    const first = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
    const second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    const result = wilcoxonSignedRank(first.map((x, i) => x - (second[i] as number)))
    expect(result).toMatchObject({ rankSumPositive: 40, method: 'exact' })
    expect(result.p).toBeCloseTo(0.01953125, 12)
  })

  it('is still exact at 50 differences', () => {
    const differences = Array.from({ length: 50 }, (_, i) => {
      const magnitude = (((i + 1) * 37) % 101) + 0.5
      return (i + 1) % 3 ? magnitude : -magnitude
    })
    const result = wilcoxonSignedRank(differences)
    expect(result.method).toBe('exact')
    expect(result.p).toBeCloseTo(0.0061066740506356965, 14)
  })

  it.each<[WilcoxonOptions['zeros'] & string, boolean, Alternative, number, number]>([
    ['wilcox', true, 'greater', 60.5, 0.04876351121884418],
    ['wilcox', false, 'greater', 60.5, 0.04490373671560043],
    ['wilcox', true, 'less', 60.5, 0.9587062040803929],
    ['wilcox', true, 'two-sided', 60.5, 0.09752702243768836],
    ['pratt', true, 'greater', 78.5, 0.04405066269521195],
    ['pratt', false, 'two-sided', 78.5, 0.08237257184860342],
    ['pratt', true, 'less', 78.5, 0.9615251883829065],
    ['zsplit', true, 'greater', 80, 0.044407270583841967],
    ['zsplit', false, 'less', 80, 0.9584696790317407],
    ['zsplit', true, 'two-sided', 80, 0.08881454116768393],
  ])('with ties and zeros: %s, continuity %s, %s', (zeros, continuityCorrection, alternative, rankSum, p) => {
    const result = wilcoxonSignedRank(tied, { zeros, continuityCorrection, alternative })
    expect(result).toMatchObject({ method: 'normal', rankSumPositive: rankSum, zeroDifferences: 2 })
    expect(result.p).toBeCloseTo(p, 12)
  })

  it('sees through rounding noise: 0.3 - 0.2 ties with 0.2 - 0.1, and 0.1 + 0.2 - 0.3 is zero', () => {
    const noisy = [0.3 - 0.2, -(0.2 - 0.1), 0.1 + 0.2 - 0.3, 0.7]
    const clean = [0.1, -0.1, 0, 0.7]
    expect(noisy[0]).not.toBe(0.1)
    expect(wilcoxonSignedRank(noisy)).toEqual(wilcoxonSignedRank(clean))
  })

  it('has no p when nothing differs, and refuses what is not a number', () => {
    expect(wilcoxonSignedRank([0, 0]).p).toBeUndefined()
    expect(wilcoxonSignedRank([]).p).toBeUndefined()
    expect(() => wilcoxonSignedRank([1, NaN])).toThrow('difference NaN is not a finite number')
    expect(() => wilcoxonSignedRank([1, 1], { method: 'exact' })).toThrow('without ties')
  })
})

describe('normal survival function', () => {
  it.each([
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [1.96, 0.024997895148220435],
    [2.5, 0.006209665325776132],
    [5, 2.866515718791933e-7],
    [20, 2.7536241186061556e-89],
  ])('at %f', (z, p) => {
    expect(Math.abs(normalSurvival(z) / p - 1)).toBeLessThan(1e-12)
    expect(normalSurvival(-z)).toBeCloseTo(1 - p, 14)
  })
})

describe('Holm correction', () => {
  it('gives the adjusted p-values of R: p.adjust(c(.01, .04, .03, .005), "holm")', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005])
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12)
  })

  it('never exceeds 1 and never reorders', () => {
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})

describe('paired randomisation test', () => {
  const differences = [0.12, -0.03, 0.2, 0.05, 0, 0.31, -0.1, 0.07]

  it.each<[Alternative, number]>([
    ['greater', 0.078125],
    ['less', 0.9296875],
    ['two-sided', 0.15625],
  ])('tries every sign pattern of 8 differences: %s', (alternative, p) => {
    expect(randomisationTest(differences, { alternative })).toEqual({ p, exact: true, permutations: 256 })
  })

  it('approaches the exact answer by sampling, reproducibly', () => {
    // Zeros change no sum, so 17 values (sampled) have the p of the 8 above.
    const padded = [...differences, ...new Array<number>(9).fill(0)]
    const sampled = randomisationTest(padded, { permutations: 20_000, seed: 5 })
    expect(sampled.exact).toBe(false)
    expect(Math.abs(sampled.p - 0.15625)).toBeLessThan(0.01)
    expect(randomisationTest(padded, { permutations: 20_000, seed: 5 })).toEqual(sampled)
    expect(randomisationTest(padded, { permutations: 20_000, seed: 6 }).p).not.toBe(sampled.p)
  })
})

describe('bootstrap interval of a mean', () => {
  const values = [0.12, 0.43, 0.2, 0.85, 0, 0.31, 0.91, 0.07, 0.55, 0.62, 0.48, 0.33]

  it('has the percentile limits of scipy with 200,000 resamples', () => {
    const interval = bootstrapMean(values, { resamples: 20_000 })
    expect(interval?.value).toBeCloseTo(0.40583333, 8)
    expect(interval?.low).toBeCloseTo(0.2517, 2)
    expect(interval?.high).toBeCloseTo(0.5675, 2)
  })

  it('widens with the confidence and repeats with the seed', () => {
    const narrow = bootstrapMean(values, { confidence: 0.5 })
    const wide = bootstrapMean(values, { confidence: 0.99 })
    expect((wide?.high ?? 0) - (wide?.low ?? 0)).toBeGreaterThan((narrow?.high ?? 0) - (narrow?.low ?? 0))
    expect(bootstrapMean(values, { seed: 3 })).toEqual(bootstrapMean(values, { seed: 3 }))
    expect(() => bootstrapMean(values, { confidence: 95 })).toThrow('give a share such as 0.95')
    expect(bootstrapMean([])).toBeUndefined()
  })
})

describe("Kendall's tau-b", () => {
  it.each([
    [[12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.4714045207910316],
    [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 1],
    [[0.3, 0.5, 0.41, 0.41, 0.6, 0.2], [0.28, 0.55, 0.39, 0.4, 0.55, 0.22], 0.9285714285714286],
  ])('%j against %j', (x, y, tau) => {
    expect(kendallTauB(x, y)).toBeCloseTo(tau, 12)
  })

  it('is undefined without an order to compare', () => {
    expect(kendallTauB([1], [2])).toBeUndefined()
    expect(kendallTauB([1, 1], [1, 2])).toBeUndefined()
    expect(() => kendallTauB([1], [1, 2])).toThrow('lists of one length')
  })
})
