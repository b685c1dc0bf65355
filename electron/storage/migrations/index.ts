import type { Migration } from './migration.ts'
import { library } from './0001-library.ts'
import { modelsAndEvaluations } from './0002-models-and-evaluations.ts'
import { refinement } from './0003-refinement.ts'
import { training } from './0004-training.ts'
import { miningProgress } from './0005-mining-progress.ts'
import { curation } from './0006-curation.ts'
import { trainingHistory } from './0007-training-history.ts'
import { eventGroupsAndDevSets } from './0008-event-groups-and-dev-sets.ts'
import { wordings } from './0009-wordings.ts'
import { trainingSeries } from './0010-training-series.ts'
import { passagesInARow } from './0011-passages-in-a-row.ts'
import { trainingDevice } from './0012-training-device.ts'

/** All migrations, oldest first. A released one is never edited; a change is a new one. */
export const migrations: readonly Migration[] = [
  library,
  modelsAndEvaluations,
  refinement,
  training,
  miningProgress,
  curation,
  trainingHistory,
  eventGroupsAndDevSets,
  wordings,
  trainingSeries,
  passagesInARow,
  trainingDevice,
]
