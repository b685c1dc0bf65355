import type { Database } from 'better-sqlite3'

/** What is known about the vector index of one model and version, beside its vectors. */
export interface VectorIndexReport {
  /** When every passage of the library first had a vector, ms since 1970; null while the index is being built. */
  readonly completedAt: number | null
  /** Recall@10 of the index in memory against an exact search; null until it was measured. */
  readonly recall: number | null
  readonly recallQueries: number | null
}

interface IndexKey {
  readonly modelId: string
  readonly version: string
}

export class VectorIndexReports {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  of({ modelId, version }: IndexKey): VectorIndexReport | undefined {
    return this.#db
      .prepare<[string, string], VectorIndexReport>(
        `SELECT completed_at AS completedAt, recall, recall_queries AS recallQueries FROM vector_index_report
         WHERE model_id = ? AND version = ?`,
      )
      .get(modelId, version)
  }

  setCompleted({ modelId, version }: IndexKey): void {
    this.#db
      .prepare(
        `INSERT INTO vector_index_report (model_id, version, completed_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET completed_at = excluded.completed_at`,
      )
      .run(modelId, version, Date.now())
  }

  setRecall({ modelId, version }: IndexKey, recall: number, queries: number): void {
    this.#db
      .prepare(
        `INSERT INTO vector_index_report (model_id, version, recall, recall_queries) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET recall = excluded.recall, recall_queries = excluded.recall_queries`,
      )
      .run(modelId, version, recall, queries)
  }

  remove({ modelId, version }: IndexKey): void {
    this.#db.prepare('DELETE FROM vector_index_report WHERE model_id = ? AND version = ?').run(modelId, version)
  }
}
