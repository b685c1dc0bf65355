import type { Evaluation } from '../../../../electron/contracts/evaluation.ts'

/** What the table can show; `nDCG@10` has linear gain, `nDCG@10(exp)` exponential gain. */
export const MEASURES = ['nDCG@10(exp)', 'nDCG@10', 'RR@10', 'R@10', 'R@100', 'AP', 'P@10'] as const
export type Measure = (typeof MEASURES)[number]
export type Unjudged = Evaluation['unjudged']

/** More columns than this are not read side by side; older ones are reached by deleting newer. */
export const MAX_COLUMNS = 6

export interface DataSet {
  readonly hash: string
  readonly newest: Evaluation
  readonly evaluations: number
}

/** The test sets of a list that has the newest first, in that order. */
export function dataSetsOf(all: readonly Evaluation[]): DataSet[] {
  const groups = Map.groupBy(all, ({ datasetHash }) => datasetHash)
  return [...groups].flatMap(([hash, [newest, ...older]]) =>
    newest === undefined ? [] : [{ hash, newest, evaluations: older.length + 1 }],
  )
}

/**
 * The newest evaluation of each system on one test set: keywords first, then by age, so that the candidate of today stands
 * at the right, as in a table that grew.
 * @param all newest first
 * @param modelInUse its evaluation is always among them
 */
export function columnsOf(
  all: readonly Evaluation[],
  hash: string | undefined,
  unjudged: Unjudged,
  modelInUse: string | null,
): Evaluation[] {
  const seen = new Set<string>()
  const newest = all.filter((one) => {
    if (one.datasetHash !== hash || one.unjudged !== unjudged) return false
    const system = JSON.stringify([one.name, one.mode, one.modelId, one.modelVersion])
    return !seen.has(system) && seen.add(system)
  })
  const isKept = (one: Evaluation): boolean =>
    one.mode === 'lexical' || (one.modelId === modelInUse && one.mode === 'dense')
  const kept = newest.filter(isKept).slice(0, MAX_COLUMNS)
  const rest = newest.filter((one) => !isKept(one)).slice(0, MAX_COLUMNS - kept.length)
  return [...kept, ...rest].toSorted(
    (a, b) => Number(b.mode === 'lexical') - Number(a.mode === 'lexical') || a.id - b.id,
  )
}
