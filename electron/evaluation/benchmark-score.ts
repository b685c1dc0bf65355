import { INTENTS, type Intent } from '../contracts/intents.ts'
import type { StoredResult } from '../storage/index.ts'
import type { Benchmark } from './benchmark-dataset.ts'
import { averageDisastIr } from './disastir.ts'
import { MEASURE_NAMES, rankDocuments, type MeasureName, type MeasureValues } from './measures.ts'
import { metricsOf } from './metrics-report.ts'
import type { Qrels, Run } from './qrels-and-run.ts'

const TOP_SHOWN = 10

export interface ScoredRun {
  /** How many were scored. */
  readonly queries: number
  readonly metrics: MeasureValues
  readonly byIntent: Readonly<Partial<Record<Intent, MeasureValues>>>
  readonly perQuery: Readonly<Record<string, MeasureValues>>
  readonly run: Run
  /** The best documents of each query with their grades, for the per-query view. */
  readonly top: ReadonlyMap<string, readonly StoredResult[]>
}

type ScorableSet = Pick<Benchmark, 'kind' | 'queries'>

/**
 * Scores a run by query, by intent and as a whole.
 * @throws RangeError when no query of the run is judged.
 */
export function scoreRun(
  set: ScorableSet,
  run: Run,
  qrels: Qrels,
  { unjudged, titleOf }: { readonly unjudged: 'zero-fill' | 'ignore'; readonly titleOf: (docId: string) => string },
): ScoredRun {
  const { perQuery, mean } = metricsOf(qrels, run, { unjudged })
  const top = [...run].map(([queryId, documents]) => {
    const best = rankDocuments(documents).slice(0, TOP_SHOWN)
    const described = best.map(({ docId, score }) => ({
      ...{ docId, score },
      grade: qrels.get(queryId)?.get(docId) ?? null,
      title: titleOf(docId),
    }))
    return [queryId, described] as const
  })
  const queries = Object.keys(perQuery).length
  return { queries, ...average(set, perQuery, mean), perQuery, run, top: new Map(top) }
}

/** Means by intent; DisastIR is averaged task by task, other sets query by query. */
function average(
  { kind, queries }: ScorableSet,
  perQuery: Readonly<Record<string, MeasureValues>>,
  mean: MeasureValues,
): Pick<ScoredRun, 'metrics' | 'byIntent'> {
  const byId = new Map(queries.map((query) => [query.id, query]))
  if (kind !== 'disastir') {
    const groups = Map.groupBy(Object.keys(perQuery), (id) => byId.get(id)!.intent)
    return {
      metrics: mean,
      byIntent: Object.fromEntries(
        [...groups].map(([intent, ids]) => [
          intent,
          fillMeasures((name) => meanOf(ids.map((id) => perQuery[id]![name]))),
        ]),
      ),
    }
  }
  const tasks = new Map(
    queries.map((query) => [query.id, { intent: query.intent, eventGroup: query.eventGroup ?? '' }]),
  )
  const averages = new Map(
    MEASURE_NAMES.map((name) => {
      const values = new Map(Object.entries(perQuery).map(([id, measures]) => [id, measures[name]]))
      return [name, averageDisastIr(values, tasks)!]
    }),
  )
  const intents = INTENTS.filter((intent) => averages.get('RR')!.byIntent[intent] !== undefined)
  return {
    metrics: fillMeasures((name) => averages.get(name)!.overall),
    byIntent: Object.fromEntries(
      intents.map((intent) => [intent, fillMeasures((name) => averages.get(name)!.byIntent[intent]!)]),
    ),
  }
}

function fillMeasures(valueOf: (name: MeasureName) => number): MeasureValues {
  return Object.fromEntries(MEASURE_NAMES.map((name) => [name, valueOf(name)])) as MeasureValues
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
