import type { Database } from 'better-sqlite3'
import type { PlainWording, Text } from '../../contracts/wording.ts'
import { readWording, textColumns } from '../stored-wording.ts'

export interface NewTrainingEvent {
  readonly kind: string
  readonly level: 'info' | 'good' | 'warning' | 'error'
  /** Kind of the alert, on alerts. */
  readonly alert: string | null
  /** Step of the run. */
  readonly point: number | null
  readonly intent: string | null
  readonly text: Text
}

export interface TrainingEventRecord extends Omit<NewTrainingEvent, 'text'> {
  readonly id: number
  /** In English. */
  readonly text: string
  readonly wording: PlainWording | null
  /** Milliseconds since 1970. The order of events is that of their ids, whatever the clock did. */
  readonly at: number
}

type Row = Omit<TrainingEventRecord, 'wording'> & { readonly wording: string | null }

const COLUMNS = 'id, at, kind, level, alert, point, intent, text, wording'

/** What happened to training runs, alerts among it: their log. */
export class TrainingEventRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  add(runId: number, event: NewTrainingEvent): void {
    const [text, wording] = textColumns(event.text)
    this.#db
      .prepare(
        `INSERT INTO training_event (run_id, at, kind, level, alert, point, intent, text, wording)
         VALUES (@runId, @at, @kind, @level, @alert, @point, @intent, @text, @wording)`,
      )
      .run({ runId, at: Date.now(), ...event, text, wording })
  }

  /** Oldest first, those after an id. */
  list(runId: number, after = 0, limit = Number.MAX_SAFE_INTEGER): TrainingEventRecord[] {
    return this.#db
      .prepare<[number, number, number], Row>(
        `SELECT ${COLUMNS} FROM training_event WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(runId, after, limit)
      .map(toRecord)
  }

  alerts(runId: number): TrainingEventRecord[] {
    return this.#db
      .prepare<[number], Row>(
        `SELECT ${COLUMNS} FROM training_event WHERE run_id = ? AND alert IS NOT NULL ORDER BY id`,
      )
      .all(runId)
      .map(toRecord)
  }

  alertCount(runId: number): number {
    return this.#db
      .prepare<[number], number>('SELECT count(*) FROM training_event WHERE run_id = ? AND alert IS NOT NULL')
      .pluck()
      .get(runId)!
  }
}

function toRecord(row: Row): TrainingEventRecord {
  return { ...row, wording: readWording(row.wording) }
}
