import type { EvaluationTable, HazardTable, QueryDifference } from '../contracts/evaluation.ts'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import {
  compareByIntent,
  EVENT_GROUPS,
  MEASURE_NAMES,
  type MeasureName,
  type MeasureValues,
  type MetricsReport,
} from '../evaluation/index.ts'
import type { EvaluatedQuery, EvaluationRecord } from '../storage/index.ts'

/** Evaluations side by side, intent by intent, each against the baseline. */
export function tableOf(
  records: readonly EvaluationRecord[],
  queries: ReadonlyMap<number, readonly EvaluatedQuery[]>,
  baselineId: number,
  measure: MeasureName,
): EvaluationTable {
  const baseline = queries.get(baselineId)!
  const intents = new Map(baseline.map((query) => [query.queryId, query.intent as Intent]))
  const columns = records.map((record) => {
    const rows = compareByIntent(valuesOf(queries.get(record.id)!, measure), valuesOf(baseline, measure), intents)
    return { record, rows: new Map(rows.map((row) => [row.intent, row])) }
  })
  const present = INTENTS.filter((intent) => columns.some(({ rows }) => rows.has(intent)))
  return {
    ...{ measure, baselineId },
    rows: present.map((intent) => ({
      intent,
      queries: columns[0]!.rows.get(intent)?.queries ?? 0,
      cells: columns.flatMap(({ record, rows }) => {
        const row = rows.get(intent)
        if (!row) return []
        const isOther = record.id !== baselineId
        return [
          {
            evaluationId: record.id,
            estimate: { ...row.system },
            verdict: isOther ? row.verdict : null,
            pBetter: isOther ? row.holmPBetter : null,
            pWorse: isOther ? row.holmPWorse : null,
          },
        ]
      }),
    })),
    mean: records.map(({ id, byIntent }) => {
      const values = Object.values(byIntent).map((measures) => measures[measure] ?? 0)
      return { evaluationId: id, value: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) }
    }),
  }
}

/** Means by intent and event group. */
export function hazardTable(queries: readonly EvaluatedQuery[], measure: MeasureName): HazardTable {
  const grouped = queries.filter(({ eventGroup }) => eventGroup !== null)
  const found = [...new Set(grouped.map(({ eventGroup }) => eventGroup!))]
  const known = EVENT_GROUPS.filter((group) => found.includes(group))
  const groups = [...known, ...found.filter((group) => !EVENT_GROUPS.some((one) => one === group)).sort()]
  const byIntent = Map.groupBy(grouped, ({ intent }) => intent)
  const cell = (members: readonly EvaluatedQuery[]) =>
    members.length === 0
      ? null
      : {
          value: members.reduce((sum, { measures }) => sum + (measures[measure] ?? 0), 0) / members.length,
          queries: members.length,
        }
  return {
    ...{ measure, groups },
    rows: INTENTS.filter((intent) => byIntent.has(intent)).map((intent) => ({
      intent,
      cells: groups.map((group) => cell(byIntent.get(intent)!.filter(({ eventGroup }) => eventGroup === group))),
    })),
  }
}

/** Two evaluations query by query, largest changes first. */
export function differences(
  queries: readonly EvaluatedQuery[],
  others: ReadonlyMap<string, EvaluatedQuery>,
  measure: MeasureName,
): QueryDifference[] {
  return queries
    .flatMap(({ queryId, intent, text, measures }) => {
      const other = others.get(queryId)?.measures[measure]
      const value = measures[measure]
      if (other === undefined || value === undefined) return []
      return [{ ...{ queryId, text, value, other }, intent: intent as Intent, difference: value - other }]
    })
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || (a.queryId < b.queryId ? -1 : 1))
}

function valuesOf(queries: readonly EvaluatedQuery[], measure: MeasureName): Map<string, number> {
  return new Map(queries.map(({ queryId, measures }) => [queryId, measures[measure] ?? 0]))
}

/** Values per query in the form that comparisons take. */
export function reportOf(queries: readonly EvaluatedQuery[]): MetricsReport {
  const perQuery = Object.fromEntries(queries.map(({ queryId, measures }) => [queryId, measures as MeasureValues]))
  const meanOf = (name: MeasureName): number =>
    queries.reduce((sum, { measures }) => sum + (measures[name] ?? 0), 0) / queries.length
  return { perQuery, mean: Object.fromEntries(MEASURE_NAMES.map((name) => [name, meanOf(name)])) as MeasureValues }
}
