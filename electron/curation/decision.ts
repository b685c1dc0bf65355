// What one judge thinks of one pair or passage, and how a decision changes it. Pure.
import { ANSWERS_FROM } from '../contracts/curation.ts'
import type { ReviewState, StateChange } from '../storage/index.ts'

export type Outcome = 'accept' | 'reject'

const NOTHING: ReviewState = { verdict: null, grade: null, query: null, comment: null }

/** @returns undefined when nothing is left that a judge said. */
export function changed(state: ReviewState | undefined, change: StateChange): ReviewState | undefined {
  const { verdict, grade, query, comment } = state ?? NOTHING
  const next = {
    verdict: change.verdict === undefined ? verdict : change.verdict,
    grade: change.grade === undefined ? grade : change.grade,
    query: change.query === undefined ? query : change.query,
    comment: change.comment === undefined ? comment : change.comment,
  }
  return Object.values(next).some((value) => value !== null) ? next : undefined
}

/** The verdict, or what the grade implies. null while neither is there, and for what was skipped. */
export function outcomeOf({ verdict, grade }: ReviewState): Outcome | null {
  if (verdict === 'skip') return null
  if (verdict !== null) return verdict
  return grade === null ? null : grade >= ANSWERS_FROM ? 'accept' : 'reject'
}

/** The state after several changes, oldest first. */
export function folded(changes: Iterable<StateChange>): ReviewState | undefined {
  let state: ReviewState | undefined
  for (const change of changes) state = changed(state, change)
  return state
}
