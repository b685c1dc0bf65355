import type { Database } from 'better-sqlite3'
import type { Job, JobEvent, JobKind, JobStage, JobState } from '../../contracts/jobs.ts'
import type { Text } from '../../contracts/wording.ts'
import { readWording, textColumns } from '../stored-wording.ts'

/** A job as stored; what only its handler knows (whether it can be paused) is added by the job queue. */
export type JobRecord = Omit<Job, 'pausable'> & { readonly params: unknown; readonly result: unknown }

export interface JobProgress {
  readonly stages: readonly JobStage[]
  readonly current: string | null
  readonly secondsLeft: number | null
  readonly itemsFailed: number
}

interface Row {
  id: number
  kind: JobKind
  title: string
  title_wording: string | null
  state: JobState
  params: string
  stages: string
  current: string | null
  seconds_left: number | null
  items_failed: number
  message: string | null
  message_wording: string | null
  result: string | null
  created_at: number
  started_at: number | null
  ended_at: number | null
}

/** The job table is the only truth about work that runs in the background; events are hints. */
export class JobRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  add(kind: JobKind, title: Text, params: unknown): JobRecord {
    const { lastInsertRowid } = this.#db
      .prepare(
        "INSERT INTO job (kind, title, title_wording, state, params, created_at) VALUES (?, ?, ?, 'queued', ?, ?)",
      )
      .run(kind, ...textColumns(title), JSON.stringify(params), Date.now())
    return this.byId(Number(lastInsertRowid))!
  }

  byId(id: number): JobRecord | undefined {
    const row = this.#db.prepare<[number], Row>('SELECT * FROM job WHERE id = ?').get(id)
    return row && toJob(row)
  }

  /** Newest first. */
  recent(limit: number): JobRecord[] {
    return this.#db.prepare<[number], Row>('SELECT * FROM job ORDER BY id DESC LIMIT ?').all(limit).map(toJob)
  }

  /** Oldest first: the order in which they are worked on. */
  unfinished(): JobRecord[] {
    return this.#db
      .prepare<[], Row>("SELECT * FROM job WHERE state IN ('queued', 'running', 'paused') ORDER BY id")
      .all()
      .map(toJob)
  }

  /** The newest finished job of a kind. */
  lastDone(kind: JobKind): JobRecord | undefined {
    const row = this.#db
      .prepare<[JobKind], Row>("SELECT * FROM job WHERE kind = ? AND state = 'done' ORDER BY id DESC LIMIT 1")
      .get(kind)
    return row && toJob(row)
  }

  endedSince(time: number): JobRecord[] {
    return this.#db.prepare<[number], Row>('SELECT * FROM job WHERE ended_at >= ? ORDER BY id').all(time).map(toJob)
  }

  setState(id: number, state: JobState, message: Text | null = null): void {
    const now = Date.now()
    const [english, wording] = textColumns(message)
    const ended = state === 'done' || state === 'failed' || state === 'cancelled'
    this.#db
      .prepare(
        `UPDATE job SET state = @state, message = coalesce(@english, message),
           message_wording = CASE WHEN @english IS NULL THEN message_wording ELSE @wording END,
           started_at = CASE WHEN @state = 'running' THEN coalesce(started_at, @now) ELSE started_at END,
           ended_at = CASE WHEN @ended THEN @now ELSE NULL END
         WHERE id = @id`,
      )
      .run({ id, state, english, wording, now, ended: Number(ended) })
  }

  setProgress(id: number, progress: JobProgress): void {
    this.#db
      .prepare('UPDATE job SET stages = ?, current = ?, seconds_left = ?, items_failed = ? WHERE id = ?')
      .run(JSON.stringify(progress.stages), progress.current, progress.secondsLeft, progress.itemsFailed, id)
  }

  setResult(id: number, result: unknown): void {
    this.#db.prepare('UPDATE job SET result = ? WHERE id = ?').run(JSON.stringify(result ?? null), id)
  }

  addEvent(jobId: number, level: JobEvent['level'], text: Text): void {
    this.#db
      .prepare('INSERT INTO job_event (job_id, at, level, text, wording) VALUES (?, ?, ?, ?, ?)')
      .run(jobId, Date.now(), level, ...textColumns(text))
  }

  events(jobId: number): JobEvent[] {
    return this.#db
      .prepare<[number], Omit<JobEvent, 'wording'> & { readonly wording: string | null }>(
        'SELECT id, at, level, text, wording FROM job_event WHERE job_id = ? ORDER BY id',
      )
      .all(jobId)
      .map((event) => ({ ...event, wording: readWording(event.wording) }))
  }
}

function toJob(row: Row): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    titleWording: readWording(row.title_wording),
    state: row.state,
    params: JSON.parse(row.params) as unknown,
    stages: JSON.parse(row.stages) as JobStage[],
    current: row.current,
    secondsLeft: row.seconds_left,
    itemsFailed: row.items_failed,
    message: row.message,
    messageWording: readWording(row.message_wording),
    result: row.result === null ? undefined : (JSON.parse(row.result) as unknown),
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}
