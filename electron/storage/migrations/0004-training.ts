import type { Migration } from './migration.ts'

export const training: Migration = {
  version: 4,
  up: (db) =>
    db.exec(`
      CREATE TABLE training_run (
        id         INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        -- The whole recipe with its defaults filled in, JSON.
        recipe     TEXT NOT NULL,
        data       TEXT NOT NULL,
        model      TEXT,
        -- Where checkpoint, stages and the finished model lie.
        folder     TEXT NOT NULL,
        result     TEXT,
        created_at INTEGER NOT NULL,
        ended_at   INTEGER
      ) STRICT;

      CREATE TABLE training_stage (
        run_id     INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        stage      INTEGER NOT NULL,
        name       TEXT NOT NULL,
        steps      INTEGER NOT NULL,
        parameters INTEGER NOT NULL,
        -- What the gate said at its end, NULL before that or without one.
        passed     INTEGER,
        reason     TEXT,
        PRIMARY KEY (run_id, stage)
      ) STRICT, WITHOUT ROWID;

      -- One row a step. A resumed run writes the steps after its checkpoint again, with the same values.
      CREATE TABLE training_metric (
        run_id        INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        stage         INTEGER NOT NULL,
        step          INTEGER NOT NULL,
        loss          REAL NOT NULL,
        chance        REAL NOT NULL,
        learning_rate REAL NOT NULL,
        gradient_norm REAL NOT NULL,
        positive      REAL,
        hardest       REAL,
        tokens_per_second REAL NOT NULL,
        memory_bytes  INTEGER NOT NULL,
        PRIMARY KEY (run_id, stage, step)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE training_evaluation (
        run_id    INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        stage     INTEGER NOT NULL,
        step      INTEGER NOT NULL,
        ndcg      REAL NOT NULL,
        by_intent TEXT NOT NULL,
        is_best   INTEGER NOT NULL,
        PRIMARY KEY (run_id, stage, step)
      ) STRICT, WITHOUT ROWID;

      -- The newest checkpoint of each run; older ones are gone from the disk too.
      CREATE TABLE training_checkpoint (
        run_id   INTEGER PRIMARY KEY REFERENCES training_run(id) ON DELETE CASCADE,
        stage    INTEGER NOT NULL,
        step     INTEGER NOT NULL,
        folder   TEXT NOT NULL,
        saved_at INTEGER NOT NULL
      ) STRICT;
    `),
}
