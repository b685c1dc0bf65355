import type { Database } from 'better-sqlite3'
import {
  durably,
  type LoggedEvent,
  type NewAction,
  type ReviewLogRepository,
  type ReviewSubject,
  type StepSummary,
  type StoredState,
} from '../storage/index.ts'
import { changed, folded, outcomeOf } from './decision.ts'
import { isUndoable, replay } from './replay.ts'

export interface StepTaken {
  readonly step: StepSummary
  /** Pairs whose state changed, at most `MOST_PAIRS_TOLD`. */
  readonly pairIds: readonly number[]
}

const MOST_PAIRS_TOLD = 1_000

/**
 * Writes decisions: each is appended to the log, and what follows from it is brought up to date in the same transaction.
 * Undo and redo reach back without limit, each judge's own, and live in the library: a restart changes nothing.
 */
export class DecisionLog {
  readonly #db: Database
  readonly #log: ReviewLogRepository
  readonly #now: () => number
  readonly #onChange: () => void

  constructor(parts: { db: Database; log: ReviewLogRepository; onChange?: () => void; now?: () => number }) {
    this.#db = parts.db
    this.#log = parts.log
    this.#onChange = parts.onChange ?? (() => {})
    this.#now = parts.now ?? Date.now
  }

  /**
   * One action on any number of subjects; one undo of its actor takes it back (unless a machine rated).
   * @returns the action's id, undefined when there was no event: an empty step would make an undo that does nothing.
   */
  record(action: Omit<NewAction, 'at' | 'targetId'>, events: Iterable<LoggedEvent>): number | undefined {
    return this.#write(() => {
      const at = this.#now()
      let id: number | undefined
      for (const event of events) {
        if (id === undefined) {
          id = this.#log.append({ ...action, at })
          if (isUndoable(action.kind)) {
            this.#log.abandonUndone(action.actorId)
            this.#log.addStep(id, action.actorId)
          }
        }
        this.#log.addEvent(id, event)
        this.#settle(event, changed(this.#log.state(event), event.change), id, at)
      }
      return id
    })
  }

  /** @returns undefined when there is nothing to undo. */
  undo(actorId: number): StepTaken | undefined {
    return this.#turn(actorId, 'undo', this.#log.lastDone(actorId))
  }

  /** @returns undefined when nothing was undone since the last decision. */
  redo(actorId: number): StepTaken | undefined {
    return this.#turn(actorId, 'redo', this.#log.firstUndone(actorId))
  }

  /** Derives every state from the log anew. @returns how many stored states were wrong. */
  rebuild(): number {
    return this.#write(() => {
      const { states, steps } = replay(this.#log.log())
      const before = new Map([...this.#log.allStates()].map((state) => [JSON.stringify(keyed(state)), state]))
      this.#log.clearDerived()
      for (const [actionId, { actorId, state }] of steps) {
        this.#log.addStep(actionId, actorId)
        this.#log.setStep(actionId, state)
      }
      let same = 0
      for (const state of states.values()) {
        this.#log.putState(state)
        if (before.has(JSON.stringify(keyed(state)))) same++
      }
      return Math.max(before.size, states.size) - same
    })
  }

  #turn(actorId: number, kind: 'undo' | 'redo', targetId: number | undefined): StepTaken | undefined {
    if (targetId === undefined) return undefined
    return this.#write(() => {
      const at = this.#now()
      const id = this.#log.append({ actorId, kind, targetId, at })
      this.#log.setStep(targetId, kind === 'undo' ? 'undone' : 'done')
      // Others may have decided on the same in between (adjudication, merging): what holds is added up from the beginning.
      for (const { subject, changes } of [...this.#log.heldChanges(targetId)])
        this.#settle(subject, folded(changes), id, at)
      return { step: this.#log.step(targetId)!, pairIds: this.#log.pairsOf(targetId, MOST_PAIRS_TOLD) }
    })
  }

  #settle({ judgeId, pairId, textId }: ReviewSubject, state: ReturnType<typeof folded>, version: number, at: number) {
    const subject = { judgeId, pairId, textId }
    if (state) this.#log.putState({ ...subject, ...state, outcome: outcomeOf(state), version, at })
    else this.#log.removeState(subject)
  }

  #write<T>(action: () => T): T {
    const result = durably(this.#db, () => this.#db.transaction(action).immediate())
    this.#onChange()
    return result
  }
}

function keyed({ judgeId, pairId, textId, verdict, grade, query, comment, outcome, version, at }: StoredState) {
  return [judgeId, pairId, textId, verdict, grade, query, comment, outcome, version, at]
}
