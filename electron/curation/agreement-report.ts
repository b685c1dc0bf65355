import { setImmediate as letOthersIn } from 'node:timers/promises'
import { GRADES, type AgreementReport, type AgreementRow, type Coefficient } from '../contracts/curation.ts'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import { sampleWithoutReplacement, seededRandom } from '../platform/seeded-random.ts'
import type {
  JudgeRepository,
  PairRepository,
  PairVoteRepository,
  ReviewLogRepository,
  StoredState,
} from '../storage/index.ts'
import { gwetAC } from './agreement-gwet.ts'
import { agreementInterval } from './agreement-interval.ts'
import { krippendorffAlpha } from './agreement-krippendorff.ts'
import type { Rating, RatingTable } from './agreement-table.ts'
import { cohenKappa, fleissKappa, percentAgreement } from './agreement.ts'
import { resolve } from './resolution.ts'

export interface AgreementParts {
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly pairs: PairRepository
  readonly votes: PairVoteRepository
}

/** A pair, or a passage that should not answer, with all that was said of it. */
interface Unit {
  readonly intent: Intent
  readonly isPair: boolean
  readonly states: readonly StoredState[]
  /** Of the newest filter run. */
  readonly filter: 'accept' | 'reject' | null
}

type Scale = AgreementRow['scale']
/** One rater: what it says of a unit on a scale. */
type Rater = (unit: Unit, scale: Scale) => Rating

const OUTCOMES = ['reject', 'accept'] as const
/** Intervals of more units are those of so many drawn ones, narrowed: by the square root of the sizes. */
const MOST_UNITS = 2_000
/** Units times resamples of one interval: some 50 ms, with the second digit steady. */
const BOOTSTRAP_BUDGET = 200_000
const MOST_RESAMPLES = 1_000
const FEWEST_RESAMPLES = 200

/**
 * How far judges agree: all persons, every two of them, persons against the filter and against each language model; over all
 * and per intent, with bootstrap intervals.
 */
export async function agreementReport(
  parts: AgreementParts,
  { intents }: { readonly intents: boolean },
): Promise<AgreementReport> {
  const { judges } = parts
  const units = readUnits(parts)
  const persons = judges.idsOf('person').filter((id) => units.some(({ states }) => stateOf(states, id)))
  const rows: AgreementRow[] = []
  for (const comparison of comparisons(persons, judges.idsOf('machine'), judges.resolutionId()))
    for (const scale of comparison.scales)
      for (const intent of [null, ...(intents ? INTENTS : [])]) {
        const table = ratings(units, comparison.raters, scale, intent)
        if (table.length === 0) continue
        const { between, judgeIds } = comparison
        const coefficients: AgreementRow['coefficients'] = []
        for (const name of coefficientsFor(table, comparison.raters.length, scale)) {
          coefficients.push({ name, estimate: estimate(name, table, scale) })
          await letOthersIn()
        }
        rows.push({ between, judgeIds: [...judgeIds], intent, scale, units: table.length, coefficients })
      }
  return { judges: judges.all(), rows }
}

interface Comparison {
  readonly between: AgreementRow['between']
  readonly judgeIds: readonly number[]
  readonly raters: readonly Rater[]
  readonly scales: readonly Scale[]
}

function* comparisons(
  persons: readonly number[],
  machines: readonly number[],
  resolutionId: number,
): Generator<Comparison> {
  const scales = ['outcome', 'grade'] as const
  if (persons.length >= 2) yield { between: 'judges', judgeIds: persons, raters: persons.map(judgeRater), scales }
  for (const [i, one] of persons.entries())
    for (const other of persons.slice(i + 1))
      yield { between: 'pair', judgeIds: [one, other], raters: [judgeRater(one), judgeRater(other)], scales }
  if (persons.length === 0) return
  // What persons settled together first, then each of them. One person settles alone: no need to say it twice.
  const settled = { judgeIds: [] as number[], rater: settledRater(new Set(persons), resolutionId) }
  const sides = [
    ...(persons.length > 1 ? [settled] : []),
    ...persons.map((id) => ({ judgeIds: [id], rater: judgeRater(id) })),
  ]
  for (const { judgeIds, rater } of sides)
    yield { between: 'filter', judgeIds, raters: [rater, filterRater], scales: ['outcome'] }
  for (const machine of machines)
    for (const { judgeIds, rater } of sides)
      yield { between: 'machine', judgeIds: [...judgeIds, machine], raters: [rater, judgeRater(machine)], scales }
}

function judgeRater(judgeId: number): Rater {
  return ({ states }, scale) => {
    const state = stateOf(states, judgeId)
    return scale === 'outcome' ? state?.outcome : rounded(state?.grade)
  }
}

function settledRater(voters: ReadonlySet<number>, resolutionId: number): Rater {
  return ({ states }, scale) => {
    const settled = resolve(states, { policy: 'majority', voters, resolutionId })
    return scale === 'outcome' ? settled?.outcome : rounded(settled?.grade)
  }
}

const filterRater: Rater = ({ filter }) => filter

function stateOf(states: readonly StoredState[], judgeId: number): StoredState | undefined {
  return states.find((state) => state.judgeId === judgeId)
}

/** A language model's grade may be a mean; coefficients know categories. */
function rounded(grade: number | null | undefined): Rating {
  return grade === null || grade === undefined ? null : Math.round(grade)
}

function readUnits({ log, pairs, votes }: AgreementParts): Unit[] {
  const intents = pairs.intents()
  const run = votes.latestRun()
  const kept = run ? votes.decisions(run.id) : new Map<number, boolean>()
  const bySubject = new Map<string, StoredState[]>()
  for (const state of log.allStates()) {
    const key = `${state.pairId} ${state.textId}`
    const states = bySubject.get(key)
    if (states) states.push(state)
    else bySubject.set(key, [state])
  }
  return [...bySubject.values()].map((states) => {
    const [{ pairId, textId }] = states as [StoredState]
    const isKept = kept.get(pairId)
    const filter = textId !== 0 || isKept === undefined ? null : isKept ? 'accept' : 'reject'
    return { intent: intents.get(pairId)!, isPair: textId === 0, states, filter }
  })
}

/** Units that at least two of the raters rated. */
function ratings(units: readonly Unit[], raters: readonly Rater[], scale: Scale, intent: Intent | null): RatingTable {
  return units
    .filter((unit) => (intent === null || unit.intent === intent) && (scale === 'grade' || unit.isPair))
    .map((unit) => raters.map((rate) => rate(unit, scale)))
    .filter((row) => countOf(row) >= 2)
}

function countOf(row: readonly Rating[]): number {
  return row.filter((rating) => rating !== null && rating !== undefined).length
}

/** Which coefficients suit the table: Cohen's is for two raters, Fleiss' needs as many ratings for every unit. */
function coefficientsFor(table: RatingTable, raters: number, scale: Scale): Coefficient[] {
  const isEven = table.every((row) => countOf(row) === countOf(table[0]!))
  if (scale === 'grade')
    return ['percent', ...(raters === 2 ? (['cohen-weighted'] as const) : []), 'alpha-ordinal', 'ac2']
  return [
    'percent',
    ...(raters === 2 ? (['cohen'] as const) : []),
    ...(raters > 2 && isEven ? (['fleiss'] as const) : []),
    'alpha-nominal',
    'ac1',
  ]
}

function estimate(name: Coefficient, table: RatingTable, scale: Scale) {
  const measure = coefficient(name, scale)
  const value = measure(table)
  const drawn = table.length > MOST_UNITS ? sampleWithoutReplacement(table, MOST_UNITS, seededRandom(1)) : table
  const resamples = Math.max(FEWEST_RESAMPLES, Math.min(MOST_RESAMPLES, Math.round(BOOTSTRAP_BUDGET / drawn.length)))
  const interval = agreementInterval(drawn, measure, { resamples })
  if (value === undefined || !interval) return null
  const narrowing = Math.sqrt(drawn.length / table.length)
  return {
    value,
    low: value + (interval.low - interval.value) * narrowing,
    high: value + (interval.high - interval.value) * narrowing,
  }
}

/** Quadratic weights: a grade that is off by two is four times as wrong as one that is off by one. */
function coefficient(name: Coefficient, scale: Scale): (table: RatingTable) => number | undefined {
  const categories: readonly (string | number)[] = scale === 'outcome' ? OUTCOMES : GRADES
  const weighted = { categories, weights: 'quadratic' } as const
  const coefficients: Record<Coefficient, (table: RatingTable) => number | undefined> = {
    percent: percentAgreement,
    cohen: (table) => cohenKappa(table, { categories }),
    'cohen-weighted': (table) => cohenKappa(table, weighted),
    fleiss: fleissKappa,
    'alpha-nominal': (table) => krippendorffAlpha(table, 'nominal'),
    'alpha-ordinal': (table) => krippendorffAlpha(table, 'ordinal'),
    ac1: (table) => gwetAC(table, { categories }),
    ac2: (table) => gwetAC(table, weighted),
  }
  return coefficients[name]
}
