import type { Database } from 'better-sqlite3'

/** A passage as a retriever ranked it: by content, so that it is known after re-indexing. */
export type RankedText = readonly [documentHash: string, page: number, passageHash: string, score: number]

export interface NewVote {
  readonly pairId: number
  /** Best first. */
  readonly ranking: readonly RankedText[]
}

export interface StoredVote {
  readonly retriever: string
  /** Of the model and of the library when it was asked. */
  readonly version: string
  readonly ranking: readonly RankedText[]
}

export interface FilterRun {
  readonly id: number
  readonly rule: string
  readonly topN: number
  readonly retrievers: readonly { readonly id: string; readonly version: string }[]
  /** Yields by rule and N, as the job counted them. */
  readonly report: unknown
  readonly createdAt: number
}

export interface StoredDecision {
  readonly pairId: number
  readonly kept: boolean
  readonly outcome: string
}

type RunRow = Omit<FilterRun, 'retrievers' | 'report'> & { retrievers: string; report: string }
const RUN_COLUMNS = 'id, rule, top_n AS topN, retrievers, report, created_at AS createdAt'

/** What each retriever found for each pair, and what filter runs made of it. */
export class PairVoteRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Stores rankings, replacing earlier ones of the same retriever, in one transaction. */
  save(retriever: string, version: string, votes: Iterable<NewVote>): void {
    const insert = this.#db.prepare(
      'INSERT OR REPLACE INTO pair_vote (pair_id, retriever, version, ranking, voted_at) VALUES (?, ?, ?, ?, ?)',
    )
    const now = Date.now()
    this.#db
      .transaction(() => {
        for (const { pairId, ranking } of votes) insert.run(pairId, retriever, version, JSON.stringify(ranking), now)
      })
      .immediate()
  }

  /** Rankings of one pair by retriever. */
  ofPair(pairId: number): Map<string, readonly RankedText[]> {
    return new Map(this.recordsOf(pairId).map(({ retriever, ranking }) => [retriever, ranking]))
  }

  /** Rankings of one pair with what made them. */
  recordsOf(pairId: number): StoredVote[] {
    return this.#db
      .prepare<[number], Omit<StoredVote, 'ranking'> & { ranking: string }>(
        'SELECT retriever, version, ranking FROM pair_vote WHERE pair_id = ? ORDER BY retriever',
      )
      .all(pairId)
      .map((row) => ({ ...row, ranking: JSON.parse(row.ranking) as RankedText[] }))
  }

  /** What a run made of one pair; undefined when it did not look at it. */
  decision(filterId: number, pairId: number): Omit<StoredDecision, 'pairId'> | undefined {
    const row = this.#db
      .prepare<[number, number], { kept: number; outcome: string }>(
        'SELECT kept, outcome FROM pair_decision WHERE filter_id = ? AND pair_id = ?',
      )
      .get(filterId, pairId)
    return row && { kept: row.kept === 1, outcome: row.outcome }
  }

  /** Pairs that a run looked at, and whether it kept them. */
  decisions(filterId: number): Map<number, boolean> {
    const rows = this.#db
      .prepare<[number], [number, number]>('SELECT pair_id, kept FROM pair_decision WHERE filter_id = ?')
      .raw()
      .all(filterId)
    return new Map(rows.map(([pairId, kept]) => [pairId, kept === 1]))
  }

  /** Stores a run with its decisions in one transaction. @returns its id. */
  addRun(run: Omit<FilterRun, 'id' | 'createdAt'>, decisions: Iterable<StoredDecision>): number {
    return this.#db
      .transaction(() => {
        const { lastInsertRowid } = this.#db
          .prepare('INSERT INTO filter_run (rule, top_n, retrievers, report, created_at) VALUES (?, ?, ?, ?, ?)')
          .run(run.rule, run.topN, JSON.stringify(run.retrievers), JSON.stringify(run.report), Date.now())
        const id = Number(lastInsertRowid)
        const insert = this.#db.prepare(
          'INSERT INTO pair_decision (filter_id, pair_id, kept, outcome) VALUES (?, ?, ?, ?)',
        )
        for (const { pairId, kept, outcome } of decisions) insert.run(id, pairId, Number(kept), outcome)
        return id
      })
      .immediate()
  }

  run(id: number): FilterRun | undefined {
    const row = this.#db.prepare<[number], RunRow>(`SELECT ${RUN_COLUMNS} FROM filter_run WHERE id = ?`).get(id)
    return row && toRun(row)
  }

  latestRun(): FilterRun | undefined {
    const row = this.#db.prepare<[], RunRow>(`SELECT ${RUN_COLUMNS} FROM filter_run ORDER BY id DESC LIMIT 1`).get()
    return row && toRun(row)
  }

  /** Pairs of a run with one of these outcomes, drawn at random: the samples beside the funnel. */
  sample(filterId: number, outcomes: readonly string[], limit: number): { pairId: number; outcome: string }[] {
    return this.#db
      .prepare<unknown[], { pairId: number; outcome: string }>(
        `SELECT pair_id AS pairId, outcome FROM pair_decision
         WHERE filter_id = ? AND outcome IN (${outcomes.map(() => '?').join(', ')}) ORDER BY random() LIMIT ?`,
      )
      .all(filterId, ...outcomes, limit)
  }
}

function toRun(row: RunRow): FilterRun {
  return {
    ...row,
    retrievers: JSON.parse(row.retrievers) as FilterRun['retrievers'],
    report: JSON.parse(row.report) as unknown,
  }
}
