import type { Database, Statement } from 'better-sqlite3'

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

export interface StoredSuspect extends StoredNegative {
  /** Bit i is set where level i of the rule keeps it; 0: it scores above them all. */
  readonly levels: number
}

type Row = Omit<MiningRun, 'rule' | 'options' | 'summary'> & { rule: string; options: string; summary: string | null }
const COLUMNS = 'id, filter_id AS filterId, retriever, version, rule, options, summary, created_at AS createdAt'

/** Hard negatives by mining run. */
export class MiningRunRepository {
  readonly #db: Database
  // Prepared when first used, as in TrainingTextRepository; a data set asks once a pair.
  #positiveScore: Statement<[number, number], number> | undefined
  #negatives: Statement<[number, number, number], StoredNegative> | undefined

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
    this.#db
      .prepare('UPDATE mining_run SET summary = ?, progress = NULL WHERE id = ?')
      .run(JSON.stringify(summary), miningId)
  }

  remove(miningId: number): void {
    this.#db.prepare('DELETE FROM mining_run WHERE id = ?').run(miningId)
  }

  /** Says how far an incomplete run came, JSON-safe; call inside the transaction that stores what was mined. */
  saveProgress(miningId: number, progress: unknown): void {
    this.#db.prepare('UPDATE mining_run SET progress = ? WHERE id = ?').run(JSON.stringify(progress), miningId)
  }

  /** The newest run that was interrupted after it had stored something. */
  interrupted(): (MiningRun & { readonly progress: unknown }) | undefined {
    const row = this.#db
      .prepare<[], Row & { progress: string }>(
        `SELECT ${COLUMNS}, progress FROM mining_run WHERE summary IS NULL AND progress IS NOT NULL
         ORDER BY id DESC LIMIT 1`,
      )
      .get()
    return row && { ...toRun(row), progress: JSON.parse(row.progress) as unknown }
  }

  /** Removes what interrupted runs left, except the one that goes on. */
  removeIncomplete(except = 0): void {
    this.#db.prepare('DELETE FROM mining_run WHERE summary IS NULL AND id <> ?').run(except)
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

  /** The score of a pair's positive; undefined for a pair that was not mined. */
  positiveScore(miningId: number, pairId: number): number | undefined {
    this.#positiveScore ??= this.#db
      .prepare<[number, number], number>('SELECT positive_score FROM mined_pair WHERE mining_id = ? AND pair_id = ?')
      .pluck()
    return this.#positiveScore.get(miningId, pairId)
  }

  /** Negatives of one pair at one level, best ranked first, without those that may be unmarked answers. */
  negatives(miningId: number, pairId: number, level: number): StoredNegative[] {
    this.#negatives ??= this.#db.prepare<[number, number, number], StoredNegative>(
      `SELECT pair_id AS pairId, text_id AS textId, rank, score FROM negative
       WHERE mining_id = ? AND pair_id = ? AND (levels >> ?) & 1 = 1 AND suspect = 0 ORDER BY rank`,
    )
    return this.#negatives.all(miningId, pairId, level)
  }

  /** Passages of one pair that may be unmarked answers, best ranked first. */
  suspectsOf(miningId: number, pairId: number): StoredSuspect[] {
    return this.#db
      .prepare<[number, number], StoredSuspect>(
        `SELECT pair_id AS pairId, text_id AS textId, rank, score, levels FROM negative
         WHERE mining_id = ? AND pair_id = ? AND suspect = 1 ORDER BY rank`,
      )
      .all(miningId, pairId)
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
