import type { RefinementFunnel } from '../../contracts/refinement.ts'
import {
  levelNames,
  type NegativeRule,
  type StoredReport,
  type StoredSummary,
  type SynthesizeResult,
} from '../../refinement/index.ts'
import type { FilterRun, MiningRun } from '../../storage/index.ts'

/** @param result of a finished job, as it was stored */
export function describeWriting(result: SynthesizeResult): NonNullable<RefinementFunnel['writing']> {
  const { requests, fromCache, inputTokens, outputTokens, cost = null } = result.usage
  return { failed: result.failed, requests, fromCache, inputTokens, outputTokens, cost }
}

type FilterInfo = NonNullable<RefinementFunnel['filter']>
type MiningInfo = NonNullable<RefinementFunnel['mining']>

/** @param library the library's state now, see `libraryState` */
export function describeFilter(run: FilterRun, library: string): FilterInfo {
  const report = run.report as StoredReport
  return {
    id: run.id,
    createdAt: run.createdAt,
    library: report.library === undefined || report.library === library ? 'same' : 'changed-since',
    rule: run.rule as FilterInfo['rule'],
    topN: run.topN,
    retrievers: run.retrievers.map(({ id }) => id),
    in: report.in,
    kept: report.kept,
    gone: report.gone,
    outcomes: { ...report.outcomes },
    byIntent: { ...report.byIntent },
    yields: report.yields.map(({ rule, topN, in: total, kept, byIntent }) => ({
      ...{ rule, topN, in: total, kept },
      byIntent: { ...byIntent },
    })),
  }
}

/** @param library the library's state now, see `libraryState` */
export function describeMining(run: MiningRun, library: string): MiningInfo {
  // Written by this version or an earlier one, which counted less.
  const summary = run.summary as StoredSummary & Partial<StoredSummary>
  const rule = run.rule as NegativeRule
  const names = levelNames(rule)
  const { queries, suspects, unscored, positiveScores, candidateScores, shares, profiles } = summary
  const { perQuery = 9 } = run.options as { perQuery?: number }
  return {
    ...{ id: run.id, filterId: run.filterId, createdAt: run.createdAt, retriever: run.retriever, perQuery },
    library: summary.changedDuring
      ? 'changed-during'
      : (summary.library ?? library) === library
        ? 'same'
        : 'changed-since',
    rule: rule as MiningInfo['rule'],
    ...{ queries, suspects, unscored: unscored ?? 0 },
    levels: summary.levels.map((level, index) => ({ name: names[index]!, ...level })),
    positiveScores: positiveScores as MiningInfo['positiveScores'],
    candidateScores: candidateScores as MiningInfo['candidateScores'],
    shares: shares as MiningInfo['shares'],
    profiles: (profiles as MiningInfo['profiles'] | undefined) ?? null,
  }
}
