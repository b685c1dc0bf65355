// One decision out of several judges'. Pure.
import type { ResolutionPolicy } from '../contracts/curation.ts'
import type { StoredState } from '../storage/index.ts'
import type { Outcome } from './decision.ts'

export interface Resolved {
  readonly outcome: Outcome
  /** The wording that the accepting judges share; null: the pair's own. */
  readonly query: string | null
  /** Mean of the grades given, null where nobody graded. */
  readonly grade: number | null
  readonly by: 'adjudication' | 'judges'
}

export type ResolveOptions = {
  readonly policy: ResolutionPolicy
  readonly resolutionId: number
  /** Judges that count: persons. */
  readonly voters: ReadonlySet<number>
}

/**
 * What several judges together say of one pair or passage. Adjudication goes before everything; without it the policy
 * decides. Two wordings of a query settle nothing: a data set must not hold a query that nobody agreed on.
 * @param states of one subject.
 * @returns undefined where nothing is settled.
 */
export function resolve(states: readonly StoredState[], options: ResolveOptions): Resolved | undefined {
  const settled = states.find(({ judgeId }) => judgeId === options.resolutionId)
  if (settled?.outcome) {
    const { outcome, query, grade } = settled
    return { outcome, query, grade, by: 'adjudication' }
  }
  const votes = states.filter(({ judgeId, outcome }) => options.voters.has(judgeId) && outcome !== null)
  const accepting = votes.filter(({ outcome }) => outcome === 'accept')
  const outcome = outcomeUnder(options.policy, accepting.length, votes.length - accepting.length)
  if (outcome === undefined) return undefined
  const [wording, ...others] = new Set(accepting.map(({ query }) => query))
  if (outcome === 'accept' && others.length > 0) return undefined
  const grades = votes.flatMap(({ grade }) => (grade === null ? [] : [grade]))
  const grade = grades.length === 0 ? null : grades.reduce((sum, one) => sum + one, 0) / grades.length
  return { outcome, query: outcome === 'accept' ? (wording ?? null) : null, grade, by: 'judges' }
}

function outcomeUnder(policy: ResolutionPolicy, accepts: number, rejects: number): Outcome | undefined {
  if (policy === 'adjudicated' || accepts + rejects === 0) return undefined
  if (policy === 'strict') return rejects > 0 ? 'reject' : 'accept'
  if (policy === 'unanimous' && accepts > 0 && rejects > 0) return undefined
  return accepts === rejects ? undefined : accepts > rejects ? 'accept' : 'reject'
}
