import type { Database, Statement } from 'better-sqlite3'
import type { QueueOrder, ReviewFilter } from '../../contracts/curation.ts'
import type { Intent } from '../../contracts/intents.ts'
import { OPEN_SUSPECTS, reviewConditions, type FilterFrame } from './review-conditions.ts'

/** Where a slice of the queue ended: the values of the order's columns. */
export type QueuePlace = readonly (string | number)[]

export interface QueuedPair {
  readonly pairId: number
  readonly place: QueuePlace
}

export interface QueueRow {
  readonly pairId: number
  readonly intent: Intent
  readonly query: string
  readonly title: string
  readonly page: number
  readonly hazards: readonly string[]
  readonly openSuspects: number
}

export interface QueueCounts {
  readonly total: number
  readonly decided: number
  readonly skipped: number
  readonly accepted: number
  readonly rejected: number
  readonly edited: number
}

export interface ShownNegative {
  readonly textId: number
  /** null where only a work package says so. */
  readonly rank: number | null
  readonly score: number | null
  readonly suspect: boolean
}

/** Columns of each order; each has an index, and the last one makes it unique. The key is a hash: its order is a shuffle. */
const ORDER_COLUMNS: Readonly<Record<QueueOrder, readonly string[]>> = {
  written: ['pair.id'],
  shuffled: ['pair.key'],
  intent: ['pair.intent', 'pair.id'],
  passage: ['pair.source_id', 'pair.id'],
}

/**
 * Pairs as a judge goes through them. [Note: keyset] A slice starts behind the values at which the one before ended, found
 * by index: the next pair costs the same at the beginning of 50,000 and at their end, and pairs that are decided meanwhile
 * shift nothing.
 */
export class ReviewQueueRepository {
  readonly #db: Database
  /** The filter changes seldom and the next pair is asked for all the time. */
  readonly #statements = new Map<string, Statement>()

  constructor(db: Database) {
    this.#db = db
  }

  /** The newest runs, for words such as "kept" and "suspected". */
  frame(judgeId: number): FilterFrame {
    const newest = this.#prepare<{ filterId: number; miningId: number }>(
      `SELECT coalesce((SELECT max(id) FROM filter_run), 0) AS filterId,
         coalesce((SELECT max(id) FROM mining_run WHERE summary IS NOT NULL), 0) AS miningId`,
    ).get()!
    return { judgeId, ...newest }
  }

  slice(
    filter: ReviewFilter,
    frame: FilterFrame,
    { order, after, limit }: { order: QueueOrder; after: QueuePlace | null; limit: number },
  ): QueuedPair[] {
    const columns = ORDER_COLUMNS[order]
    const { where, values } = reviewConditions(filter, frame)
    const behind = after ? `AND (${columns.join(', ')}) > (${columns.map(() => '?').join(', ')})` : ''
    const rows = this.#prepare<(string | number)[]>(
      `SELECT pair.id, ${columns.join(', ')} FROM pair WHERE ${where} ${behind} ORDER BY ${columns.join(', ')} LIMIT ?`,
    )
      .raw()
      .all(...values, ...(after ?? []), limit) as (string | number)[][]
    return rows.map(([pairId, ...place]) => ({ pairId: Number(pairId), place }))
  }

  /** Ids of all pairs that the filter finds: what a bulk decision touches. */
  ids(filter: ReviewFilter, frame: FilterFrame): number[] {
    const { where, values } = reviewConditions(filter, frame)
    return this.#prepare(`SELECT pair.id FROM pair WHERE ${where} ORDER BY pair.id`)
      .pluck()
      .all(...values) as number[]
  }

  row(pairId: number, { miningId, judgeId }: FilterFrame): QueueRow {
    const row = this.#prepare<Omit<QueueRow, 'hazards'> & { hazards: string | null }>(
      `SELECT pair.id AS pairId, pair.intent, pair.query, positive.title, positive.page,
         (SELECT hazards FROM document WHERE content_hash = positive.document_hash) AS hazards,
         (SELECT count(*) FROM (${OPEN_SUSPECTS})) AS openSuspects
       FROM pair JOIN training_text AS positive ON positive.id = pair.positive_id WHERE pair.id = ?`,
    ).get(miningId, judgeId, pairId)!
    return { ...row, hazards: row.hazards === null ? [] : (JSON.parse(row.hazards) as string[]) }
  }

  /** What the frame's judge has done with the pairs that the filter finds. */
  counts(filter: ReviewFilter, frame: FilterFrame): QueueCounts {
    const { where, values } = reviewConditions(filter, frame)
    const counts = this.#prepare<QueueCounts>(
      `SELECT count(*) AS total, coalesce(sum(own.outcome IS NOT NULL), 0) AS decided,
         coalesce(sum(own.verdict = 'skip'), 0) AS skipped, coalesce(sum(own.outcome = 'accept'), 0) AS accepted,
         coalesce(sum(own.outcome = 'reject'), 0) AS rejected, coalesce(sum(own.query IS NOT NULL), 0) AS edited
       FROM pair LEFT JOIN review_state AS own ON own.pair_id = pair.id AND own.text_id = 0 AND own.judge_id = ?
       WHERE ${where}`,
    ).get(frame.judgeId, ...values)!
    if (!filter.suspects) return counts
    return { ...counts, decided: this.count({ ...filter, state: 'decided' }, frame) }
  }

  count(filter: ReviewFilter, frame: FilterFrame): number {
    const { where, values } = reviewConditions(filter, frame)
    return this.#prepare(`SELECT count(*) FROM pair WHERE ${where}`)
      .pluck()
      .get(...values) as number
  }

  /** Suspected passages of all pairs in the newest mining run. */
  suspectCount(miningId: number): number {
    return this.#prepare('SELECT count(*) FROM negative WHERE mining_id = ? AND suspect = 1')
      .pluck()
      .get(miningId) as number
  }

  /** Passages that should not answer a pair's query: suspected ones first, then as mining ranked them. */
  negativesOf(pairId: number, miningId: number, limit: number): ShownNegative[] {
    const rows = this.#prepare<Omit<ShownNegative, 'suspect'> & { suspect: number }>(
      `SELECT text_id AS textId, min(rank) AS rank, max(score) AS score, max(suspect) AS suspect FROM (
         SELECT text_id, rank, score, suspect FROM negative
         WHERE mining_id = ? AND pair_id = ? AND (levels <> 0 OR suspect = 1)
         UNION ALL SELECT text_id, NULL, NULL, suspect FROM review_package_negative WHERE pair_id = ?)
       GROUP BY text_id ORDER BY suspect DESC, rank IS NULL, rank, text_id LIMIT ?`,
    ).all(miningId, pairId, pairId, limit)
    return rows.map((row) => ({ ...row, suspect: row.suspect === 1 }))
  }

  generators(): { name: string; pairs: number }[] {
    return this.#db
      .prepare<[], { name: string; pairs: number }>(
        'SELECT generator AS name, count(*) AS pairs FROM pair GROUP BY generator ORDER BY pairs DESC',
      )
      .all()
  }

  hazards(): string[] {
    return this.#db
      .prepare<[], string>('SELECT DISTINCT value FROM document, json_each(document.hazards) ORDER BY value')
      .pluck()
      .all()
  }

  difficulties(): string[] {
    return this.#db
      .prepare<[], string>(
        "SELECT DISTINCT details ->> '$.attributes.difficulty' AS value FROM pair WHERE value IS NOT NULL ORDER BY value",
      )
      .pluck()
      .all()
  }

  #prepare<Row>(sql: string): Statement<unknown[], Row> {
    let statement = this.#statements.get(sql)
    if (!statement) {
      // Words typed into the filter make new statements; old ones are made again when needed.
      if (this.#statements.size > 200) this.#statements.clear()
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement as Statement<unknown[], Row>
  }
}
