import type { Migration } from './migration.ts'

/** Runs may be trained on the graphics card; those before were trained on the processor. */
export const trainingDevice: Migration = {
  version: 12,
  up: (db) =>
    db.exec(`
      -- What was asked for: 'auto', 'cpu' or 'webgpu'.
      ALTER TABLE training_run ADD COLUMN device TEXT NOT NULL DEFAULT 'cpu';
    `),
}
