import { SECOND_ANSWER_FROM, type ResolutionPolicy } from '../contracts/curation.ts'
import type { PassageFinding, ReviewedPairs } from '../refinement/index.ts'
import type { JudgeRepository, ReviewLogRepository, StoredState } from '../storage/index.ts'
import { resolve, type Resolved } from './resolution.ts'

/** What persons settled, as the building of data sets takes it. Machines have no say in it. */
export function reviewedPairs(
  { judges, log }: { readonly judges: JudgeRepository; readonly log: ReviewLogRepository },
  policy: ResolutionPolicy,
): ReviewedPairs {
  const voters = new Set(judges.idsOf('person'))
  const options = { policy, voters, resolutionId: judges.resolutionId() }
  const pairs = new Map<number, { outcome: 'accept' | 'reject'; query: string | null }>()
  const passages = new Map<number, Map<number, PassageFinding>>()
  const counts = { judges: new Set<number>(), settledByAdjudication: 0, unsettled: 0 }
  for (const states of bySubject(log.allStates())) {
    const [{ pairId, textId }] = states as [StoredState]
    const settled = resolve(states, options)
    for (const { judgeId, outcome } of states) if (voters.has(judgeId) && outcome) counts.judges.add(judgeId)
    if (settled?.by === 'adjudication') counts.settledByAdjudication++
    const wasJudged = states.some(({ judgeId, outcome }) => voters.has(judgeId) && outcome !== null)
    if (!settled && wasJudged) counts.unsettled++
    if (textId === 0) {
      if (settled) pairs.set(pairId, { outcome: settled.outcome, query: settled.query })
    } else if (settled || wasJudged) {
      const ofPair = passages.get(pairId) ?? new Map<number, PassageFinding>()
      passages.set(pairId, ofPair.set(textId, findingOf(settled)))
    }
  }
  const lineage = {
    policy,
    judges: counts.judges.size,
    pairs: pairs.size,
    settledByAdjudication: counts.settledByAdjudication,
    unsettled: counts.unsettled,
    revision: log.revision(),
  }
  return { pairs, passages, lineage }
}

/** Where people differ, or "reject all" was the outcome, a passage serves neither as an answer nor as a negative. */
function findingOf(settled: Resolved | undefined): PassageFinding {
  if (!settled || settled.grade === null) return 'unclear'
  if (settled.outcome === 'reject') return 'no-answer'
  return settled.grade >= SECOND_ANSWER_FROM ? 'answer' : 'unclear'
}

/** Neighbouring states of one pair or passage, together. @param states ordered by subject. */
function* bySubject(states: Iterable<StoredState>): Generator<StoredState[]> {
  let group: StoredState[] = []
  for (const state of states) {
    const [first] = group
    if (first && (first.pairId !== state.pairId || first.textId !== state.textId)) {
      yield group
      group = []
    }
    group.push(state)
  }
  if (group.length > 0) yield group
}
