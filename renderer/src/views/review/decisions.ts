import {
  ANSWERS_FROM,
  SECOND_ANSWER_FROM,
  type Decision,
  type DecisionChange,
  type ReviewHistoryEntry,
  type ReviewItem,
  type ReviewProgress,
  type ReviewQueueRow,
} from '../../../../electron/contracts/curation.ts'
import { count } from '../../format/number.ts'
import { strings } from '../../strings/index.ts'

/** How a decision is shown: what was said of the pair, or that nothing was. */
export type Mark = 'open' | 'accepted' | 'edited' | 'rejected' | 'skipped'

/** A decision as it will stand when the services have taken the change. */
export function changed(before: Decision | null, change: DecisionChange, judgeId: number, at: number): Decision {
  const keep = <Value>(value: Value | undefined, old: Value | undefined, none: Value): Value =>
    value === undefined ? (old ?? none) : value
  const verdict = keep(change.verdict, before?.verdict, null)
  const grade = keep(change.grade, before?.grade, null)
  return {
    judgeId,
    verdict,
    grade,
    query: keep(change.query, before?.query, null),
    comment: keep(change.comment, before?.comment, null),
    outcome: outcomeOf(verdict, grade),
    version: before?.version ?? 0,
    at,
  }
}

function outcomeOf(verdict: Decision['verdict'], grade: number | null): Decision['outcome'] {
  if (verdict === 'accept' || verdict === 'reject') return verdict
  if (verdict === 'skip' || grade === null) return null
  return grade >= ANSWERS_FROM ? 'accept' : 'reject'
}

export function markOf(decision: Decision | null): Mark {
  if (decision === null) return 'open'
  if (decision.outcome === 'reject') return 'rejected'
  if (decision.outcome === 'accept') return decision.query === null ? 'accepted' : 'edited'
  return decision.verdict === 'skip' ? 'skipped' : 'open'
}

/** A change that leaves everything as it is need not be sent. */
export function isChange(before: Decision | null, change: DecisionChange): boolean {
  return (['verdict', 'grade', 'query', 'comment'] as const).some(
    (key) => change[key] !== undefined && change[key] !== (before?.[key] ?? null),
  )
}

/** The figures over the queue after one pair's decision changed. */
export function counted(progress: ReviewProgress, before: Decision | null, after: Decision | null): ReviewProgress {
  const [from, to] = [markOf(before), markOf(after)]
  if (from === to) return progress
  const shift = (...marks: readonly Mark[]): number => Number(marks.includes(to)) - Number(marks.includes(from))
  return {
    ...progress,
    decided: progress.decided + shift('accepted', 'edited', 'rejected'),
    skipped: progress.skipped + shift('skipped'),
    accepted: progress.accepted + shift('accepted', 'edited'),
    rejected: progress.rejected + shift('rejected'),
    edited: progress.edited + shift('edited'),
  }
}

/** The line of the list for a pair that is shown without standing in it, such as one that was undone. */
export function rowOf(item: ReviewItem): ReviewQueueRow {
  const { pairId, intent, query, hazards, decision, positive } = item
  return { pairId, intent, query, hazards, decision, title: positive.title, page: positive.page, openSuspects: null }
}

/** What a grade does to a passage that should not answer; null where it stays a negative. */
export function effectOf(grade: number | null): 'left-out' | 'second-answer' | null {
  if (grade === null || grade < ANSWERS_FROM) return null
  return grade >= SECOND_ANSWER_FROM ? 'second-answer' : 'left-out'
}

/** A step in words: "Accepted pair 213". */
export function stepWords({ kind, pairId, textId, change, count: touched }: ReviewHistoryEntry): string {
  const words = strings.review.steps
  if (kind === 'merge') return words.merged(count(touched), touched)
  const what = kind === 'adjudicate' ? words.settled : changeWords(change)
  if (pairId === null) {
    // A grade given to many may have been given to passages; a verdict is always about pairs.
    const onlyGrade = change?.verdict === undefined && change?.grade !== undefined
    return onlyGrade ? words.severalGraded(what, count(touched)) : words.several(what, count(touched), touched)
  }
  return textId === null ? words.pair(what, pairId) : words.passage(what, pairId)
}

function changeWords(change: DecisionChange | null): string {
  const words = strings.review.steps
  if (change === null) return words.changed
  if (typeof change.query === 'string') return words.edited
  if (change.verdict !== undefined) return change.verdict === null ? words.reopened : words.verdicts[change.verdict]
  if (change.grade !== undefined) return change.grade === null ? words.ungraded : words.graded(change.grade)
  return change.comment === undefined ? words.changed : change.comment === null ? words.uncommented : words.commented
}

/** Which mark stands for a step in the strip of the last ones. */
export function stepMark({ kind, change }: ReviewHistoryEntry): Mark | 'graded' | 'commented' | 'several' {
  if (kind !== 'decide' || change === null) return 'several'
  if (typeof change.query === 'string') return 'edited'
  if (change.verdict === 'accept') return 'accepted'
  if (change.verdict === 'reject') return 'rejected'
  if (change.verdict === 'skip') return 'skipped'
  if (change.grade !== undefined) return 'graded'
  return change.comment === undefined ? 'open' : 'commented'
}
