import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'

export interface NewTrainingRun {
  readonly name: string
  readonly recipe: unknown
  readonly data: string
  readonly model: string | null
}

export interface TrainingRunRecord extends NewTrainingRun {
  readonly id: number
  readonly folder: string
  readonly result: unknown
  readonly createdAt: number
  readonly endedAt: number | null
}

export interface StageRow {
  readonly stage: number
  readonly name: string
  readonly steps: number
  readonly parameters: number
}

/** Values of one step; similarities are null where the stage has none. */
export interface MetricRow {
  readonly stage: number
  readonly step: number
  readonly loss: number
  readonly chance: number
  readonly learningRate: number
  readonly gradientNorm: number
  readonly positive: number | null
  readonly hardest: number | null
  readonly tokensPerSecond: number
  readonly memoryBytes: number
}

export interface TrainingEvaluationRow {
  readonly stage: number
  readonly step: number
  readonly ndcg: number
  readonly byIntent: Readonly<Partial<Record<Intent, number>>>
  readonly isBest: boolean
}

export interface CheckpointRow {
  readonly stage: number
  readonly step: number
  readonly folder: string
}

interface RunRow {
  id: number
  name: string
  recipe: string
  data: string
  model: string | null
  folder: string
  result: string | null
  created_at: number
  ended_at: number | null
}

/** Training runs with their curves, evaluations and newest checkpoint. */
export class TrainingRunRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @param folderOf where the run with this id keeps its files */
  add(run: NewTrainingRun, folderOf: (id: number) => string): TrainingRunRecord {
    return this.#db.transaction(() => {
      const { lastInsertRowid } = this.#db
        .prepare("INSERT INTO training_run (name, recipe, data, model, folder, created_at) VALUES (?, ?, ?, ?, '', ?)")
        .run(run.name, JSON.stringify(run.recipe), run.data, run.model, Date.now())
      const id = Number(lastInsertRowid)
      this.#db.prepare('UPDATE training_run SET folder = ? WHERE id = ?').run(folderOf(id), id)
      return this.byId(id)!
    })()
  }

  byId(id: number): TrainingRunRecord | undefined {
    const row = this.#db.prepare<[number], RunRow>('SELECT * FROM training_run WHERE id = ?').get(id)
    return row && toRun(row)
  }

  /** Newest first. */
  all(): TrainingRunRecord[] {
    return this.#db.prepare<[], RunRow>('SELECT * FROM training_run ORDER BY id DESC').all().map(toRun)
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM training_run WHERE id = ?').run(id)
  }

  setResult(id: number, result: unknown): void {
    this.#db
      .prepare('UPDATE training_run SET result = ?, ended_at = ? WHERE id = ?')
      .run(JSON.stringify(result), Date.now(), id)
  }

  setStage(runId: number, row: StageRow): void {
    this.#db
      .prepare(
        `INSERT INTO training_stage (run_id, stage, name, steps, parameters) VALUES (@runId, @stage, @name, @steps, @parameters)
         ON CONFLICT DO UPDATE SET name = excluded.name, steps = excluded.steps, parameters = excluded.parameters`,
      )
      .run({ runId, ...row })
  }

  setGate(runId: number, stage: number, passed: boolean, reason: string): void {
    this.#db
      .prepare('UPDATE training_stage SET passed = ?, reason = ? WHERE run_id = ? AND stage = ?')
      .run(Number(passed), reason, runId, stage)
  }

  /** Stores steps in one transaction. */
  addMetrics(runId: number, rows: readonly MetricRow[]): void {
    const insert = this.#db.prepare(
      `INSERT OR REPLACE INTO training_metric VALUES (@runId, @stage, @step, @loss, @chance, @learningRate, @gradientNorm,
         @positive, @hardest, @tokensPerSecond, @memoryBytes)`,
    )
    this.#db.transaction(() => {
      for (const row of rows) insert.run({ runId, ...row })
    })()
  }

  addEvaluation(runId: number, row: TrainingEvaluationRow): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO training_evaluation VALUES (?, ?, ?, ?, ?, ?)')
      .run(runId, row.stage, row.step, row.ndcg, JSON.stringify(row.byIntent), Number(row.isBest))
  }

  setCheckpoint(runId: number, { stage, step, folder }: CheckpointRow): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO training_checkpoint VALUES (?, ?, ?, ?, ?)')
      .run(runId, stage, step, folder, Date.now())
  }

  /** Steps after a place, in order: what a view that has the rest still needs. */
  metrics(
    runId: number,
    after: { readonly stage: number; readonly step: number } = { stage: 0, step: 0 },
  ): MetricRow[] {
    return this.#db
      .prepare<[number, number, number], MetricRow>(
        `SELECT stage, step, loss, chance, learning_rate AS learningRate, gradient_norm AS gradientNorm, positive, hardest,
           tokens_per_second AS tokensPerSecond, memory_bytes AS memoryBytes
         FROM training_metric WHERE run_id = ? AND (stage, step) > (?, ?) ORDER BY stage, step`,
      )
      .all(runId, after.stage, after.step)
  }

  evaluations(runId: number): TrainingEvaluationRow[] {
    return this.#db
      .prepare<[number], { stage: number; step: number; ndcg: number; by_intent: string; is_best: number }>(
        'SELECT stage, step, ndcg, by_intent, is_best FROM training_evaluation WHERE run_id = ? ORDER BY stage, step',
      )
      .all(runId)
      .map(({ stage, step, ndcg, by_intent, is_best }) => ({
        stage,
        step,
        ndcg,
        byIntent: JSON.parse(by_intent) as TrainingEvaluationRow['byIntent'],
        isBest: is_best === 1,
      }))
  }

  stages(runId: number): (StageRow & { readonly passed: boolean | null; readonly reason: string | null })[] {
    return this.#db
      .prepare<[number], StageRow & { passed: number | null; reason: string | null }>(
        'SELECT stage, name, steps, parameters, passed, reason FROM training_stage WHERE run_id = ? ORDER BY stage',
      )
      .all(runId)
      .map((row) => ({ ...row, passed: row.passed === null ? null : row.passed === 1 }))
  }

  checkpoint(runId: number): CheckpointRow | undefined {
    return this.#db
      .prepare<[number], CheckpointRow>('SELECT stage, step, folder FROM training_checkpoint WHERE run_id = ?')
      .get(runId)
  }
}

function toRun(row: RunRow): TrainingRunRecord {
  return {
    id: row.id,
    name: row.name,
    recipe: JSON.parse(row.recipe) as unknown,
    data: row.data,
    model: row.model,
    folder: row.folder,
    result: row.result === null ? null : (JSON.parse(row.result) as unknown),
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}
