import type { Database } from 'better-sqlite3'

export interface NewMiningRun {
  readonly filterId: number | null
  readonly retriever: string
  readonly version: string
  /** The rule with its levels and the options, JSON-safe. */
  readonly rule: unknown
  readonly options: unknown
}

export interface MiningRun extends NewMiningRun {
  readonly id: number
  /** Counts and histograms; null while the run is not complete. */
  readonly summary: unknown
  readonly createdAt: number
}

export interface MinedPair {
  readonly pairId: number
  readonly positiveScore: number
  readonly negatives: readonly MinedNegative[]
}

export interface MinedNegative {
  readonly textId: number
  readonly rank: number
  readonly score: number
  /** Bit i is set where level i of the rule keeps it. */
  readonly levels: number
  readonly suspect: boolean
}

export interface StoredNegative extends Omit<MinedNegative, 'levels' | 'suspect'> {
  readonly pairId: number
}

type Row = Omit<MiningRun, 'rule' | 'options' | 'summary'> & { rule: string; options: string; summary: string | null }
const COLUMNS = 'id, filter_id AS filterId, retriever, version, rule, options, summary, created_at AS createdAt'

/** Hard negatives by mining run. */
export class MiningRunRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns the id of the new, still incomplete run. */
  start(run: NewMiningRun): number {
    const { lastInsertRowid } = this.#db
      .prepare(
        'INSERT INTO mining_run (filter_id, retriever, version, rule, options, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(run.filterId, run.retriever, run.version, JSON.stringify(run.rule), JSON.stringify(run.options), Date.now())
    return Number(lastInsertRowid)
  }

  /** Stores mined pairs; call inside the transaction that adds their texts. */
  add(miningId: number, pairs: Iterable<MinedPair>): void {
    const pair = this.#db.prepare(
      'INSERT OR REPLACE INTO mined_pair (mining_id, pair_id, positive_score) VALUES (?, ?, ?)',
    )
    const negative = this.#db.prepare(
      `INSERT OR REPLACE INTO negative (mining_id, pair_id, text_id, rank, score, levels, suspect)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const { pairId, positiveScore, negatives } of pairs) {
      pair.run(miningId, pairId, positiveScore)
      for (const { textId, rank, score, levels, suspect } of negatives)
        negative.run(miningId, pairId, textId, rank, score, levels, Number(suspect))
    }
  }

  complete(miningId: number, summary: unknown): void {
    this.#db.prepare('UPDATE mining_run SET summary = ? WHERE id = ?').run(JSON.stringify(summary), miningId)
  }

  remove(miningId: number): void {
    this.#db.prepare('DELETE FROM mining_run WHERE id = ?').run(miningId)
  }

  /** Removes what interrupted runs left. */
  removeIncomplete(): void {
    this.#db.prepare('DELETE FROM mining_run WHERE summary IS NULL').run()
  }

  byId(id: number): MiningRun | undefined {
    const row = this.#db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM mining_run WHERE id = ?`).get(id)
    return row && toRun(row)
  }

  /** The newest complete run. */
  latest(): MiningRun | undefined {
    const row = this.#db
      .prepare<[], Row>(`SELECT ${COLUMNS} FROM mining_run WHERE summary IS NOT NULL ORDER BY id DESC LIMIT 1`)
      .get()
    return row && toRun(row)
  }

  /** Mined pairs with the score of their positive, by pair id. */
  positiveScores(miningId: number): Map<number, number> {
    const rows = this.#db
      .prepare<[number], { pairId: number; score: number }>(
        'SELECT pair_id AS pairId, positive_score AS score FROM mined_pair WHERE mining_id = ? ORDER BY pair_id',
      )
      .all(miningId)
    return new Map(rows.map(({ pairId, score }) => [pairId, score]))
  }

  /** Negatives of one pair at one level, best ranked first, without those that may be unmarked answers. */
  negatives(miningId: number, pairId: number, level: number): StoredNegative[] {
    return this.#db
      .prepare<[number, number, number], StoredNegative>(
        `SELECT pair_id AS pairId, text_id AS textId, rank, score FROM negative
         WHERE mining_id = ? AND pair_id = ? AND (levels >> ?) & 1 = 1 AND suspect = 0 ORDER BY rank`,
      )
      .all(miningId, pairId, level)
  }

  /** Passages that may be unmarked answers: what mining hands to the review queue. */
  suspects(miningId: number, slice: { offset: number; limit: number }): { total: number; rows: StoredNegative[] } {
    const total = this.#db
      .prepare<[number], number>('SELECT count(*) FROM negative WHERE mining_id = ? AND suspect = 1')
      .pluck()
      .get(miningId)!
    const rows = this.#db
      .prepare<[number, number, number], StoredNegative>(
        `SELECT pair_id AS pairId, text_id AS textId, rank, score FROM negative
         WHERE mining_id = ? AND suspect = 1 ORDER BY pair_id, rank LIMIT ? OFFSET ?`,
      )
      .all(miningId, slice.limit, slice.offset)
    return { total, rows }
  }
}

function toRun(row: Row): MiningRun {
  return {
    ...row,
    rule: JSON.parse(row.rule) as unknown,
    options: JSON.parse(row.options) as unknown,
    summary: row.summary === null ? null : (JSON.parse(row.summary) as unknown),
  }
}
