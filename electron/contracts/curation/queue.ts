// Which pairs wait for a judge, in which order, and how far it got.
import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { decision } from './decisions.ts'
import { cursor, intent, limitOf } from './parts.ts'
import { reviewItem } from './review-item.ts'

/**
 * Orders of the queue, each over an index. `shuffled` is the same in every library; `passage` keeps pairs from one place
 * together, so that a page is read once.
 */
export const QUEUE_ORDERS = ['written', 'shuffled', 'intent', 'passage'] as const
export type QueueOrder = (typeof QUEUE_ORDERS)[number]

/**
 * State of a pair for one judge. `undecided` leaves out what was skipped. `edited` has a query text of the judge.
 * `commented` has a comment, whether decided or not.
 */
export const QUEUE_STATES = ['undecided', 'decided', 'accepted', 'rejected', 'edited', 'skipped', 'commented'] as const
export type QueueState = (typeof QUEUE_STATES)[number]

/** Of the newest filter run: kept it, dropped it, or did not look at it. */
export const FILTER_VERDICTS = ['kept', 'dropped', 'unfiltered'] as const
export type FilterVerdict = (typeof FILTER_VERDICTS)[number]

const names = v.pipe(v.array(v.pipe(v.string(), v.nonEmpty())), v.minLength(1), v.maxLength(100))

/** Which pairs. All conditions hold at once. */
export const reviewFilter = v.object({
  intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
  generators: v.optional(names),
  /** Verdict of the newest filter run. */
  filterVerdict: v.optional(v.picklist(FILTER_VERDICTS)),
  /** Name of a data set that holds the pair. */
  dataset: v.optional(v.string()),
  /** Work package that holds the pair. */
  packageId: v.optional(id),
  /**
   * Pairs with passages that mining suspects to be unmarked answers. The state `undecided` then means: one of these
   * passages has no grade of the judge yet (and `decided` that all have).
   */
  suspects: v.optional(v.literal(true)),
  state: v.optional(v.picklist(QUEUE_STATES)),
  /** Whose state; the asking judge's unless given. */
  stateOf: v.optional(id),
  /** Hazards of the document, such as "flood". */
  hazards: v.optional(names),
  /** Difficulty that was asked of the generator. */
  difficulties: v.optional(names),
  /** Stands in the query or in the passage, whatever the case. */
  text: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))),
})
export type ReviewFilter = v.InferOutput<typeof reviewFilter>

/** Entries of an input that names a queue. */
const queueInput = {
  judgeId: id,
  filter: v.optional(reviewFilter, {}),
  order: v.optional(v.picklist(QUEUE_ORDERS), 'written'),
  /** Hides provenance, votes, and what other judges and machines say. On unless set. */
  blind: v.optional(v.boolean(), true),
}

/** One line of the list beside the pair. */
export const queueRow = v.object({
  pairId: id,
  intent,
  /** As written by the generator; the judge's own wording is in `decision.query`. */
  query: v.string(),
  title: v.string(),
  page: v.number(),
  hazards: v.array(v.string()),
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** Suspected passages without a grade of the judge; null when blind, unless the filter asks for suspects. */
  openSuspects: v.nullable(v.number()),
})
export type ReviewQueueRow = v.InferOutput<typeof queueRow>

const progress = v.object({
  /** Pairs that the filter (without its state) finds. */
  total: v.number(),
  decided: v.number(),
  skipped: v.number(),
  accepted: v.number(),
  rejected: v.number(),
  edited: v.number(),
  /** Median of the last decisions, in seconds of work measured while pairs were shown; null before there are some. */
  secondsEach: v.nullable(v.number()),
  secondsLeft: v.nullable(v.number()),
  /** When this judge last decided anything, milliseconds since 1970. */
  savedAt: v.nullable(v.number()),
})
export type ReviewProgress = v.InferOutput<typeof progress>

export const queueContract = {
  /** For the rail and the head of the view. */
  overview: oc.input(v.object({ judgeId: v.optional(id) })).output(
    v.object({
      pairs: v.number(),
      /** Pairs that the judge has neither decided nor skipped; all, without a judge. */
      waiting: v.number(),
      suspects: v.number(),
      disagreements: v.number(),
      packages: v.number(),
      /** Grows with every change to decisions; see `watch`. */
      revision: v.number(),
    }),
  ),
  /** The revision now and after every change, at most 5 a second: another person may judge in the same library. */
  watch: oc.output(eventIterator(v.object({ revision: v.number() }))),
  /** Values to choose from in the filter. */
  facets: oc.output(
    v.object({
      generators: v.array(v.object({ name: v.string(), pairs: v.number() })),
      datasets: v.array(v.string()),
      hazards: v.array(v.string()),
      difficulties: v.array(v.string()),
    }),
  ),

  /** A slice of the list, from behind `after`. */
  queue: oc
    .input(v.object({ ...queueInput, after: v.optional(v.nullable(cursor), null), limit: limitOf(500, 100) }))
    .output(v.object({ rows: v.array(queueRow), next: v.nullable(cursor) })),
  /** The next pairs with everything the view shows: ask for a few and the next one is there before it is needed. */
  next: oc
    .input(v.object({ ...queueInput, after: v.optional(v.nullable(cursor), null), limit: limitOf(20, 5) }))
    .output(v.object({ items: v.array(reviewItem), cursors: v.array(cursor) })),
  item: oc.input(v.object({ judgeId: id, pairId: id, blind: v.optional(v.boolean(), true) })).output(reviewItem),
  progress: oc.input(v.object({ judgeId: id, filter: v.optional(reviewFilter, {}) })).output(progress),
}
