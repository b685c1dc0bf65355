import type { Database } from 'better-sqlite3'

export interface NewTrainingEvent {
  readonly kind: string
  readonly level: 'info' | 'good' | 'warning' | 'error'
  /** Kind of the alert, on alerts. */
  readonly alert: string | null
  /** Step of the run. */
  readonly point: number | null
  readonly intent: string | null
  readonly text: string
}

export interface TrainingEventRecord extends NewTrainingEvent {
  readonly id: number
  /** Milliseconds since 1970. The order of events is that of their ids, whatever the clock did. */
  readonly at: number
}

const COLUMNS = 'id, at, kind, level, alert, point, intent, text'

/** What happened to training runs, alerts among it: their log. */
export class TrainingEventRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  add(runId: number, event: NewTrainingEvent): void {
    this.#db
      .prepare(
        `INSERT INTO training_event (run_id, at, kind, level, alert, point, intent, text)
         VALUES (@runId, @at, @kind, @level, @alert, @point, @intent, @text)`,
      )
      .run({ runId, at: Date.now(), ...event })
  }

  /** Oldest first, those after an id. */
  list(runId: number, after = 0, limit = Number.MAX_SAFE_INTEGER): TrainingEventRecord[] {
    return this.#db
      .prepare<[number, number, number], TrainingEventRecord>(
        `SELECT ${COLUMNS} FROM training_event WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(runId, after, limit)
  }

  alerts(runId: number): TrainingEventRecord[] {
    return this.#db
      .prepare<[number], TrainingEventRecord>(
        `SELECT ${COLUMNS} FROM training_event WHERE run_id = ? AND alert IS NOT NULL ORDER BY id`,
      )
      .all(runId)
  }

  alertCount(runId: number): number {
    return this.#db
      .prepare<[number], number>('SELECT count(*) FROM training_event WHERE run_id = ? AND alert IS NOT NULL')
      .pluck()
      .get(runId)!
  }
}
