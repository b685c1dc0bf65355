import type { Migration } from './migration.ts'

/** A mining run that is interrupted goes on where it was: how far it came and what it had counted. */
export const miningProgress: Migration = {
  version: 5,
  up: (db) => db.exec('ALTER TABLE mining_run ADD COLUMN progress TEXT'),
}
