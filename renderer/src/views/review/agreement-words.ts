import type { AgreementReport, AgreementRow, Coefficient } from '../../../../electron/contracts/curation.ts'
import { strings } from '../../strings/index.ts'

type Interval = { readonly value: number; readonly low: number; readonly high: number }

/** The measure that stands for a comparison: the first of these that it has. */
const MAIN: Readonly<Record<AgreementRow['scale'], readonly Coefficient[]>> = {
  outcome: ['cohen', 'alpha-nominal', 'fleiss', 'ac1'],
  grade: ['cohen-weighted', 'alpha-ordinal', 'ac2', 'fleiss'],
}

export interface NamedCoefficient {
  readonly name: Coefficient
  readonly estimate: Interval
}

/** With fewer judgements a measure beyond chance says nothing. */
const FEWEST = 10

/** The estimate of one measure, where there is one. */
export function coefficient(row: AgreementRow, name: Coefficient): Interval | null {
  return row.coefficients.find((one) => one.name === name)?.estimate ?? null
}

/** The measure beyond chance that stands for a comparison; undefined where the ratings are few or do not vary. */
export function mainCoefficient(row: AgreementRow): NamedCoefficient | undefined {
  if (row.units < FEWEST) return undefined
  for (const name of MAIN[row.scale]) {
    const estimate = coefficient(row, name)
    if (estimate !== null) return { name, estimate }
  }
  return undefined
}

/** In words, after the bands of Landis and Koch (1977). */
export function strengthOf(value: number): keyof typeof strings.review.agreement.strengths {
  if (value > 0.8) return 'near-perfect'
  if (value > 0.6) return 'substantial'
  if (value > 0.4) return 'moderate'
  if (value > 0.2) return 'fair'
  return value > 0 ? 'slight' : 'none'
}

/** One comparison: over all pairs, and intent by intent, on one scale. */
export interface AgreementGroup {
  readonly key: string
  readonly title: string
  readonly scale: AgreementRow['scale']
  readonly rows: readonly AgreementRow[]
}

/** Rows of the same two sides on the same scale together, the row over all first. */
export function agreementGroups({ judges, rows }: AgreementReport): AgreementGroup[] {
  const nameOf = (id: number): string => judges.find((judge) => judge.id === id)?.name ?? String(id)
  const byKey = Map.groupBy(rows, (row) => `${row.between} ${row.judgeIds.join(' ')} ${row.scale}`)
  return [...byKey].flatMap(([key, group]) => {
    const [first] = group
    // Two judges are a pair of judges, which has their names.
    if (first === undefined || (first.between === 'judges' && first.judgeIds.length === 2)) return []
    const sorted = group.toSorted((a, b) => Number(a.intent !== null) - Number(b.intent !== null))
    return { key, title: titleOf(first, nameOf), scale: first.scale, rows: sorted }
  })
}

function titleOf({ between, judgeIds }: AgreementRow, nameOf: (id: number) => string): string {
  const words = strings.review.agreement
  const people = judgeIds.map(nameOf)
  switch (between) {
    case 'judges':
      return words.allJudges(people.length)
    case 'pair':
      return words.pair(people[0] ?? '', people[1] ?? '')
    case 'filter':
      return words.withFilter(people.length === 0 ? words.together : people.join(', '))
    case 'machine':
      return words.withMachine(people.length === 0 ? words.together : people.join(', '))
  }
}
