import { describe, expect, it } from 'vitest'
import { seededRandom } from '../platform/seeded-random.ts'
import { cohenKappa, fleissKappa, percentAgreement } from './agreement.ts'
import { gwetAC } from './agreement-gwet.ts'
import { agreementInterval } from './agreement-interval.ts'
import { krippendorffAlpha } from './agreement-krippendorff.ts'
import type { Rating, RatingTable } from './agreement-table.ts'

/** Pairs of ratings from a contingency table: rows the first judge, columns the second. */
const pairsOf = (contingency: number[][]): RatingTable =>
  contingency.flatMap((row, i) => row.flatMap((count, j) => Array.from({ length: count }, () => [i, j])))

/** One row per unit from one row per judge, as publications print them; `.` is missing. */
const byJudge = (...judges: string[]): RatingTable => {
  const columns = judges.map((judge) =>
    judge.split(' ').map((r): Rating => (r === '.' ? null : /\d/.test(r) ? Number(r) : r)),
  )
  return (columns[0] ?? []).map((_, unit) => columns.map((column) => column[unit]))
}

// Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section D: four observers, twelve units.
const KRIPPENDORFF = byJudge(
  '1 2 3 3 2 1 4 1 2 . . .',
  '1 2 3 3 2 2 4 1 2 5 . 3',
  '. 3 3 3 2 3 4 2 2 5 1 .',
  '1 2 3 3 2 4 4 1 2 5 1 .',
)

// Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, page 120: the same, but unit 12 rated by judge 3.
const GWET = byJudge(
  '1 2 3 3 2 1 4 1 2 . . .',
  '1 2 3 3 2 2 4 1 2 5 . .',
  '. 3 3 3 2 3 4 2 2 5 1 3',
  '1 2 3 3 2 4 4 1 2 5 1 .',
)

describe("Cohen's kappa", () => {
  // Cohen (1968), table 1: 200 diagnoses by two judges; personality disorder, neurosis, psychosis.
  const cohen1968 = pairsOf([
    [88, 14, 18],
    [10, 40, 10],
    [2, 6, 12],
  ])

  it('of Cohen (1968) is .492 plain and .348 with his disagreement weights', () => {
    expect(cohenKappa(cohen1968)).toBeCloseTo(0.492, 3)
    const weights = [
      [0, 1, 3],
      [1, 0, 6],
      [3, 6, 0],
    ]
    expect(cohenKappa(cohen1968, { weights })).toBeCloseTo(0.348, 3)
  })

  it('of the pregnancy data in Gwet (2014) is .796 plain, .843 linear and .892 quadratic, as the package irrCAC has it', () => {
    const pregnancies = pairsOf([
      [13, 0, 0],
      [0, 20, 7],
      [0, 4, 56],
    ])
    expect(cohenKappa(pregnancies)).toBeCloseTo(0.7964094, 6)
    expect(cohenKappa(pregnancies, { weights: 'linear' })).toBeCloseTo(0.843, 3)
    expect(cohenKappa(pregnancies, { weights: 'quadratic' })).toBeCloseTo(0.892, 3)
  })

  it('of the marital data in the R package vcd (Hout et al. 1987) is .1293 plain and .2374 linear', () => {
    const marital = pairsOf([
      [7, 7, 2, 3],
      [2, 8, 3, 7],
      [1, 5, 4, 9],
      [2, 8, 9, 14],
    ])
    expect(cohenKappa(marital)).toBeCloseTo(0.1293, 4)
    expect(cohenKappa(marital, { weights: 'linear' })).toBeCloseTo(0.2374, 4)
  })

  it('with quadratic weights equals the correlation-like form of Fleiss and Cohen (1973)', () => {
    const random = seededRandom(11)
    const pairs = Array.from({ length: 60 }, () => {
      const x = Math.floor(random() * 4)
      return [x, Math.min(3, Math.max(0, x + Math.floor(random() * 3) - 1))] as const
    })
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    const [mx, my] = [mean(pairs.map((p) => p[0])), mean(pairs.map((p) => p[1]))]
    const variance = mean(pairs.map((p) => (p[0] - mx) ** 2)) + mean(pairs.map((p) => (p[1] - my) ** 2))
    const expected = 1 - mean(pairs.map(([x, y]) => (x - y) ** 2)) / (variance + (mx - my) ** 2)
    expect(cohenKappa(pairs, { weights: 'quadratic' })).toBeCloseTo(expected, 12)
  })

  it('leaves out units that one judge skipped, and has no value where chance explains everything', () => {
    expect(cohenKappa([...cohen1968, [0, null], [undefined, 2], []])).toBe(cohenKappa(cohen1968))
    expect(
      cohenKappa([
        ['yes', 'yes'],
        ['yes', 'yes'],
      ]),
    ).toBeUndefined()
    expect(cohenKappa([['yes', null]])).toBeUndefined()
  })

  it('refuses a third judge, an unknown category and weights of the wrong size', () => {
    expect(() => cohenKappa([[1, 2, 3]])).toThrow('unit 0 has 3 columns')
    expect(() => cohenKappa([[1, 9]], { categories: [0, 1] })).toThrow('rating 9 is not among the categories 0, 1')
    expect(() => cohenKappa([[0, 1]], { weights: [[0]] })).toThrow('must be a 2 x 2 matrix')
    expect(() => cohenKappa([[0, NaN]])).toThrow('rating NaN is not a finite number')
  })
})

describe("Fleiss' kappa", () => {
  // Fleiss (1971), table 1: 30 patients, 6 psychiatrists each, 5 diagnoses (numbers of psychiatrists per diagnosis).
  const FLEISS_1971 = `00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
    00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006`

  const fleiss = FLEISS_1971.split(/\s+/).map((row) => [...row].flatMap((n, k) => new Array<number>(Number(n)).fill(k)))

  it('of Fleiss (1971) is .430, from an agreement of .556', () => {
    expect(fleiss).toHaveLength(30)
    expect(percentAgreement(fleiss)).toBeCloseTo(0.5556, 4)
    expect(fleissKappa(fleiss)).toBeCloseTo(0.43, 3)
  })

  it('refuses uneven numbers of ratings and points to alpha', () => {
    expect(() =>
      fleissKappa([
        [1, 2, 1],
        [1, 1, null],
      ]),
    ).toThrow("unit 1 has 2 ratings, unit 0 has 3; Fleiss' kappa needs")
    expect(() => fleissKappa([[1]])).toThrow('at least 2')
  })

  it('has no value without units or with one category', () => {
    expect(fleissKappa([])).toBeUndefined()
    expect(
      fleissKappa([
        ['a', 'a'],
        ['a', 'a'],
      ]),
    ).toBeUndefined()
  })
})

describe("Krippendorff's alpha", () => {
  it('of the example with four observers (2011, section D) is .743 nominal, .815 ordinal, .849 interval', () => {
    expect(krippendorffAlpha(KRIPPENDORFF, 'nominal')).toBeCloseTo(0.743, 3)
    expect(krippendorffAlpha(KRIPPENDORFF, 'ordinal')).toBeCloseTo(0.815, 3)
    expect(krippendorffAlpha(KRIPPENDORFF, 'interval')).toBeCloseTo(0.849, 3)
  })

  it('of the two-observer examples (2011, sections A and B) is .095 binary and .692 nominal', () => {
    expect(krippendorffAlpha(byJudge('0 1 0 0 0 0 0 0 1 0', '1 1 1 0 0 1 0 0 0 0'))).toBeCloseTo(0.095, 3)
    expect(krippendorffAlpha(byJudge('a a b b d c c c e d d a', 'b a b b b c c c e d d d'))).toBeCloseTo(0.692, 3)
  })

  it('takes the order of labels from the given categories', () => {
    const names = ['none', 'low', 'middle', 'high', 'full']
    const labelled = KRIPPENDORFF.map((row) => row.map((r) => (typeof r === 'number' ? names[r - 1] : r)))
    expect(krippendorffAlpha(labelled, 'ordinal', { categories: names })).toBeCloseTo(0.815, 3)
    expect(() => krippendorffAlpha(labelled, 'interval')).toThrow('interval alpha needs numbers')
  })

  it('has no value without variation or without pairs', () => {
    expect(
      krippendorffAlpha([
        [1, 1],
        [1, 1],
      ]),
    ).toBeUndefined()
    expect(
      krippendorffAlpha([
        [1, null],
        [null, 2],
      ]),
    ).toBeUndefined()
  })
})

describe("Gwet's AC1 and AC2", () => {
  it('AC1 of Gwet (2008) stays at .941 where kappa falls to -.023', () => {
    const paradox = pairsOf([
      [118, 5],
      [2, 0],
    ])
    expect(percentAgreement(paradox)).toBeCloseTo(0.944, 3)
    expect(gwetAC(paradox)).toBeCloseTo(0.9408, 4)
    expect(cohenKappa(paradox)).toBeCloseTo(-0.0234, 4)
  })

  it('of the four-rater data in Gwet (2014) is .775, AC2 .859 linear and .914 quadratic, as irrCAC has it', () => {
    expect(percentAgreement(GWET)).toBeCloseTo(0.818, 3)
    expect(gwetAC(GWET)).toBeCloseTo(0.77544, 5)
    expect(gwetAC(GWET, { weights: 'linear' })).toBeCloseTo(0.859, 3)
    expect(gwetAC(GWET, { weights: 'quadratic' })).toBeCloseTo(0.914, 3)
  })

  it('AC2 of the pregnancy data in Gwet (2014) is .900 linear and .940 quadratic, as irrCAC has it', () => {
    const pregnancies = pairsOf([
      [13, 0, 0],
      [0, 20, 7],
      [0, 4, 56],
    ])
    expect(gwetAC(pregnancies)).toBeCloseTo(0.849, 3)
    expect(gwetAC(pregnancies, { weights: 'linear' })).toBeCloseTo(0.9, 3)
    expect(gwetAC(pregnancies, { weights: 'quadratic' })).toBeCloseTo(0.94, 3)
  })

  it('is 1 where judges agree on the only category, and has no value without pairs', () => {
    expect(gwetAC([['a', 'a']])).toBe(1)
    expect(gwetAC([['a', null]])).toBeUndefined()
  })
})

describe('intervals', () => {
  /** Judges who copy a shared truth with the given reliability, else guess among two labels. */
  const judges = (units: number, reliability: number, seed: number): RatingTable => {
    const random = seededRandom(seed)
    return Array.from({ length: units }, () => {
      const truth = random() < 0.5 ? 0 : 1
      return [0, 1].map(() => (random() < reliability ? truth : random() < 0.5 ? 0 : 1))
    })
  }

  it('hold the coefficient, narrow with more units and repeat with their seed', () => {
    const few = agreementInterval(judges(40, 0.8, 1), cohenKappa, { seed: 2 })
    const many = agreementInterval(judges(640, 0.8, 1), cohenKappa, { seed: 2 })
    if (!few || !many) throw new Error('no interval')
    expect(few.value).toBe(cohenKappa(judges(40, 0.8, 1)))
    expect(few.low).toBeLessThan(few.value)
    expect(few.high).toBeGreaterThan(few.value)
    // Sixteen times the units: a quarter of the width, within the noise of the draw.
    const ratio = (few.high - few.low) / (many.high - many.low)
    expect(ratio).toBeGreaterThan(3)
    expect(ratio).toBeLessThan(5.5)
    expect(agreementInterval(judges(40, 0.8, 1), cohenKappa, { seed: 2 })).toEqual(few)
  })

  it('cover the true kappa of .64 in about 95 of 100 repetitions', () => {
    // Two judges with reliability .8 agree beyond chance with probability .8 * .8.
    const covered = Array.from({ length: 100 }, (_, seed) => {
      const interval = agreementInterval(judges(150, 0.8, seed + 50), cohenKappa, { resamples: 200 })
      return interval !== undefined && interval.low <= 0.64 && interval.high >= 0.64
    }).filter(Boolean).length
    expect(covered).toBeGreaterThanOrEqual(88)
  })

  it('do not exist where the coefficient does not, or does in fewer than half of the resamples', () => {
    const constant = [
      ['a', 'a'],
      ['a', 'a'],
    ]
    expect(agreementInterval([], cohenKappa)).toBeUndefined()
    expect(agreementInterval(constant, cohenKappa)).toBeUndefined()
    // Defined on the units as they are, and on the third of the draws that begins with the first of them.
    const units = Array.from({ length: 3 }, (_, i) => [i, i])
    const seldom = (table: RatingTable) => (table[0]?.[0] === 0 ? 1 : undefined)
    expect(agreementInterval(units, seldom)).toBeUndefined()
  })
})
