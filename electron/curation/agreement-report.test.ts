import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgreementReport, AgreementRow, Coefficient, Judge } from '../contracts/curation.ts'
import type { StateChange } from '../storage/index.ts'
import { agreementReport } from './agreement-report.ts'
import { pairLibrary, type PairLibrary } from './testing/pair-library.ts'

let library: PairLibrary
let ada: Judge
let ben: Judge
beforeEach(() => {
  library = pairLibrary({ pairs: 125 })
  ada = library.person('Ada')
  ben = library.person('Ben')
})
afterEach(() => library.close())

/** Decides pairs 1, 2, 3, ... as the changes say; undefined leaves one out. */
function judge({ id }: Judge, changes: readonly (StateChange | undefined)[], kind: 'bulk' | 'rate' = 'bulk'): void {
  library.decisions.record(
    { actorId: id, kind },
    changes.flatMap((change, i) => (change ? [{ judgeId: id, pairId: i + 1, textId: 0, change }] : [])),
  )
}
const accept: StateChange = { verdict: 'accept' }
const reject: StateChange = { verdict: 'reject' }
const times = (n: number, change: StateChange): StateChange[] => new Array<StateChange>(n).fill(change)

function row({ rows }: AgreementReport, wanted: Partial<AgreementRow>): AgreementRow {
  const found = rows.filter((one) =>
    Object.entries(wanted).every(
      ([key, value]) => JSON.stringify(one[key as keyof AgreementRow]) === JSON.stringify(value),
    ),
  )
  if (found.length !== 1) throw new Error(`${found.length} rows fit ${JSON.stringify(wanted)}`)
  return found[0]!
}
const value = ({ coefficients }: AgreementRow, name: Coefficient) =>
  coefficients.find((one) => one.name === name)?.estimate?.value

describe('the agreement report', () => {
  it('gives for two judges what Gwet (2008) has: AC1 .941 where kappa is -.023', async () => {
    judge(ada, [...times(118, accept), ...times(5, accept), ...times(2, reject)])
    judge(ben, [...times(118, accept), ...times(5, reject), ...times(2, accept)])
    const report = await agreementReport(library, { intents: false })
    const both = row(report, { between: 'pair', scale: 'outcome' })
    expect(both).toMatchObject({ judgeIds: [ada.id, ben.id], intent: null, units: 125 })
    expect(value(both, 'percent')).toBeCloseTo(0.944, 3)
    expect(value(both, 'ac1')).toBeCloseTo(0.9408, 4)
    expect(value(both, 'cohen')).toBeCloseTo(-0.0234, 4)
    const ac1 = both.coefficients.find(({ name }) => name === 'ac1')!.estimate!
    expect(ac1.low).toBeLessThan(ac1.value)
    expect(ac1.high).toBeGreaterThan(ac1.value)
  })

  it('gives for grades what the package irrCAC has for Gwet (2014): kappa .892 with quadratic weights', async () => {
    // The pregnancy data, 100 of them: 13 ectopic, 27 abnormal, 60 normal against the other judge.
    const table = [
      [13, 0, 0],
      [0, 20, 7],
      [0, 4, 56],
    ]
    const cells = table.flatMap((columns, i) => columns.flatMap((n, j) => new Array<[number, number]>(n).fill([i, j])))
    judge(
      ada,
      cells.map(([grade]) => ({ grade })),
    )
    judge(
      ben,
      cells.map(([, grade]) => ({ grade })),
    )
    const grades = row(await agreementReport(library, { intents: false }), { between: 'pair', scale: 'grade' })
    expect(grades.units).toBe(100)
    expect(value(grades, 'cohen-weighted')).toBeCloseTo(0.892, 3)
    // AC2 knows that there is a grade 3 that nobody gave: more categories, less agreement by chance.
    expect(value(grades, 'ac2')).toBeGreaterThan(0.94)
    expect(value(grades, 'cohen')).toBeUndefined()
  })

  it('sets persons, alone and together, against the filter and against a language model', async () => {
    library.filterPairs()
    const cyd = library.person('Cyd')
    const machine = library.judges.add({ name: 'm', initials: 'M', color: 6, kind: 'machine' })
    // The filter kept the even pairs. Ada agrees with it on all 20, Ben on none, Cyd on all: together they do.
    const asFiltered = Array.from({ length: 20 }, (_, i) => (i % 2 === 1 ? accept : reject))
    judge(ada, asFiltered)
    judge(
      ben,
      asFiltered.map((change) => (change === accept ? reject : accept)),
    )
    judge(cyd, asFiltered)
    judge(machine, times(20, { grade: 2.6 }), 'rate')
    const report = await agreementReport(library, { intents: false })
    const percent = (wanted: Partial<AgreementRow>) => value(row(report, wanted), 'percent')
    expect(percent({ between: 'filter', judgeIds: [ada.id] })).toBe(1)
    expect(percent({ between: 'filter', judgeIds: [ben.id] })).toBe(0)
    expect(percent({ between: 'filter', judgeIds: [] })).toBe(1)
    expect(percent({ between: 'machine', judgeIds: [ada.id, machine.id] })).toBe(0.5)
    expect(percent({ between: 'judges', scale: 'outcome' })).toBeCloseTo(1 / 3, 12)
    expect(row(report, { between: 'judges', scale: 'outcome' }).coefficients.map(({ name }) => name)).toEqual([
      ...['percent', 'fleiss', 'alpha-nominal', 'ac1'],
    ])
  })

  it('leaves Fleiss out where judges did not rate the same pairs', async () => {
    const cyd = library.person('Cyd')
    judge(ada, times(10, accept))
    judge(ben, [...times(5, accept), ...times(5, reject)])
    judge(cyd, [...times(3, reject)])
    const report = await agreementReport(library, { intents: false })
    expect(value(row(report, { between: 'judges', scale: 'outcome' }), 'fleiss')).toBeUndefined()
    expect(row(report, { between: 'pair', judgeIds: [ada.id, cyd.id] }).units).toBe(3)
  })

  it('counts per intent what it counts over all', async () => {
    judge(ada, times(60, accept))
    judge(ben, [...times(30, accept), ...times(30, reject)])
    const { rows } = await agreementReport(library, { intents: true })
    const outcome = rows.filter(({ between, scale }) => between === 'pair' && scale === 'outcome')
    expect(outcome.map(({ intent, units }) => [intent, units])).toEqual([
      ...[
        [null, 60],
        ['QA', 10],
        ['QAdoc', 10],
        ['Twitter', 10],
        ['FactCheck', 10],
        ['NLI', 10],
        ['STS', 10],
      ],
    ])
    const [all, ...each] = outcome.map((one) => value(one, 'percent')!)
    expect(each.reduce((sum, one) => sum + one, 0) / 6).toBeCloseTo(all!, 12)
  })

  it('gives many units an interval as narrow as their number allows', async () => {
    const many = pairLibrary({ pairs: 6_000 })
    try {
      const [one, other] = [many.person('Ada'), many.person('Ben')]
      const differ = (i: number): boolean => (i * 7_919) % 10 < 2
      for (const [{ id }, side] of [
        [one, false],
        [other, true],
      ] as const)
        many.decisions.record(
          { actorId: id, kind: 'bulk' },
          Array.from({ length: 6_000 }, (_, i) => ({
            ...{ judgeId: id, pairId: i + 1, textId: 0 },
            change: (i % 2 === 0) !== (side && differ(i)) ? accept : reject,
          })),
        )
      const both = row(await agreementReport(many, { intents: false }), { between: 'pair', scale: 'outcome' })
      const percent = both.coefficients.find(({ name }) => name === 'percent')!.estimate!
      expect([both.units, percent.value]).toEqual([6_000, 0.8])
      // The standard error of a share of .8 over 6,000 units is .0052; the interval is 3.92 of them wide.
      expect((percent.high - percent.low) / (3.92 * Math.sqrt((0.8 * 0.2) / 6_000))).toBeCloseTo(1, 0)
    } finally {
      many.close()
    }
  })

  it('is empty where nothing can be compared, and has no interval where ratings do not vary', async () => {
    expect((await agreementReport(library, { intents: true })).rows).toEqual([])
    judge(ada, times(5, accept))
    judge(ben, times(5, accept))
    const both = row(await agreementReport(library, { intents: false }), { between: 'pair', scale: 'outcome' })
    expect(value(both, 'percent')).toBe(1)
    expect(both.coefficients.find(({ name }) => name === 'cohen')).toEqual({ name: 'cohen', estimate: null })
  })
})
