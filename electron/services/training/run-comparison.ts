import { INTENTS, type Intent } from '../../contracts/intents.ts'
import type { TrainingComparison, TrainingRun } from '../../contracts/training.ts'
import { bootstrapMean, compareByIntent } from '../../evaluation/index.ts'
import type { QueryScore, TrainingRunRecord, TrainingRunRepository } from '../../storage/index.ts'
import { standingEvaluation } from './run-quality.ts'

/** Texts of a recipe; two runs of one recipe may have variants of it that differ in settings alone. */
const NOT_SETTINGS = new Set(['$schema', 'name', 'description', 'variants'])

interface ComparedRun {
  readonly record: TrainingRunRecord
  readonly shown: TrainingRun
  readonly scores: readonly QueryScore[]
}

/** What tells runs apart: settings, data, scores on held-out queries by intent. */
export function compareRuns(
  repository: TrainingRunRepository,
  runs: readonly { readonly record: TrainingRunRecord; readonly shown: TrainingRun }[],
  baselineId: number,
): TrainingComparison {
  const compared = runs.map((run): ComparedRun => ({ ...run, scores: standingScores(repository, run.record.id) }))
  const baseline = compared.find(({ record }) => record.id === baselineId)!
  const notComparable = whyNotComparable(compared)
  return {
    ...{ baselineId, runs: compared.map(({ shown }) => shown), notComparable },
    settings: differences(compared.map(({ record }) => settingsOf(record))),
    data: differences(compared.map(({ record }) => dataOf(record))),
    intents: intentRows(compared, baseline, notComparable === null),
    mean: compared.map(({ record, shown }) => ({ runId: record.id, value: shown.quality?.value ?? null })),
  }
}

/** Scores on held-out queries of the model that a run made, or would make if it ended here. */
export function standingScores(repository: TrainingRunRepository, id: number): readonly QueryScore[] {
  const standing = standingEvaluation(repository.stages(id), repository.evaluations(id))
  return (standing && repository.queryScores(id, standing.stage, standing.step)) ?? []
}

function whyNotComparable(runs: readonly ComparedRun[]): string | null {
  const without = runs.find(({ scores }) => scores.length === 0)
  if (without) return `"${without.record.name}" has no scores on held-out queries yet.`
  const [first] = runs
  const other = runs.find(({ record }) => record.facts?.id !== first!.record.facts?.id)
  if (other)
    return `"${first!.record.name}" and "${other.record.name}" read different data: their held-out queries and passages are not the same.`
  if (sharedKeys(runs).size === 0)
    return 'The runs hold out different queries: their seeds, or their settings of the dev set, are not the same.'
  return null
}

function sharedKeys(runs: readonly ComparedRun[]): Set<string> {
  const [first, ...others] = runs.map(({ scores }) => new Set(scores.map(([key]) => key)))
  return new Set([...first!].filter((key) => others.every((keys) => keys.has(key))))
}

function intentRows(
  runs: readonly ComparedRun[],
  baseline: ComparedRun,
  comparable: boolean,
): TrainingComparison['intents'] {
  const shared = sharedKeys(runs)
  const intents = new Map(baseline.scores.map(([key, intent]) => [key, intent]))
  const present = INTENTS.filter((intent) => runs.some(({ scores }) => scores.some(([, own]) => own === intent)))
  const columns = runs.map(({ record, scores }) => {
    const isOther = comparable && record.id !== baseline.record.id
    // Its p-values are wanted; the intervals are those of each run on all its own queries.
    const rows = isOther ? compareByIntent(valuesOf(scores), valuesOf(baseline.scores), intents, { resamples: 1 }) : []
    const estimates = new Map(present.map((intent) => [intent, intervalOf(scores, intent)]))
    return { runId: record.id, estimates, rows: new Map(rows.map((row) => [row.intent, row])) }
  })
  return present.map((intent) => ({
    intent,
    queries: baseline.scores.filter(([key, own]) => own === intent && shared.has(key)).length,
    cells: columns.map(({ runId, estimates, rows }) => {
      const row = rows.get(intent)
      return {
        runId,
        estimate: estimates.get(intent) ?? null,
        ...{ verdict: row?.verdict ?? null, pBetter: row?.holmPBetter ?? null, pWorse: row?.holmPWorse ?? null },
      }
    }),
  }))
}

function intervalOf(scores: readonly QueryScore[], intent: Intent) {
  const interval = bootstrapMean(scores.flatMap(([, own, value]) => (own === intent ? [value] : [])))
  return interval ? { ...interval } : null
}

function valuesOf(scores: readonly QueryScore[]): Map<string, number> {
  return new Map(scores.map(([key, , value]) => [key, value]))
}

/** Entries that are not the same everywhere, in the order in which they first occur. */
export function differences(columns: readonly ReadonlyMap<string, string>[]): TrainingComparison['settings'] {
  const paths = new Set(columns.flatMap((column) => [...column.keys()]))
  return [...paths].flatMap((path) => {
    const values = columns.map((column) => column.get(path) ?? null)
    return new Set(values).size === 1 ? [] : [{ path, values }]
  })
}

function settingsOf({ recipe, model, modelName }: TrainingRunRecord): Map<string, string> {
  const settings = Object.entries(recipe as object).filter(([key]) => !NOT_SETTINGS.has(key) && key !== 'data')
  // The model that was really started from, wherever it was named.
  const started = modelName ?? model
  const known = started === null ? settings : settings.filter(([key]) => key !== 'model')
  return new Map([...(started === null ? [] : [['model', started] as const]), ...flat(Object.fromEntries(known))])
}

function dataOf({ data, dataName, facts, lineage }: TrainingRunRecord): Map<string, string> {
  const { sets = [], ...counts } = facts ?? {}
  const bySet = sets.map(({ name, examples, byIntent }) => [name, { examples, ...byIntent }])
  return new Map([
    ['name', dataName ?? data],
    ...flat(counts),
    ...flat(Object.fromEntries(bySet), 'sets.'),
    ...flat(lineage ?? {}, 'lineage.'),
  ])
}

/** Leaves of nested values by their path. */
function* flat(value: unknown, prefix = ''): Generator<readonly [string, string]> {
  if (typeof value !== 'object' || value === null) {
    yield [prefix.slice(0, -1), typeof value === 'string' ? value : JSON.stringify(value)]
    return
  }
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) yield* flat(inner, `${prefix}${key}.`)
}
