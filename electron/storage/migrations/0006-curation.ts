import type { Migration } from './migration.ts'

/**
 * [Note: decisions are a log]
 * What judges decide is appended to `review_action` and `review_event` and never changed: an undo is an action of its own.
 * `review_state` and `review_step` hold what follows from the log, for speed; replaying the log gives the same
 * (curation/replay.ts, and a test that compares both). The order of the log is its ids, never a clock.
 */
export const curation: Migration = {
  version: 6,
  up: (db) =>
    db.exec(`
      CREATE TABLE judge (
        id         INTEGER PRIMARY KEY,
        -- The same in every library: decisions made elsewhere come home to it.
        key        TEXT NOT NULL UNIQUE,
        name       TEXT NOT NULL,
        initials   TEXT NOT NULL,
        color      INTEGER NOT NULL,
        -- person, machine, or resolution: the one row that holds what adjudication settled.
        kind       TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      INSERT INTO judge (key, name, initials, color, kind, created_at) VALUES ('resolution', 'Settled', '=', 1, 'resolution', 0);

      -- What one undo takes back, and the undoing itself.
      CREATE TABLE review_action (
        id         INTEGER PRIMARY KEY,
        actor_id   INTEGER NOT NULL REFERENCES judge(id),
        -- decide, bulk, adjudicate, merge, rate; undo and redo name the action they take back or do again.
        kind       TEXT NOT NULL,
        target_id  INTEGER REFERENCES review_action(id),
        -- Work measured by a clock that does not jump.
        elapsed_ms REAL,
        -- For showing only.
        at         INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX review_action_by_actor ON review_action(actor_id, id);

      CREATE TABLE review_event (
        id         INTEGER PRIMARY KEY,
        action_id  INTEGER NOT NULL REFERENCES review_action(id),
        -- Whose state it changes: the actor's own, except in adjudication and merging.
        judge_id   INTEGER NOT NULL REFERENCES judge(id),
        pair_id    INTEGER NOT NULL REFERENCES pair(id),
        -- A passage that should not answer; 0: the pair itself.
        text_id    INTEGER NOT NULL,
        -- JSON: the fields it sets.
        change     TEXT NOT NULL,
        -- Where it was decided elsewhere: its name there, so that nothing is taken in twice.
        origin_key TEXT
      ) STRICT;
      CREATE INDEX review_event_by_subject ON review_event(pair_id, text_id, judge_id);
      CREATE INDEX review_event_by_action ON review_event(action_id);

      CREATE TRIGGER review_action_kept BEFORE UPDATE ON review_action BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
      CREATE TRIGGER review_action_stays BEFORE DELETE ON review_action BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
      CREATE TRIGGER review_event_kept BEFORE UPDATE ON review_event BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
      CREATE TRIGGER review_event_stays BEFORE DELETE ON review_event BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;

      -- Follows from the log: what each judge thinks now.
      CREATE TABLE review_state (
        pair_id  INTEGER NOT NULL REFERENCES pair(id),
        text_id  INTEGER NOT NULL,
        judge_id INTEGER NOT NULL REFERENCES judge(id),
        verdict  TEXT,
        grade    REAL,
        query    TEXT,
        comment  TEXT,
        -- accept or reject; what a grade implies where there is no verdict.
        outcome  TEXT,
        -- Id of the action that changed it last.
        version  INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        PRIMARY KEY (pair_id, text_id, judge_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX review_state_by_judge ON review_state(judge_id, text_id, outcome, verdict);

      -- Follows from the log: which actions hold. done, undone (can be done again) or abandoned (something else came after).
      CREATE TABLE review_step (
        action_id INTEGER PRIMARY KEY REFERENCES review_action(id),
        actor_id  INTEGER NOT NULL REFERENCES judge(id),
        state     TEXT NOT NULL
      ) STRICT;
      CREATE INDEX review_step_by_actor ON review_step(actor_id, state, action_id);

      CREATE TABLE review_package (
        id           INTEGER PRIMARY KEY,
        key          TEXT NOT NULL UNIQUE,
        name         TEXT NOT NULL,
        -- out: made here; in: from another library.
        direction    TEXT NOT NULL,
        library_name TEXT NOT NULL,
        blind        INTEGER NOT NULL,
        -- JSON with the signature of the library that made it: decisions on it carry this home.
        header       TEXT NOT NULL,
        created_at   INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE review_package_item (
        package_id INTEGER NOT NULL REFERENCES review_package(id) ON DELETE CASCADE,
        pair_id    INTEGER NOT NULL REFERENCES pair(id),
        PRIMARY KEY (package_id, pair_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE review_package_negative (
        package_id INTEGER NOT NULL REFERENCES review_package(id) ON DELETE CASCADE,
        pair_id    INTEGER NOT NULL REFERENCES pair(id),
        text_id    INTEGER NOT NULL REFERENCES training_text(id),
        suspect    INTEGER NOT NULL,
        PRIMARY KEY (package_id, pair_id, text_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX review_package_negative_by_pair ON review_package_negative(pair_id);

      -- "In which data sets is this pair" must not read them all.
      CREATE INDEX dataset_item_by_pair ON dataset_item(pair_key, dataset_id) WHERE pair_key IS NOT NULL;
    `),
}
