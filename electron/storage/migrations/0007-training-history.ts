import type { Migration } from './migration.ts'

/** What the Training view shows beside a run's bare curve: log, data, tags, curves that answer at any zoom. */
export const trainingHistory: Migration = {
  version: 7,
  up: (db) =>
    db.exec(`
      ALTER TABLE training_run ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE training_run ADD COLUMN notes TEXT NOT NULL DEFAULT '';
      -- What people call data and model; the columns data and model hold where they are. NULL: a path, random weights.
      ALTER TABLE training_run ADD COLUMN data_name TEXT;
      ALTER TABLE training_run ADD COLUMN model_name TEXT;
      -- JSON: how the data set came about, copied when the run began.
      ALTER TABLE training_run ADD COLUMN lineage TEXT;
      -- JSON: what was read (hash, sets, examples, held-out queries), NULL before that.
      ALTER TABLE training_run ADD COLUMN facts TEXT;
      ALTER TABLE training_run ADD COLUMN job_id INTEGER;
      -- JSON: code and message of how the last process of the run ended without a result.
      ALTER TABLE training_run ADD COLUMN failure TEXT;
      ALTER TABLE training_run ADD COLUMN stopped_early INTEGER NOT NULL DEFAULT 0;
      -- Id of the installed model that was made of it.
      ALTER TABLE training_run ADD COLUMN model_id TEXT;
      CREATE INDEX training_run_by_job ON training_run(job_id);

      -- Steps of the run before the first one of the stage.
      ALTER TABLE training_stage ADD COLUMN first_point INTEGER NOT NULL DEFAULT 0;
      UPDATE training_stage AS s SET first_point =
        (SELECT count(*) FROM training_metric AS m WHERE m.run_id = s.run_id AND m.stage < s.stage);

      -- A step has a number in the run, and the seconds and tokens that the run had taken at its end. NULL stands for NaN, and for what
      -- a stage does not measure.
      CREATE TABLE training_point (
        run_id        INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        point         INTEGER NOT NULL,
        stage         INTEGER NOT NULL,
        step          INTEGER NOT NULL,
        loss          REAL,
        chance        REAL,
        learning_rate REAL,
        gradient_norm REAL,
        positive      REAL,
        hardest       REAL,
        tokens_per_second REAL,
        memory_bytes  REAL,
        seconds       REAL NOT NULL,
        tokens        REAL NOT NULL,
        PRIMARY KEY (run_id, point)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO training_point
        SELECT run_id, row_number() OVER (PARTITION BY run_id ORDER BY stage, step), stage, step, loss, chance, learning_rate,
          gradient_norm, positive, hardest, tokens_per_second, memory_bytes, 0, 0
        FROM training_metric;
      DROP TABLE training_metric;
      ALTER TABLE training_point RENAME TO training_metric;

      -- Columns of doubles made of the points: level 1 the values, level n smallest, largest and averages of n points each.
      CREATE TABLE training_curve (
        run_id INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        metric TEXT NOT NULL,
        level  INTEGER NOT NULL,
        block  INTEGER NOT NULL,
        data   BLOB NOT NULL,
        PRIMARY KEY (run_id, metric, level, block)
      ) STRICT;

      -- JSON: [[key of a held-out query, intent, nDCG@10], ...] where a stage began and of its best evaluation, NULL of the others.
      ALTER TABLE training_evaluation ADD COLUMN queries TEXT;
      -- The 95 % bootstrap interval of the mean, over queries within their intents.
      ALTER TABLE training_evaluation ADD COLUMN low REAL;
      ALTER TABLE training_evaluation ADD COLUMN high REAL;
      -- What the evaluation took.
      ALTER TABLE training_evaluation ADD COLUMN seconds REAL NOT NULL DEFAULT 0;

      CREATE TABLE training_event (
        id     INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES training_run(id) ON DELETE CASCADE,
        at     INTEGER NOT NULL,
        kind   TEXT NOT NULL,
        level  TEXT NOT NULL,
        alert  TEXT,
        point  INTEGER,
        intent TEXT,
        text   TEXT NOT NULL
      ) STRICT;
      CREATE INDEX training_event_by_run ON training_event(run_id, id);
    `),
}
