import type { Database } from 'better-sqlite3'

/** Measure name -> value. */
export type StoredMeasures = Readonly<Record<string, number>>

/** One document of a query's result list, as the per-query view shows it. */
export interface StoredResult {
  readonly docId: string
  readonly score: number
  /** null where nobody judged the document. */
  readonly grade: number | null
  readonly title: string
}

export interface NewEvaluation {
  readonly name: string
  readonly dataset: string
  /** Folder or file the queries came from; empty for the judgements of this library. */
  readonly datasetPath: string
  readonly datasetHash: string
  readonly split: string | null
  readonly mode: string
  readonly modelId: string | null
  readonly modelVersion: string | null
  readonly unjudged: string
  readonly queries: number
  readonly seconds: number
  readonly metrics: StoredMeasures
  readonly byIntent: Readonly<Record<string, StoredMeasures>>
}

export interface EvaluationRecord extends NewEvaluation {
  readonly id: number
  readonly createdAt: number
}

export interface EvaluatedQuery {
  readonly queryId: string
  readonly intent: string
  /** null where the test set does not say. */
  readonly eventGroup: string | null
  readonly text: string
  readonly measures: StoredMeasures
  /** Best first. */
  readonly top: readonly StoredResult[]
}

const COLUMNS = `id, name, dataset, dataset_path AS datasetPath, dataset_hash AS datasetHash, split, mode, model_id AS modelId,
  model_version AS modelVersion, unjudged, queries, seconds, metrics, by_intent AS byIntent, created_at AS createdAt`

type Row = Omit<EvaluationRecord, 'metrics' | 'byIntent'> & { metrics: string; byIntent: string }
type QueryRow = Omit<EvaluatedQuery, 'measures' | 'top'> & { measures: string; top: string }

/** Evaluations that were run here, with their values per query. */
export class EvaluationRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns the new evaluation's id. */
  add(evaluation: NewEvaluation, queries: Iterable<EvaluatedQuery>): number {
    return this.#db.transaction(() => {
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO evaluation (name, dataset, dataset_path, dataset_hash, split, mode, model_id, model_version, unjudged, queries,
             seconds, metrics, by_intent, created_at)
           VALUES (@name, @dataset, @datasetPath, @datasetHash, @split, @mode, @modelId, @modelVersion, @unjudged, @queries,
             @seconds, @metrics, @byIntent, @now)`,
        )
        .run({
          ...evaluation,
          metrics: JSON.stringify(evaluation.metrics),
          byIntent: JSON.stringify(evaluation.byIntent),
          now: Date.now(),
        })
      const id = Number(lastInsertRowid)
      const insert = this.#db.prepare(
        `INSERT INTO evaluation_query (evaluation_id, query_id, intent, event_group, text, measures, top)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      for (const { queryId, intent, eventGroup, text, measures, top } of queries)
        insert.run(id, queryId, intent, eventGroup, text, JSON.stringify(measures), JSON.stringify(top))
      return id
    })()
  }

  byId(id: number): EvaluationRecord | undefined {
    const row = this.#db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM evaluation WHERE id = ?`).get(id)
    return row && toRecord(row)
  }

  /** Newest first. */
  all(): EvaluationRecord[] {
    return this.#db.prepare<[], Row>(`SELECT ${COLUMNS} FROM evaluation ORDER BY id DESC`).all().map(toRecord)
  }

  /** The newest evaluation of a model in dense mode, for its card. */
  latestOfModel(modelId: string): EvaluationRecord | undefined {
    const row = this.#db
      .prepare<[string], Row>(
        `SELECT ${COLUMNS} FROM evaluation WHERE model_id = ? AND mode = 'dense' ORDER BY id DESC LIMIT 1`,
      )
      .get(modelId)
    return row && toRecord(row)
  }

  queries(id: number): EvaluatedQuery[] {
    return this.#db
      .prepare<[number], QueryRow>(
        `SELECT query_id AS queryId, intent, event_group AS eventGroup, text, measures, top
         FROM evaluation_query WHERE evaluation_id = ?`,
      )
      .all(id)
      .map((row) => ({
        ...row,
        measures: JSON.parse(row.measures) as StoredMeasures,
        top: JSON.parse(row.top) as StoredResult[],
      }))
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM evaluation WHERE id = ?').run(id)
  }
}

function toRecord(row: Row): EvaluationRecord {
  return {
    ...row,
    metrics: JSON.parse(row.metrics) as StoredMeasures,
    byIntent: JSON.parse(row.byIntent) as Record<string, StoredMeasures>,
  }
}
