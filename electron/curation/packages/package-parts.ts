import type { Database } from 'better-sqlite3'
import type {
  DisagreementRepository,
  JudgeRepository,
  PairRepository,
  ReviewLogRepository,
  ReviewPackageRepository,
  ReviewQueueRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import type { DecisionLog } from '../decision-log.ts'
import type { LibraryIdentity } from './library-identity.ts'

/** What packing and unpacking work needs of a library. */
export interface PackageParts {
  readonly db: Database
  readonly libraryName: string
  /** Made when first needed. */
  identity(): LibraryIdentity
  readonly pairs: PairRepository
  readonly texts: TrainingTextRepository
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly decisions: DecisionLog
  readonly queueTable: ReviewQueueRepository
  readonly packages: ReviewPackageRepository
  readonly disagreements: DisagreementRepository
}
