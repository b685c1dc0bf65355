import type { Migration } from '../migrate.ts'
import { library } from './0001-library.ts'

/** All migrations, oldest first. A released one is never edited; a change is a new one. */
export const migrations: readonly Migration[] = [library]
