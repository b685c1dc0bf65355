// The per-intent table of the evaluation view: means with intervals, and a verdict against the model in use.
import type { Intent } from '../contracts/intents.ts'
import type { BootstrapOptions, Interval } from '../platform/bootstrap.ts'
import { bootstrapMean } from './resampling.ts'
import { holm, wilcoxonSignedRank } from './significance.ts'

/** `better` or `worse` than the baseline after Holm correction over the intents, or no clear difference. */
export type Verdict = 'better' | 'worse' | 'unclear'

export interface IntentRow {
  readonly intent: Intent
  readonly queries: number
  readonly system: Interval
  readonly baseline: Interval
  readonly difference: Interval
  /** One-tailed Wilcoxon p that the system is better, and that it is worse; raw and corrected over the intents. */
  readonly pBetter: number
  readonly pWorse: number
  readonly holmPBetter: number
  readonly holmPWorse: number
  readonly verdict: Verdict
}

/**
 * Compares a system with a baseline intent by intent (METHOD section 8: one-tailed Wilcoxon signed-rank, p < 0.05).
 * Each direction is one family of hypotheses, corrected by Holm over the intents.
 * @param system per-query values of one measure; only queries that the baseline has too, and that have an intent, count.
 * @param level 0.05 unless given.
 */
export function compareByIntent(
  system: ReadonlyMap<string, number>,
  baseline: ReadonlyMap<string, number>,
  intents: ReadonlyMap<string, Intent>,
  { level = 0.05, ...bootstrap }: BootstrapOptions & { readonly level?: number } = {},
): IntentRow[] {
  const pairs = new Map<Intent, { system: number[]; baseline: number[] }>()
  for (const [queryId, value] of system) {
    const other = baseline.get(queryId)
    const intent = intents.get(queryId)
    if (other === undefined || intent === undefined) continue
    const group = pairs.get(intent) ?? { system: [], baseline: [] }
    group.system.push(value)
    group.baseline.push(other)
    pairs.set(intent, group)
  }
  const rows = [...pairs].map(([intent, values]) => {
    const differences = values.system.map((value, i) => value - (values.baseline[i] as number))
    return {
      intent,
      queries: differences.length,
      // Each group has at least one query, so its interval exists.
      system: bootstrapMean(values.system, bootstrap) as Interval,
      baseline: bootstrapMean(values.baseline, bootstrap) as Interval,
      difference: bootstrapMean(differences, bootstrap) as Interval,
      pBetter: wilcoxonSignedRank(differences, { alternative: 'greater' }).p ?? 1,
      pWorse: wilcoxonSignedRank(differences, { alternative: 'less' }).p ?? 1,
    }
  })
  const holmBetter = holm(rows.map((row) => row.pBetter))
  const holmWorse = holm(rows.map((row) => row.pWorse))
  return rows.map((row, i) => {
    const holmPBetter = holmBetter[i] as number
    const holmPWorse = holmWorse[i] as number
    const verdict = holmPBetter < level ? 'better' : holmPWorse < level ? 'worse' : 'unclear'
    return { ...row, holmPBetter, holmPWorse, verdict }
  })
}
