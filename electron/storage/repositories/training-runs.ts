import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'
import type { TrainingDataFacts, TrainingDevice } from '../../contracts/training.ts'

export interface NewTrainingRun {
  readonly name: string
  readonly recipe: unknown
  /** Where the data is, and what people call it. */
  readonly data: string
  readonly dataName?: string
  /** Where the model is, null: the recipe makes one; and its id where it is installed. */
  readonly model: string | null
  readonly modelName?: string
  /** Default: `auto`. */
  readonly device?: TrainingDevice
  /** How the data set came about. */
  readonly lineage?: Readonly<Record<string, unknown>>
  readonly tags?: readonly string[]
  readonly notes?: string
}

/** How the last process of a run ended without a result. `CRASHED`: it died; else an error code. */
export interface RunFailure {
  readonly code: string
  readonly message: string
}

export interface TrainingRunRecord {
  readonly id: number
  readonly name: string
  readonly recipe: unknown
  readonly data: string
  readonly dataName: string | null
  readonly model: string | null
  readonly modelName: string | null
  /** Where it is to be trained. */
  readonly device: TrainingDevice
  readonly lineage: Readonly<Record<string, unknown>> | null
  readonly tags: readonly string[]
  readonly notes: string
  readonly folder: string
  readonly jobId: number | null
  readonly facts: TrainingDataFacts | null
  readonly failure: RunFailure | null
  readonly stoppedEarly: boolean
  /** Id of the installed model that was made of it. */
  readonly modelId: string | null
  readonly result: unknown
  readonly createdAt: number
  readonly endedAt: number | null
}

export interface StageRow {
  readonly stage: number
  readonly name: string
  readonly steps: number
  readonly parameters: number
  /** Steps of the run before its first one. */
  readonly firstPoint: number
}

export interface StageRecord extends StageRow {
  readonly passed: boolean | null
  readonly reason: string | null
}

/** nDCG@10 of one held-out query. The key is made of intent and text, so it is the same in every run that holds it out. */
export type QueryScore = readonly [key: string, intent: Intent, value: number]

export interface TrainingEvaluationRow {
  readonly stage: number
  readonly step: number
  readonly ndcg: number
  readonly byIntent: Readonly<Partial<Record<Intent, number>>>
  readonly isBest: boolean
  readonly seconds: number
  /** Of `ndcg`, 95 %; null where it is not known. */
  readonly low: number | null
  readonly high: number | null
}

/** An evaluation and where it lies on the axes of the run's curves. */
export interface TrainingEvaluationRecord extends TrainingEvaluationRow {
  /** Step of the run after which it was made, and the seconds and tokens taken by then. */
  readonly point: number
  readonly atSeconds: number
  readonly atTokens: number
}

export interface CheckpointRow {
  readonly stage: number
  readonly step: number
  readonly folder: string
}

/** Columns that change after a run was added. */
interface RunChanges {
  readonly name?: string
  readonly tags?: readonly string[]
  readonly notes?: string
  readonly jobId?: number
  readonly facts?: TrainingDataFacts
  readonly failure?: RunFailure | null
  readonly stoppedEarly?: boolean
  readonly modelId?: string
  readonly device?: TrainingDevice
}

interface RunRow {
  id: number
  name: string
  recipe: string
  data: string
  data_name: string | null
  model: string | null
  model_name: string | null
  device: TrainingDevice
  lineage: string | null
  tags: string
  notes: string
  folder: string
  job_id: number | null
  facts: string | null
  failure: string | null
  stopped_early: number
  model_id: string | null
  result: string | null
  created_at: number
  ended_at: number | null
}

/** Training runs with their stages, evaluations and newest checkpoint. */
export class TrainingRunRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @param folderOf where the run with this id keeps its files */
  add(run: NewTrainingRun, folderOf: (id: number) => string): TrainingRunRecord {
    return this.#db.transaction(() => {
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO training_run (name, recipe, data, data_name, model, model_name, device, lineage, tags, notes, folder, created_at)
           VALUES (@name, @recipe, @data, @dataName, @model, @modelName, @device, @lineage, @tags, @notes, '', @now)`,
        )
        .run({
          ...{ name: run.name, recipe: JSON.stringify(run.recipe), data: run.data, dataName: run.dataName ?? null },
          ...{
            model: run.model,
            modelName: run.modelName ?? null,
            device: run.device ?? 'auto',
            notes: run.notes ?? '',
            now: Date.now(),
          },
          ...{ lineage: run.lineage ? JSON.stringify(run.lineage) : null, tags: JSON.stringify(run.tags ?? []) },
        })
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

  update(id: number, changes: RunChanges): void {
    const { name, tags, notes, jobId, facts, failure, stoppedEarly, modelId, device } = changes
    const columns = {
      ...{ name, notes, device, job_id: jobId, model_id: modelId },
      tags: tags && JSON.stringify(tags),
      facts: facts && JSON.stringify(facts),
      failure: failure && JSON.stringify(failure),
      stopped_early: stoppedEarly === undefined ? undefined : Number(stoppedEarly),
    }
    for (const [column, value] of Object.entries(columns))
      if (value !== undefined) this.#db.prepare(`UPDATE training_run SET ${column} = ? WHERE id = ?`).run(value, id)
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM training_run WHERE id = ?').run(id)
  }

  setResult(id: number, result: unknown): void {
    this.#db
      .prepare('UPDATE training_run SET result = ?, ended_at = ?, failure = NULL WHERE id = ?')
      .run(JSON.stringify(result), Date.now(), id)
  }

  setStage(runId: number, row: StageRow): void {
    this.#db
      .prepare(
        `INSERT INTO training_stage (run_id, stage, name, steps, parameters, first_point)
         VALUES (@runId, @stage, @name, @steps, @parameters, @firstPoint)
         ON CONFLICT DO UPDATE SET name = excluded.name, steps = excluded.steps, parameters = excluded.parameters,
           first_point = excluded.first_point`,
      )
      .run({ runId, ...row })
  }

  setGate(runId: number, stage: number, passed: boolean, reason: string): void {
    this.#db
      .prepare('UPDATE training_stage SET passed = ?, reason = ? WHERE run_id = ? AND stage = ?')
      .run(Number(passed), reason, runId, stage)
  }

  stages(runId: number): StageRecord[] {
    return this.#db
      .prepare<[number], StageRow & { passed: number | null; reason: string | null }>(
        `SELECT stage, name, steps, parameters, first_point AS firstPoint, passed, reason
         FROM training_stage WHERE run_id = ? ORDER BY stage`,
      )
      .all(runId)
      .map((row) => ({ ...row, passed: row.passed === null ? null : row.passed === 1 }))
  }

  /** Scores of single queries are kept of a stage's first and best evaluation only. */
  addEvaluation(runId: number, row: TrainingEvaluationRow, queries: readonly QueryScore[] | undefined): void {
    this.#db.transaction(() => {
      if (row.isBest && row.step > 0)
        this.#db
          .prepare('UPDATE training_evaluation SET queries = NULL WHERE run_id = ? AND stage = ? AND step > 0')
          .run(runId, row.stage)
      this.#db
        .prepare(
          `INSERT OR REPLACE INTO training_evaluation (run_id, stage, step, ndcg, by_intent, is_best, seconds, low, high, queries)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          ...[runId, row.stage, row.step, row.ndcg, JSON.stringify(row.byIntent), Number(row.isBest)],
          ...[row.seconds, row.low, row.high],
          queries && (row.isBest || row.step === 0) ? JSON.stringify(queries) : null,
        )
    })()
  }

  evaluations(runId: number): TrainingEvaluationRecord[] {
    return this.#db
      .prepare<
        [number],
        Omit<TrainingEvaluationRecord, 'byIntent' | 'isBest'> & { by_intent: string; is_best: number }
      >(
        `SELECT e.stage, e.step, ndcg, by_intent, is_best, e.seconds, low, high, coalesce(first_point, 0) + e.step AS point,
           coalesce(m.seconds, 0) AS atSeconds, coalesce(m.tokens, 0) AS atTokens
         FROM training_evaluation e LEFT JOIN training_stage s USING (run_id, stage)
           LEFT JOIN training_metric m ON m.run_id = e.run_id AND m.point = s.first_point + e.step
         WHERE e.run_id = ? ORDER BY e.stage, e.step`,
      )
      .all(runId)
      .map(({ by_intent, is_best, ...row }) => ({
        ...row,
        byIntent: JSON.parse(by_intent) as TrainingEvaluationRow['byIntent'],
        isBest: is_best === 1,
      }))
  }

  /** Scores of single queries of one evaluation; undefined where they were not kept. */
  queryScores(runId: number, stage: number, step: number): readonly QueryScore[] | undefined {
    const text = this.#db
      .prepare<[number, number, number], string | null>(
        'SELECT queries FROM training_evaluation WHERE run_id = ? AND stage = ? AND step = ?',
      )
      .pluck()
      .get(runId, stage, step)
    return text ? (JSON.parse(text) as QueryScore[]) : undefined
  }

  setCheckpoint(runId: number, { stage, step, folder }: CheckpointRow): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO training_checkpoint VALUES (?, ?, ?, ?, ?)')
      .run(runId, stage, step, folder, Date.now())
  }

  checkpoint(runId: number): (CheckpointRow & { readonly savedAt: number }) | undefined {
    return this.#db
      .prepare<[number], CheckpointRow & { savedAt: number }>(
        'SELECT stage, step, folder, saved_at AS savedAt FROM training_checkpoint WHERE run_id = ?',
      )
      .get(runId)
  }
}

function toRun(row: RunRow): TrainingRunRecord {
  const json = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))
  return {
    ...{ id: row.id, name: row.name, recipe: json(row.recipe), data: row.data, dataName: row.data_name },
    ...{
      model: row.model,
      modelName: row.model_name,
      device: row.device,
      lineage: json(row.lineage),
      notes: row.notes,
    },
    tags: JSON.parse(row.tags) as string[],
    ...{ folder: row.folder, jobId: row.job_id, facts: json(row.facts), failure: json(row.failure) },
    ...{ stoppedEarly: row.stopped_early === 1, modelId: row.model_id, result: json(row.result) },
    ...{ createdAt: row.created_at, endedAt: row.ended_at },
  }
}
