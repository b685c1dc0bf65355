import type { Migration } from './migration.ts'

/** Event groups of evaluated queries (the columns of DisastIR's 48 tasks), and the small dev sets that were made. */
export const eventGroupsAndDevSets: Migration = {
  version: 8,
  up: (db) =>
    db.exec(`
      -- NULL where the test set does not say.
      ALTER TABLE evaluation_query ADD COLUMN event_group TEXT;

      CREATE TABLE dev_set (
        id         INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        -- Where its BEIR folder was written.
        path       TEXT NOT NULL,
        -- JSON: what it holds and how it orders systems.
        report     TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
    `),
}
