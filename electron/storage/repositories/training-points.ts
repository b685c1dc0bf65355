import type { Database, Statement } from 'better-sqlite3'

/** Values of one step. NaN and null are stored as null: not finite, or not measured in that stage. */
export interface TrainingPointRow {
  /** Number of the step in the run, from 1. */
  readonly point: number
  readonly stage: number
  readonly step: number
  readonly loss: number | null
  readonly chance: number | null
  readonly learningRate: number | null
  readonly gradientNorm: number | null
  readonly positive: number | null
  readonly hardest: number | null
  readonly tokensPerSecond: number | null
  readonly memoryBytes: number | null
  /** Seconds and tokens that the run had taken at the end of the step. */
  readonly seconds: number
  readonly tokens: number
}

/** Columns that curves are made of; `seconds` and `tokens` are their axes. */
export const POINT_COLUMNS = [
  'loss',
  'chance',
  'learningRate',
  'gradientNorm',
  'positive',
  'hardest',
  'tokensPerSecond',
  'memoryBytes',
  'seconds',
  'tokens',
] as const
export type PointColumn = (typeof POINT_COLUMNS)[number]

const SQL_NAMES: Readonly<Record<PointColumn, string>> = {
  loss: 'loss',
  chance: 'chance',
  learningRate: 'learning_rate',
  gradientNorm: 'gradient_norm',
  positive: 'positive',
  hardest: 'hardest',
  tokensPerSecond: 'tokens_per_second',
  memoryBytes: 'memory_bytes',
  seconds: 'seconds',
  tokens: 'tokens',
}
const SELECT = `SELECT point, stage, step, ${POINT_COLUMNS.map((name) => `${SQL_NAMES[name]} AS ${name}`).join(', ')}
  FROM training_metric WHERE run_id = ?`

/** Points of training runs, and the blocks of their curves. */
export class TrainingPointRepository {
  readonly #db: Database
  /** Charts ask the same hundreds of times; prepared when first used, as an older library that can only be read has no such table. */
  readonly #statements = new Map<string, Statement<unknown[]>>()

  constructor(db: Database) {
    this.#db = db
  }

  atomically<T>(action: () => T): T {
    return this.#db.transaction(action)()
  }

  add(runId: number, rows: readonly TrainingPointRow[]): void {
    const values = POINT_COLUMNS.map((name) => `@${name}`).join(', ')
    const insert = this.#prepare(
      `INSERT OR REPLACE INTO training_metric
         (run_id, point, stage, step, ${POINT_COLUMNS.map((name) => SQL_NAMES[name]).join(', ')})
       VALUES (@runId, @point, @stage, @step, ${values})`,
    )
    this.atomically(() => {
      for (const row of rows) insert.run({ runId, ...row })
    })
  }

  /** Forgets the points after one. */
  truncate(runId: number, point: number): void {
    this.#prepare('DELETE FROM training_metric WHERE run_id = ? AND point > ?').run(runId, point)
  }

  /** The last one; or the last one up to a point. */
  last(runId: number, upTo = Number.MAX_SAFE_INTEGER): TrainingPointRow | undefined {
    return this.#prepare<[number, number], TrainingPointRow>(
      `${SELECT} AND point <= ? ORDER BY point DESC LIMIT 1`,
    ).get(runId, upTo)
  }

  /** Points `first` to `last`, in order. */
  range(runId: number, first: number, last = Number.MAX_SAFE_INTEGER): TrainingPointRow[] {
    return this.#prepare<[number, number, number], TrainingPointRow>(
      `${SELECT} AND point BETWEEN ? AND ? ORDER BY point`,
    ).all(runId, first, last)
  }

  /** One column of points `first` to `last`; NaN where it has no value. */
  column(runId: number, name: PointColumn, first: number, last: number): Float64Array {
    const values = this.#prepare<[number, number, number], number | null>(
      `SELECT ${SQL_NAMES[name]} FROM training_metric WHERE run_id = ? AND point BETWEEN ? AND ? ORDER BY point`,
    )
      .pluck()
      .all(runId, first, last)
    return Float64Array.from(values, (value) => value ?? NaN)
  }

  setBlock(runId: number, column: PointColumn, level: number, block: number, data: Float64Array): void {
    this.#prepare('INSERT OR REPLACE INTO training_curve VALUES (?, ?, ?, ?, ?)').run(
      runId,
      column,
      level,
      block,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    )
  }

  /** Blocks `first` to `last` that there are, one behind the other. */
  blocks(runId: number, column: PointColumn, level: number, first: number, last: number): Float64Array {
    const parts = this.#prepare<[number, string, number, number, number], Buffer>(
      'SELECT data FROM training_curve WHERE run_id = ? AND metric = ? AND level = ? AND block BETWEEN ? AND ? ORDER BY block',
    )
      .pluck()
      .all(runId, column, level, first, last)
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0) / Float64Array.BYTES_PER_ELEMENT)
    const bytes = new Uint8Array(all.buffer)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return all
  }

  /** The number of the last block of a level and its doubles; undefined when it has none. */
  lastBlock(runId: number, level: number): { readonly block: number; readonly doubles: number } | undefined {
    return this.#prepare<[number, string, number], { block: number; doubles: number }>(
      `SELECT block, length(data) / 8 AS doubles FROM training_curve
         WHERE run_id = ? AND metric = ? AND level = ? ORDER BY block DESC LIMIT 1`,
    ).get(runId, POINT_COLUMNS[0], level)
  }

  /** Forgets the blocks of a level after one, and cuts that one to its first doubles. */
  truncateBlocks(runId: number, level: number, block: number, doubles: number): void {
    this.#prepare(
      'DELETE FROM training_curve WHERE run_id = ? AND level = ? AND (block > ? OR (block = ? AND ? = 0))',
    ).run(runId, level, block, block, doubles)
    this.#prepare(
      'UPDATE training_curve SET data = substr(data, 1, ?) WHERE run_id = ? AND level = ? AND block = ? AND length(data) > ?',
    ).run(doubles * 8, runId, level, block, doubles * 8)
  }

  #prepare<Params extends unknown[], Row = unknown>(sql: string): Statement<Params, Row> {
    const known = this.#statements.get(sql)
    if (known) return known as unknown as Statement<Params, Row>
    const statement = this.#db.prepare<Params, Row>(sql)
    this.#statements.set(sql, statement as unknown as Statement<unknown[]>)
    return statement
  }
}
