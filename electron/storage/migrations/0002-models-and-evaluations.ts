import type { Migration } from './migration.ts'

/** What is known about each vector index, and evaluations with their values per query. */
export const modelsAndEvaluations: Migration = {
  version: 2,
  up: (db) =>
    db.exec(`
      -- By model and version, as vector_index has them; that table is made when the first model is used.
      CREATE TABLE vector_index_report (
        model_id       TEXT NOT NULL,
        version        TEXT NOT NULL,
        -- Set once every passage of the library had a vector: only then may search switch to the index.
        completed_at   INTEGER,
        -- Share of the exact best 10 that the index in memory finds, and over how many queries it was measured.
        recall         REAL,
        recall_queries INTEGER,
        PRIMARY KEY (model_id, version)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE evaluation (
        id            INTEGER PRIMARY KEY,
        name          TEXT NOT NULL,
        dataset       TEXT NOT NULL,
        dataset_path  TEXT NOT NULL,
        dataset_hash  TEXT NOT NULL,
        split         TEXT,
        mode          TEXT NOT NULL,
        model_id      TEXT,
        model_version TEXT,
        unjudged      TEXT NOT NULL,
        queries       INTEGER NOT NULL,
        seconds       REAL NOT NULL,
        -- JSON objects: measure -> mean, and intent -> measure -> mean.
        metrics       TEXT NOT NULL,
        by_intent     TEXT NOT NULL,
        created_at    INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE evaluation_query (
        evaluation_id INTEGER NOT NULL REFERENCES evaluation(id) ON DELETE CASCADE,
        query_id      TEXT NOT NULL,
        intent        TEXT NOT NULL,
        text          TEXT NOT NULL,
        -- JSON: measure -> value, and the best documents with their grades.
        measures      TEXT NOT NULL,
        top           TEXT NOT NULL,
        PRIMARY KEY (evaluation_id, query_id)
      ) STRICT, WITHOUT ROWID;
    `),
}
