import { describe, expect, it } from 'vitest'
import { compareByIntent } from './intent-table.ts'
import { MEASURE_NAMES } from './measures.ts'
import { compareRuns, metricsOf } from './metrics-report.ts'
import type { Intent } from '../contracts/intents.ts'
import type { Qrels, Run } from './qrels-and-run.ts'

const qrelsOf = (entries: Record<string, Record<string, number>>): Qrels =>
  new Map(Object.entries(entries).map(([id, grades]) => [id, new Map(Object.entries(grades))]))
const runOf = (entries: Record<string, string[]>): Run =>
  new Map(Object.entries(entries).map(([id, ids]) => [id, ids.map((docId, i) => ({ docId, score: -i }))]))

const qrels = qrelsOf({ q1: { a: 1 }, q2: { b: 1 }, q3: { c: 0 } })

describe('metrics of a run', () => {
  it('average over the queries both files have, as trec_eval does', () => {
    const report = metricsOf(qrels, runOf({ q1: ['a'], q3: ['c'], q9: ['x'] }))
    expect(Object.keys(report.perQuery)).toEqual(['q1', 'q3'])
    expect(report.mean.RR).toBe(1 / 2)
    expect(Object.keys(report.mean)).toEqual([...MEASURE_NAMES])
  })

  it('count a judged query without an answer as 0 on request, as trec_eval -c does', () => {
    const report = metricsOf(qrels, runOf({ q1: ['a'], q3: ['c'] }), { missingQueries: 'zero' })
    expect(report.mean.RR).toBe(1 / 3)
    expect(report.perQuery['q2']?.['nDCG@10']).toBe(0)
  })

  it('leave out queries without a relevant judgement on request', () => {
    expect(metricsOf(qrels, runOf({ q1: ['a'], q3: ['c'] }), { withoutRelevant: 'skip' }).mean.RR).toBe(1)
  })

  it('keep a query whose id is a property name of objects', () => {
    const report = metricsOf(qrelsOf({ ['constructor']: { a: 1 } }), runOf({ ['constructor']: ['a'] }))
    expect(Object.keys(report.perQuery)).toEqual(['constructor'])
  })

  it('refuse files that have no query in common', () => {
    expect(() => metricsOf(qrels, runOf({ q9: ['a'] }))).toThrow('3 judged and 1 retrieved queries have none in common')
  })
})

describe('comparison of two runs', () => {
  const ids = Array.from({ length: 12 }, (_, i) => `q${i}`)
  const graded = qrelsOf(Object.fromEntries(ids.map((id) => [id, { hit: 1 }])))
  const filler = (n: number) => Array.from({ length: n }, (_, i) => `miss${i}`)
  const good = runOf(Object.fromEntries(ids.map((id) => [id, ['hit']])))
  // Every query loses, each at another rank, so that no two differences tie.
  const bad = runOf(Object.fromEntries(ids.map((id, i) => [id, [...filler(i + 1), 'hit']])))

  it('gives the exact one-tailed p of 12 wins out of 12 on RR: 1 / 2^12', () => {
    const { compare, mean } = compareRuns(graded, good, bad, { measure: 'RR' })
    expect(mean.RR).toBe(1)
    expect(compare).toMatchObject({
      measure: 'RR',
      wins: 12,
      losses: 0,
      ties: 0,
      queries: 12,
      wilcoxonMethod: 'exact',
      unpaired: [],
    })
    expect(compare.wilcoxonP).toBeCloseTo(2 ** -12, 12)
    expect(compare.wilcoxonPTwoTailed).toBeCloseTo(2 ** -11, 12)
    expect(compare.wilcoxonPReversed).toBe(1)
    expect(compare.randomisationP).toBeCloseTo(2 ** -11, 12)
    expect(compare.difference.low).toBeGreaterThan(0)
    expect(compare.difference.value).toBeCloseTo(mean.RR - compare.mean.RR, 12)
  })

  it('is symmetric: swapping the runs swaps the tails', () => {
    const forward = compareRuns(graded, good, bad).compare
    const backward = compareRuns(graded, bad, good).compare
    expect(backward.wilcoxonP).toBe(forward.wilcoxonPReversed)
    expect(backward.difference.value).toBeCloseTo(-forward.difference.value, 12)
  })

  it('finds nothing between a run and itself, and lists queries that one run lacks', () => {
    expect(compareRuns(graded, good, good).compare).toMatchObject({ wilcoxonP: 1, wilcoxonPTwoTailed: 1, ties: 12 })
    const partial = new Map([...good].slice(2))
    expect(compareRuns(graded, good, partial).compare.unpaired).toEqual(['q0', 'q1'])
  })
})

describe('comparison by intent', () => {
  const intents = new Map<string, Intent>()
  const system = new Map<string, number>()
  const baseline = new Map<string, number>()
  const add = (intent: Intent, shift: number, count: number) => {
    for (let i = 0; i < count; i++) {
      const id = `${intent}${i}`
      intents.set(id, intent)
      baseline.set(id, 0.3)
      system.set(id, 0.3 + shift * (i + 1))
    }
  }
  add('QA', 0.01, 8)
  add('STS', -0.01, 8)
  add('NLI', 0.01, 3)
  const rows = compareByIntent(system, baseline, intents)
  const row = (intent: Intent) => rows.find((r) => r.intent === intent)

  it('calls better, worse and unclear after Holm correction', () => {
    expect(row('QA')).toMatchObject({ verdict: 'better', queries: 8 })
    expect(row('STS')?.verdict).toBe('worse')
    expect(row('NLI')?.verdict).toBe('unclear')
  })

  it('corrects over the intents: the smallest of three p-values is tripled', () => {
    expect(row('QA')?.pBetter).toBeCloseTo(2 ** -8, 12)
    expect(row('QA')?.holmPBetter).toBeCloseTo(3 * 2 ** -8, 12)
    expect(row('NLI')?.pBetter).toBeCloseTo(2 ** -3, 12)
    expect(row('NLI')?.holmPBetter).toBeCloseTo(2 * 2 ** -3, 12)
  })

  it('leaves out queries that the baseline lacks', () => {
    const fewer = new Map([...baseline].filter(([id]) => id !== 'QA0'))
    expect(compareByIntent(system, fewer, intents).find((r) => r.intent === 'QA')?.queries).toBe(7)
  })
})
