// Whole-run reports: what `dmr metrics` prints and the evaluation view shows.
import type { BootstrapOptions, Interval } from '../platform/bootstrap.ts'
import { MEASURE_NAMES, type MeasureName, type MeasureOptions, type MeasureValues, measureQuery } from './measures.ts'
import { alignRun, type Qrels, type Run } from './qrels-and-run.ts'
import { bootstrapMean, randomisationTest } from './resampling.ts'
import { wilcoxonSignedRank } from './significance.ts'

export interface MetricsOptions extends MeasureOptions {
  /**
   * Judged queries the run has no answer for: `skip` leaves them out of the mean (trec_eval's default), `zero` counts
   * them as 0 (trec_eval -c).
   */
  readonly missingQueries?: 'skip' | 'zero'
  /** Queries whose judgements hold nothing relevant: counted as 0 like trec_eval, or left out. */
  readonly withoutRelevant?: 'zero' | 'skip'
}

export interface MetricsReport {
  readonly mean: MeasureValues
  readonly perQuery: Readonly<Record<string, MeasureValues>>
}

/**
 * Scores a run. Queries of the run without judgements are left out, as in trec_eval; ids that a TREC file spells with
 * underscores match.
 * @throws RangeError when not one query is left to score, which means that the files do not belong together.
 */
export function metricsOf(qrels: Qrels, run: Run, options: MetricsOptions = {}): MetricsReport {
  const { missingQueries = 'skip', withoutRelevant = 'zero', ...measureOptions } = options
  const aligned = alignRun(qrels, run)
  const perQuery: Record<string, MeasureValues> = Object.create(null)
  for (const [queryId, judgements] of qrels) {
    const documents = aligned.get(queryId) ?? []
    if (missingQueries === 'skip' && !aligned.has(queryId)) continue
    if (withoutRelevant === 'skip' && ![...judgements.values()].some((grade) => isRelevant(grade, options))) continue
    perQuery[queryId] = measureQuery(judgements, documents, measureOptions)
  }
  const rows = Object.values(perQuery)
  if (rows.length === 0) {
    throw new RangeError(
      `no query to score: ${qrels.size} judged and ${run.size} retrieved queries have none in common; check that both files are of one data set`,
    )
  }
  const mean = Object.fromEntries(
    MEASURE_NAMES.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0) / rows.length]),
  ) as MeasureValues
  return { mean, perQuery }
}

export interface CompareOptions extends MetricsOptions, BootstrapOptions {
  /** The measure that is tested, nDCG@10 unless given. */
  readonly measure?: MeasureName
}

export interface RunComparison {
  readonly measure: MeasureName
  /** One-tailed: how likely is an advantage of the run over the compared one by chance. 1 when no query differs. */
  readonly wilcoxonP: number
  readonly wilcoxonPTwoTailed: number
  /** The other tail: the compared run is better. */
  readonly wilcoxonPReversed: number
  readonly wilcoxonMethod: 'exact' | 'normal'
  readonly randomisationP: number
  /** Mean of (run - compared) over the paired queries, with its bootstrap interval. */
  readonly difference: Interval
  readonly queries: number
  readonly wins: number
  readonly losses: number
  readonly ties: number
  /** Queries that one of the two reports lacks; they enter no test. */
  readonly unpaired: readonly string[]
  /** Means of the compared run. */
  readonly mean: MeasureValues
}

/** Two runs on the same judgements: the report of the first, and how it differs from the second. */
export function compareRuns(
  qrels: Qrels,
  run: Run,
  compared: Run,
  options: CompareOptions = {},
): MetricsReport & { readonly compare: RunComparison } {
  const report = metricsOf(qrels, run, options)
  return { ...report, compare: compareReports(report, metricsOf(qrels, compared, options), options) }
}

/**
 * Paired comparison of two reports on the queries both have.
 * @throws RangeError when they share no query.
 */
export function compareReports(
  report: MetricsReport,
  compared: MetricsReport,
  options: BootstrapOptions & { readonly measure?: MeasureName } = {},
): RunComparison {
  const { measure = 'nDCG@10' } = options
  const paired = Object.keys(report.perQuery).filter((id) => id in compared.perQuery)
  const differences = paired.map(
    (id) => (report.perQuery[id] as MeasureValues)[measure] - (compared.perQuery[id] as MeasureValues)[measure],
  )
  const difference = bootstrapMean(differences, options)
  if (!difference) throw new RangeError('the two runs share no scored query; compare runs of one data set')
  const greater = wilcoxonSignedRank(differences, { alternative: 'greater' })
  return {
    measure,
    wilcoxonP: greater.p ?? 1,
    wilcoxonPTwoTailed: wilcoxonSignedRank(differences, { alternative: 'two-sided' }).p ?? 1,
    wilcoxonPReversed: wilcoxonSignedRank(differences, { alternative: 'less' }).p ?? 1,
    wilcoxonMethod: greater.method,
    randomisationP: randomisationTest(differences, options.seed === undefined ? {} : { seed: options.seed }).p,
    difference,
    queries: paired.length,
    wins: differences.filter((d) => d > 0).length,
    losses: differences.filter((d) => d < 0).length,
    ties: differences.filter((d) => d === 0).length,
    unpaired: [
      ...Object.keys(report.perQuery).filter((id) => !(id in compared.perQuery)),
      ...Object.keys(compared.perQuery).filter((id) => !(id in report.perQuery)),
    ],
    mean: compared.mean,
  }
}

function isRelevant(grade: number, { relevanceLevel }: MeasureOptions): boolean {
  return relevanceLevel === undefined ? grade > 0 : grade >= relevanceLevel
}
