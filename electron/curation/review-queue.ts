import * as v from 'valibot'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import {
  QUEUE_ORDERS,
  type QueueOrder,
  type ReviewFilter,
  type ReviewItem,
  type ReviewProgress,
  type ReviewQueueRow,
} from '../contracts/curation.ts'
import type { QueuedPair, ReviewLogRepository, ReviewQueueRepository } from '../storage/index.ts'
import type { ReviewItems } from './review-items.ts'

export interface QueueRequest {
  readonly judgeId: number
  readonly filter: ReviewFilter
  readonly order: QueueOrder
  readonly blind: boolean
  readonly after: string | null
  readonly limit: number
}

/** Pace looks at this many of the last decisions. */
const PACE_WINDOW = 50
const FEWEST_FOR_PACE = 3
/** Whoever looks at one pair for longer has gone for coffee. */
const LONGEST_LOOK_MS = 5 * 60_000

const storedCursor = v.pipe(
  v.string(),
  v.parseJson(),
  v.tupleWithRest([v.picklist(QUEUE_ORDERS)], v.union([v.string(), v.number()])),
)

/** Pairs as a judge goes through them: the list, the next ones in full, and how far it is. */
export class ReviewQueue {
  readonly #queue: ReviewQueueRepository
  readonly #log: ReviewLogRepository
  readonly #items: ReviewItems

  constructor(parts: { queue: ReviewQueueRepository; log: ReviewLogRepository; items: ReviewItems }) {
    this.#queue = parts.queue
    this.#log = parts.log
    this.#items = parts.items
  }

  rows(request: QueueRequest): { rows: ReviewQueueRow[]; next: string | null } {
    const frame = this.#queue.frame(request.judgeId)
    const found = this.#slice(request)
    const showsSuspects = !request.blind || request.filter.suspects === true
    return {
      rows: found.map(({ pairId }) => this.#items.row(pairId, frame, { showsSuspects })),
      next: found.length < request.limit ? null : cursorOf(request.order, found.at(-1)!),
    }
  }

  next(request: QueueRequest): { items: ReviewItem[]; cursors: string[] } {
    const frame = this.#queue.frame(request.judgeId)
    const found = this.#slice(request)
    return {
      items: found.map(({ pairId }) => this.#items.item(pairId, frame, request)),
      cursors: found.map((pair) => cursorOf(request.order, pair)),
    }
  }

  progress(judgeId: number, { state: _, stateOf: __, ...filter }: ReviewFilter): ReviewProgress {
    const counts = this.#queue.counts(filter, this.#queue.frame(judgeId))
    const secondsEach = pace(this.#log.recentTimes(judgeId, PACE_WINDOW))
    return {
      ...counts,
      secondsEach,
      secondsLeft: secondsEach === null ? null : secondsEach * (counts.total - counts.decided - counts.skipped),
      savedAt: this.#log.lastActionAt(judgeId) ?? null,
    }
  }

  #slice({ judgeId, filter, order, after, limit }: QueueRequest): QueuedPair[] {
    const place = after === null ? null : placeOf(order, after)
    return this.#queue.slice(filter, this.#queue.frame(judgeId), { order, after: place, limit })
  }
}

/** Median seconds per decision: one long look does not move it. @param times milliseconds of work. */
export function pace(times: readonly number[]): number | null {
  if (times.length < FEWEST_FOR_PACE) return null
  const sorted = times.map((ms) => Math.min(ms, LONGEST_LOOK_MS) / 1_000).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function cursorOf(order: QueueOrder, { place }: QueuedPair): string {
  return JSON.stringify([order, ...place])
}

/** @throws WorkbenchError BAD_INPUT for a place in a queue of another order. */
function placeOf(order: QueueOrder, cursor: string): (string | number)[] {
  const parsed = v.safeParse(storedCursor, cursor)
  const [of, ...place] = parsed.success ? parsed.output : []
  if (of === order && place.length === (order === 'written' || order === 'shuffled' ? 1 : 2)) return place
  throw new WorkbenchError(
    'BAD_INPUT',
    said`"${cursor}" is no place in a queue in the order "${order}". Begin at its start: leave "after" out.`,
  )
}
