import type { Database } from 'better-sqlite3'
import type { PlainWording } from '../../contracts/wording.ts'

/** A recipe of a series that has no run, and why. */
export interface SkippedRecipe {
  readonly recipe: string
  readonly message: string
  readonly wording: PlainWording | null
}

export interface TrainingSeriesRecord {
  readonly id: number
  readonly name: string
  readonly createdAt: number
  /** In the order they were started; runs that were deleted are left out. */
  readonly runIds: readonly number[]
  readonly skipped: readonly SkippedRecipe[]
}

interface Row {
  readonly id: number
  readonly name: string
  readonly createdAt: number
  readonly runIds: string
  readonly skipped: string
}

const SELECT = `
  SELECT id, name, created_at AS createdAt, skipped,
         (SELECT json_group_array(run_id ORDER BY run_id) FROM training_series_run WHERE series_id = id) AS runIds
  FROM training_series`

/** Runs that were started together. What state a series is in is derived from its runs. */
export class TrainingSeriesRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns the id of a series without runs */
  add(name: string): number {
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO training_series (name, created_at) VALUES (?, ?)')
      .run(name, Date.now())
    return Number(lastInsertRowid)
  }

  addRun(id: number, runId: number): void {
    this.#db.prepare('INSERT INTO training_series_run (run_id, series_id) VALUES (?, ?)').run(runId, id)
  }

  addSkipped(id: number, skipped: SkippedRecipe): void {
    this.#db
      .prepare(`UPDATE training_series SET skipped = json_insert(skipped, '$[#]', json(?)) WHERE id = ?`)
      .run(JSON.stringify(skipped), id)
  }

  /** Newest first. */
  all(): TrainingSeriesRecord[] {
    return this.#db.prepare<[], Row>(`${SELECT} ORDER BY id DESC`).all().map(recordOf)
  }

  byId(id: number): TrainingSeriesRecord | undefined {
    const row = this.#db.prepare<[number], Row>(`${SELECT} WHERE id = ?`).get(id)
    return row && recordOf(row)
  }

  /** Takes a series off the list; its runs stay. */
  remove(id: number): void {
    this.#db.prepare('DELETE FROM training_series WHERE id = ?').run(id)
  }
}

function recordOf({ runIds, skipped, ...row }: Row): TrainingSeriesRecord {
  return { ...row, runIds: JSON.parse(runIds) as number[], skipped: JSON.parse(skipped) as SkippedRecipe[] }
}
