import type { Database, Statement } from 'better-sqlite3'
import type { Verdict } from '../../contracts/curation.ts'

/** The fields a decision sets; absent: as it was, null: taken back. A machine's grade may be a fraction. */
export interface StateChange {
  readonly verdict?: Verdict | null | undefined
  readonly grade?: number | null | undefined
  readonly query?: string | null | undefined
  readonly comment?: string | null | undefined
}

export interface ReviewState {
  readonly verdict: Verdict | null
  readonly grade: number | null
  readonly query: string | null
  readonly comment: string | null
}

/** What a judge thinks about: a pair, or a passage that should not answer its query. */
export interface ReviewSubject {
  readonly judgeId: number
  readonly pairId: number
  /** 0: the pair itself. */
  readonly textId: number
}

export interface StoredState extends ReviewSubject, ReviewState {
  readonly outcome: 'accept' | 'reject' | null
  /** Id of the action that changed it last. */
  readonly version: number
  readonly at: number
}

/** `rate`: a machine's; nobody's undo takes it back. */
export const ACTION_KINDS = ['decide', 'bulk', 'adjudicate', 'merge', 'rate', 'undo', 'redo'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]
/** `undone` can be done again; `abandoned`: something else was decided after the undo. */
export type StepState = 'done' | 'undone' | 'abandoned'

export interface NewAction {
  readonly actorId: number
  readonly kind: ActionKind
  /** Of undo and redo: the action they are about. */
  readonly targetId?: number
  readonly elapsedMs?: number | undefined
  readonly at: number
}

export interface LoggedEvent extends ReviewSubject {
  readonly change: StateChange
  /** Where it was decided elsewhere: its name there. */
  readonly originKey?: string
}

export interface LoggedAction {
  readonly id: number
  readonly actorId: number
  readonly kind: ActionKind
  readonly targetId: number | null
  readonly at: number
  readonly events: readonly LoggedEvent[]
}

/** A step as its judge sees it; `pairId`, `textId` and `change` of its first event. */
export interface StepSummary {
  readonly actionId: number
  readonly kind: ActionKind
  readonly state: StepState
  readonly at: number
  readonly count: number
  readonly pairId: number
  readonly textId: number
  readonly change: StateChange
}

const STATE = `pair_id AS pairId, text_id AS textId, judge_id AS judgeId, verdict, grade, query, comment, outcome, version, at`
const STEP = `
  SELECT step.action_id AS actionId, action.kind, step.state, action.at,
    (SELECT count(*) FROM review_event WHERE action_id = step.action_id) AS count,
    first.pair_id AS pairId, first.text_id AS textId, first.change
  FROM review_step AS step JOIN review_action AS action ON action.id = step.action_id
  JOIN review_event AS first ON first.id = (SELECT min(id) FROM review_event WHERE action_id = step.action_id)`

/** The log of decisions and what follows from it. See [Note: decisions are a log]; who writes here keeps both in step. */
export class ReviewLogRepository {
  readonly #db: Database
  readonly #statements = new Map<string, Statement>()

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns the action's id. */
  append({ actorId, kind, targetId, elapsedMs, at }: NewAction): number {
    return Number(
      this.#prepare('INSERT INTO review_action (actor_id, kind, target_id, elapsed_ms, at) VALUES (?, ?, ?, ?, ?)').run(
        actorId,
        kind,
        targetId ?? null,
        elapsedMs ?? null,
        at,
      ).lastInsertRowid,
    )
  }

  addEvent(actionId: number, { judgeId, pairId, textId, change, originKey }: LoggedEvent): void {
    this.#prepare(
      'INSERT INTO review_event (action_id, judge_id, pair_id, text_id, change, origin_key) VALUES (?, ?, ?, ?, ?, ?)',
    ).run(actionId, judgeId, pairId, textId, JSON.stringify(change), originKey ?? null)
  }

  state({ pairId, textId, judgeId }: ReviewSubject): StoredState | undefined {
    return this.#prepare<StoredState>(
      `SELECT ${STATE} FROM review_state WHERE pair_id = ? AND text_id = ? AND judge_id = ?`,
    ).get(pairId, textId, judgeId)
  }

  /** Of all judges, on the pair and on its passages. */
  statesOf(pairId: number): StoredState[] {
    return this.#prepare<StoredState>(
      `SELECT ${STATE} FROM review_state WHERE pair_id = ? ORDER BY text_id, judge_id`,
    ).all(pairId)
  }

  /** Pairs and passages on which a judge has said something. */
  countOf(judgeId: number): number {
    return this.#prepare<number>('SELECT count(*) FROM review_state WHERE judge_id = ?').pluck().get(judgeId) as number
  }

  /** Every state, by pair and passage. */
  allStates(): IterableIterator<StoredState> {
    return this.#db
      .prepare<[], StoredState>(`SELECT ${STATE} FROM review_state ORDER BY pair_id, text_id, judge_id`)
      .iterate()
  }

  putState(state: StoredState): void {
    this.#prepare(
      `INSERT OR REPLACE INTO review_state (pair_id, text_id, judge_id, verdict, grade, query, comment, outcome, version, at)
       VALUES (@pairId, @textId, @judgeId, @verdict, @grade, @query, @comment, @outcome, @version, @at)`,
    ).run(state)
  }

  removeState({ pairId, textId, judgeId }: ReviewSubject): void {
    this.#prepare('DELETE FROM review_state WHERE pair_id = ? AND text_id = ? AND judge_id = ?').run(
      pairId,
      textId,
      judgeId,
    )
  }

  addStep(actionId: number, actorId: number): void {
    this.#prepare("INSERT INTO review_step (action_id, actor_id, state) VALUES (?, ?, 'done')").run(actionId, actorId)
  }

  /** Who decides anew after an undo leaves what was undone behind. */
  abandonUndone(actorId: number): void {
    this.#prepare("UPDATE review_step SET state = 'abandoned' WHERE actor_id = ? AND state = 'undone'").run(actorId)
  }

  setStep(actionId: number, state: StepState): void {
    this.#prepare('UPDATE review_step SET state = ? WHERE action_id = ?').run(state, actionId)
  }

  /** The step that an undo takes back. */
  lastDone(actorId: number): number | undefined {
    return this.#prepare<number>(
      "SELECT action_id FROM review_step WHERE actor_id = ? AND state = 'done' ORDER BY action_id DESC LIMIT 1",
    )
      .pluck()
      .get(actorId) as number | undefined
  }

  /** The step that a redo does again. */
  firstUndone(actorId: number): number | undefined {
    return this.#prepare<number>(
      "SELECT action_id FROM review_step WHERE actor_id = ? AND state = 'undone' ORDER BY action_id LIMIT 1",
    )
      .pluck()
      .get(actorId) as number | undefined
  }

  step(actionId: number): StepSummary | undefined {
    const row = this.#prepare<StepSummary & { change: string }>(`${STEP} WHERE step.action_id = ?`).get(actionId)
    return row && toStep(row)
  }

  /** The newest steps of a judge in the order they were taken, without those that were left behind. */
  steps(actorId: number, limit: number): StepSummary[] {
    return this.#prepare<StepSummary & { change: string }>(
      `${STEP} WHERE step.actor_id = ? AND step.state <> 'abandoned' ORDER BY step.action_id DESC LIMIT ?`,
    )
      .all(actorId, limit)
      .map(toStep)
      .reverse()
  }

  /** Pairs that an action touched. */
  pairsOf(actionId: number, limit: number): number[] {
    return this.#prepare('SELECT DISTINCT pair_id FROM review_event WHERE action_id = ? ORDER BY id LIMIT ?')
      .pluck()
      .all(actionId, limit) as number[]
  }

  /** What an action touched, each with the changes to it that hold, oldest first. */
  *heldChanges(actionId: number): Generator<{ subject: ReviewSubject; changes: StateChange[] }> {
    const rows = this.#db
      .prepare<[number], ReviewSubject & { change: string | null }>(
        `SELECT touched.pair_id AS pairId, touched.text_id AS textId, touched.judge_id AS judgeId,
           CASE WHEN coalesce(step.state, 'done') = 'done' THEN event.change END AS change
         FROM review_event AS touched
         JOIN review_event AS event ON event.pair_id = touched.pair_id AND event.text_id = touched.text_id
           AND event.judge_id = touched.judge_id
         LEFT JOIN review_step AS step ON step.action_id = event.action_id
         WHERE touched.action_id = ? ORDER BY touched.id, event.id`,
      )
      .all(actionId)
    let current: { subject: ReviewSubject; changes: StateChange[] } | undefined
    for (const { change, ...subject } of rows) {
      if (!current || !sameSubject(current.subject, subject)) {
        if (current) yield current
        current = { subject, changes: [] }
      }
      if (change !== null) current.changes.push(JSON.parse(change) as StateChange)
    }
    if (current) yield current
  }

  /** Where the decisions that hold on a subject came from, oldest first; null: they were made here. */
  origins({ pairId, textId, judgeId }: ReviewSubject): (string | null)[] {
    return this.#prepare(
      `SELECT origin_key FROM review_event AS event LEFT JOIN review_step AS step ON step.action_id = event.action_id
       WHERE event.pair_id = ? AND event.text_id = ? AND event.judge_id = ? AND coalesce(step.state, 'done') = 'done'
       ORDER BY event.id`,
    )
      .pluck()
      .all(pairId, textId, judgeId) as (string | null)[]
  }

  /** Grows with every action of anyone. */
  revision(): number {
    return this.#prepare<number>('SELECT coalesce(max(id), 0) FROM review_action').pluck().get() as number
  }

  /** Milliseconds of work that the judge's last single decisions took, newest first. */
  recentTimes(actorId: number, limit: number): number[] {
    return this.#prepare(
      `SELECT elapsed_ms FROM review_action WHERE actor_id = ? AND elapsed_ms IS NOT NULL ORDER BY id DESC LIMIT ?`,
    )
      .pluck()
      .all(actorId, limit) as number[]
  }

  lastActionAt(actorId: number): number | undefined {
    return this.#prepare('SELECT at FROM review_action WHERE actor_id = ? ORDER BY id DESC LIMIT 1')
      .pluck()
      .get(actorId) as number | undefined
  }

  /** The whole log from its beginning. */
  *log(): Generator<LoggedAction> {
    const events = this.#db.prepare<[number], ReviewSubject & { change: string; originKey: string | null }>(
      `SELECT judge_id AS judgeId, pair_id AS pairId, text_id AS textId, change, origin_key AS originKey
       FROM review_event WHERE action_id = ? ORDER BY id`,
    )
    const actions = this.#db
      .prepare<[], Omit<LoggedAction, 'events'>>(
        'SELECT id, actor_id AS actorId, kind, target_id AS targetId, at FROM review_action ORDER BY id',
      )
      .all()
    for (const action of actions) {
      const own = events.all(action.id).map(({ change, originKey, ...subject }) => ({
        ...subject,
        change: JSON.parse(change) as StateChange,
        ...(originKey === null ? {} : { originKey }),
      }))
      yield { ...action, events: own }
    }
  }

  /** Forgets what follows from the log; call before writing it anew. */
  clearDerived(): void {
    this.#db.exec('DELETE FROM review_state; DELETE FROM review_step;')
  }

  /** Steps as stored, by action id: what a replay must equal. */
  stepStates(): Map<number, StepState> {
    const rows = this.#db
      .prepare<[], { actionId: number; state: StepState }>('SELECT action_id AS actionId, state FROM review_step')
      .all()
    return new Map(rows.map(({ actionId, state }) => [actionId, state]))
  }

  /** Prepared when first used: a library of an older format that can only be read has no such tables. */
  #prepare<Row>(sql: string): Statement<unknown[], Row> {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement as Statement<unknown[], Row>
  }
}

function sameSubject(a: ReviewSubject, b: ReviewSubject): boolean {
  return a.pairId === b.pairId && a.textId === b.textId && a.judgeId === b.judgeId
}

function toStep(row: Omit<StepSummary, 'change'> & { change: string }): StepSummary {
  return { ...row, change: JSON.parse(row.change) as StateChange }
}
