// Deciding one pair or many, and taking it back.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { decision, decisionChange } from './decisions.ts'
import { limitOf, target } from './parts.ts'
import { queueRow, reviewFilter } from './queue.ts'

/** Something that one undo takes back. */
export const historyEntry = v.object({
  actionId: id,
  kind: v.picklist(['decide', 'bulk', 'adjudicate', 'merge']),
  /** null where it touched several. */
  pairId: v.nullable(id),
  textId: v.nullable(id),
  change: v.nullable(decisionChange),
  /** Pairs and passages it touched. */
  count: v.number(),
  undone: v.boolean(),
  at: v.number(),
})
export type ReviewHistoryEntry = v.InferOutput<typeof historyEntry>

/** The judge's steps, oldest first: those that can be undone, then those that can be done again. */
const history = v.object({
  entries: v.array(historyEntry),
  canUndo: v.boolean(),
  canRedo: v.boolean(),
})
export type ReviewHistory = v.InferOutput<typeof history>

const stepResult = v.object({
  entry: historyEntry,
  /** Pairs whose state changed, at most 1,000. */
  pairIds: v.array(id),
  canUndo: v.boolean(),
  canRedo: v.boolean(),
})
export type ReviewStep = v.InferOutput<typeof stepResult>

/** `suspects`: the change is made to the suspected passages of the pairs found, and counts mean passages. */
const bulkSubjects = v.optional(v.picklist(['pairs', 'suspects']), 'pairs')

export const decidingContract = {
  decide: oc
    .input(
      v.object({
        judgeId: id,
        ...target,
        change: decisionChange,
        /** How long the pair was in front of the judge, by a clock that does not jump (`performance.now`). */
        elapsedMs: v.optional(v.pipe(v.number(), v.minValue(0))),
        /** `version` of the decision that the view shows, 0 for none. */
        basedOn: v.optional(v.number()),
      }),
    )
    .output(
      v.object({
        decision,
        entry: historyEntry,
        /** The same judge decided in another window since: that decision, which this one has replaced. */
        replaced: v.nullable(decision),
      }),
    ),
  /** How many and which pairs a bulk decision would touch. */
  bulkPreview: oc
    .input(v.object({ judgeId: id, filter: reviewFilter, on: bulkSubjects, sample: limitOf(100, 20) }))
    .output(v.object({ count: v.number(), alreadyDecided: v.number(), sample: v.array(queueRow) })),
  /**
   * One decision on every pair that the filter finds; one undo takes it back. @throws BAD_INPUT when the number is not the
   * expected one any more.
   */
  bulk: oc
    .input(
      v.object({
        judgeId: id,
        filter: reviewFilter,
        on: bulkSubjects,
        change: decisionChange,
        /** `count` of the preview. */
        expected: v.number(),
      }),
    )
    .output(v.object({ entry: historyEntry })),
  /** null: nothing to undo. */
  undo: oc.input(v.object({ judgeId: id })).output(v.nullable(stepResult)),
  /** null: nothing to do again. */
  redo: oc.input(v.object({ judgeId: id })).output(v.nullable(stepResult)),
  history: oc.input(v.object({ judgeId: id, limit: limitOf(200, 20) })).output(history),
}
