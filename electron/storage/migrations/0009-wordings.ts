import type { Migration } from './migration.ts'

/** Texts for people are kept with their gaps beside the English, so that a window can word them in its own language. */
export const wordings: Migration = {
  version: 9,
  up: (db) =>
    db.exec(`
      -- JSON of PlainWording; NULL for a text from elsewhere, or of an earlier version.
      ALTER TABLE job ADD COLUMN title_wording TEXT;
      ALTER TABLE job ADD COLUMN message_wording TEXT;
      ALTER TABLE job_event ADD COLUMN wording TEXT;
      ALTER TABLE file ADD COLUMN reason_wording TEXT;
      ALTER TABLE training_event ADD COLUMN wording TEXT;
    `),
}
