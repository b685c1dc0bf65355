import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type {
  Decision,
  DecisionChange,
  Judge,
  ReviewFilter,
  ReviewHistory,
  ReviewHistoryEntry,
  ReviewStep,
} from '../contracts/curation.ts'
import type {
  ActionKind,
  JudgeRepository,
  LoggedEvent,
  ReviewLogRepository,
  ReviewQueueRepository,
  StateChange,
  StepSummary,
} from '../storage/index.ts'
import type { DecisionLog, StepTaken } from './decision-log.ts'
import { toDecision, type ReviewItems } from './review-items.ts'

export interface JudgingParts {
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly queue: ReviewQueueRepository
  readonly items: ReviewItems
  readonly decisions: DecisionLog
}

export interface Target {
  readonly pairId: number
  readonly textId: number | null
}

export type BulkSubjects = 'pairs' | 'suspects'
export type AdjudicationChoice =
  | { readonly kind: 'judge'; readonly judgeId: number }
  | { readonly kind: 'reject-all'; readonly comment?: string | undefined }
  | { readonly kind: 'other'; readonly change: DecisionChange }

/** What persons do: decide one by one and in bulk, settle differences, undo and redo. */
export class Judging {
  readonly #parts: JudgingParts

  constructor(parts: JudgingParts) {
    this.#parts = parts
  }

  /**
   * @param options.basedOn version of the decision the judge saw; another one since is reported, and stays in the log.
   * @throws WorkbenchError NOT_FOUND, BAD_INPUT.
   */
  decide(
    judgeId: number,
    target: Target,
    change: DecisionChange,
    options: { elapsedMs?: number | undefined; basedOn?: number | undefined } = {},
  ): { decision: Decision; entry: ReviewHistoryEntry; replaced: Decision | null } {
    const { log, decisions } = this.#parts
    this.requirePerson(judgeId)
    const subject = { judgeId, pairId: target.pairId, textId: target.textId ?? 0 }
    const before = log.state(subject)
    const isSurprise = options.basedOn !== undefined && before !== undefined && before.version !== options.basedOn
    const actionId = decisions.record({ actorId: judgeId, kind: 'decide', elapsedMs: options.elapsedMs }, [
      { ...subject, change: this.#fitting(target, change) },
    ])!
    const after = log.state(subject)
    return {
      decision: after ? toDecision(after) : nothing(judgeId, actionId),
      entry: this.#entry(actionId),
      replaced: isSurprise ? toDecision(before) : null,
    }
  }

  /** Pairs (or suspected passages of pairs) that a bulk decision would touch. */
  bulkPreview(judgeId: number, filter: ReviewFilter, on: BulkSubjects) {
    const { log } = this.#parts
    const targets = this.#bulkTargets(judgeId, filter, on)
    const alreadyDecided = targets.filter(
      ({ pairId, textId }) => (log.state({ judgeId, pairId, textId: textId ?? 0 })?.outcome ?? null) !== null,
    ).length
    return { count: targets.length, alreadyDecided, pairIds: [...new Set(targets.map(({ pairId }) => pairId))] }
  }

  /** @throws WorkbenchError BAD_INPUT when it would touch another number than the preview said, or nothing. */
  bulk(
    judgeId: number,
    {
      filter,
      on,
      change,
      expected,
    }: { filter: ReviewFilter; on: BulkSubjects; change: DecisionChange; expected: number },
  ): ReviewHistoryEntry {
    this.requirePerson(judgeId)
    if (change.query !== undefined)
      throw new WorkbenchError('BAD_INPUT', said`One wording cannot be given to many queries. Edit them one by one.`)
    const targets = this.#bulkTargets(judgeId, filter, on)
    if (targets.length !== expected || targets.length === 0)
      throw new WorkbenchError(
        'BAD_INPUT',
        targets.length === 0
          ? said`The filter finds nothing, so there is nothing to decide.`
          : said`The filter finds ${targets.length} now, not ${expected}. Look at them again, then decide.`,
        { details: { count: targets.length } },
      )
    if (on === 'suspects') refuseOnPassage(change)
    const events = targets.map(({ pairId, textId }): LoggedEvent => ({ judgeId, pairId, textId: textId ?? 0, change }))
    return this.#entry(this.#parts.decisions.record({ actorId: judgeId, kind: 'bulk' }, events)!)
  }

  /** @throws WorkbenchError NOT_FOUND, BAD_INPUT. */
  adjudicate(
    actorId: number,
    target: Target,
    choice: AdjudicationChoice,
  ): { resolution: Decision; entry: ReviewHistoryEntry } {
    const { judges, log, decisions } = this.#parts
    this.requirePerson(actorId)
    const judgeId = judges.resolutionId()
    const subject = { judgeId, pairId: target.pairId, textId: target.textId ?? 0 }
    const change = this.#settlement(target, choice)
    const actionId = decisions.record({ actorId, kind: 'adjudicate' }, [{ ...subject, change }])!
    return { resolution: toDecision(log.state(subject)!), entry: this.#entry(actionId) }
  }

  undo(judgeId: number): ReviewStep | null {
    return this.#stepped(judgeId, this.#parts.decisions.undo(judgeId))
  }

  redo(judgeId: number): ReviewStep | null {
    return this.#stepped(judgeId, this.#parts.decisions.redo(judgeId))
  }

  history(judgeId: number, limit: number): ReviewHistory {
    return { entries: this.#parts.log.steps(judgeId, limit).map(toEntry), ...this.#turns(judgeId) }
  }

  /** @throws WorkbenchError NOT_FOUND, and BAD_INPUT for a machine: only persons decide. */
  requirePerson(judgeId: number): Judge {
    const judge = this.#parts.judges.byId(judgeId)
    if (!judge) throw new WorkbenchError('NOT_FOUND', said`There is no judge ${judgeId}. Say who judges first.`)
    if (judge.kind === 'person') return judge
    throw new WorkbenchError('BAD_INPUT', said`${judge.name} is no person. Decisions are made by persons; choose one.`)
  }

  #bulkTargets(judgeId: number, filter: ReviewFilter, on: BulkSubjects): Target[] {
    const { queue } = this.#parts
    const frame = queue.frame(judgeId)
    const pairIds = queue.ids(on === 'suspects' ? { ...filter, suspects: true } : filter, frame)
    if (on === 'pairs') return pairIds.map((pairId) => ({ pairId, textId: null }))
    return pairIds.flatMap((pairId) =>
      queue
        .negativesOf(pairId, frame.miningId, -1)
        .filter(({ suspect }) => suspect)
        .map(({ textId }) => ({ pairId, textId })),
    )
  }

  /** The change as it is stored. @throws WorkbenchError for a target that is not there, and for what it cannot get. */
  #fitting({ pairId, textId }: Target, change: DecisionChange): StateChange {
    const { queue, items } = this.#parts
    const pair = items.requirePair(pairId)
    if (textId === null)
      // An edit that ends where it began is none.
      return change.query === pair.query ? { ...change, query: null } : change
    const known = queue.negativesOf(pairId, queue.frame(0).miningId, -1)
    const isJudged = this.#parts.log.statesOf(pairId).some((state) => state.textId === textId)
    if (!isJudged && !known.some((negative) => negative.textId === textId))
      throw new WorkbenchError(
        'NOT_FOUND',
        said`Passage ${textId} is none of those that should not answer pair ${pairId}.`,
      )
    refuseOnPassage(change)
    return change
  }

  #settlement(target: Target, choice: AdjudicationChoice): StateChange {
    const { judges, log } = this.#parts
    this.#parts.items.requirePair(target.pairId)
    const anew = { verdict: null, grade: null, query: null, comment: null }
    // A passage without a grade is then used neither as an answer nor as a negative (reviewed-pairs.ts).
    if (choice.kind === 'reject-all') return { ...anew, verdict: 'reject', comment: choice.comment ?? null }
    if (choice.kind === 'other') return { ...anew, ...this.#fitting(target, choice.change) }
    const state = log.state({ judgeId: choice.judgeId, pairId: target.pairId, textId: target.textId ?? 0 })
    if (!state?.outcome) {
      const name = judges.byId(choice.judgeId)?.name ?? `Judge ${choice.judgeId}`
      throw new WorkbenchError('BAD_INPUT', said`${name} has not decided this. Choose a judge who has.`)
    }
    const { verdict, grade, query, comment } = state
    return { verdict, grade, query, comment }
  }

  #entry(actionId: number): ReviewHistoryEntry {
    return toEntry(this.#parts.log.step(actionId)!)
  }

  #stepped(judgeId: number, taken: StepTaken | undefined): ReviewStep | null {
    if (!taken) return null
    return { entry: toEntry(taken.step), pairIds: [...taken.pairIds], ...this.#turns(judgeId) }
  }

  #turns(judgeId: number): { canUndo: boolean; canRedo: boolean } {
    const { log } = this.#parts
    return { canUndo: log.lastDone(judgeId) !== undefined, canRedo: log.firstUndone(judgeId) !== undefined }
  }
}

function refuseOnPassage({ verdict, query }: DecisionChange): void {
  if (query === undefined && (verdict === undefined || verdict === null || verdict === 'skip')) return
  throw new WorkbenchError(
    'BAD_INPUT',
    said`A passage that should not answer is graded from 0 (not related) to 3 (fully answers), commented or skipped; accept, reject and edit are for the pair.`,
  )
}

function nothing(judgeId: number, version: number): Decision {
  return { judgeId, verdict: null, grade: null, query: null, comment: null, outcome: null, version, at: Date.now() }
}

const SHOWN_KINDS = ['decide', 'bulk', 'adjudicate', 'merge'] as const satisfies readonly ActionKind[]

function toEntry({ actionId, kind, state, at, count, pairId, textId, change }: StepSummary): ReviewHistoryEntry {
  const single = count === 1
  return {
    actionId,
    kind: SHOWN_KINDS.find((known) => known === kind) ?? 'decide',
    pairId: single ? pairId : null,
    textId: single && textId !== 0 ? textId : null,
    // Of a merge and a settlement the first event says little about the whole.
    change: kind === 'merge' ? null : (change as DecisionChange),
    count,
    undone: state === 'undone',
    at,
  }
}
