import type { Migration } from './migration.ts'

/** Runs that were started together, such as the forms that an experiment compares. */
export const trainingSeries: Migration = {
  version: 10,
  up: (db) =>
    db.exec(`
      CREATE TABLE training_series (
        id         INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        -- JSON: recipes of which no run was made, each with the reason.
        skipped    TEXT NOT NULL DEFAULT '[]',
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE training_series_run (
        run_id    INTEGER PRIMARY KEY REFERENCES training_run(id) ON DELETE CASCADE,
        series_id INTEGER NOT NULL REFERENCES training_series(id) ON DELETE CASCADE
      ) STRICT;
      CREATE INDEX training_series_run_series ON training_series_run(series_id);
    `),
}
