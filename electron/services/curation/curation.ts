import { DecisionLog, Judging, ReviewItems, ReviewQueue, TextPlaces } from '../../curation/index.ts'
import {
  DisagreementRepository,
  JudgeRepository,
  ReviewLogRepository,
  ReviewPackageRepository,
  ReviewQueueRepository,
} from '../../storage/index.ts'
import type { Library } from '../library.ts'
import { ChangeSignal } from '../snapshots.ts'

/** Everything that vets pairs: who judges, the log of decisions, the queue, work packages. */
export class Curation {
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly queueTable: ReviewQueueRepository
  readonly packages: ReviewPackageRepository
  readonly disagreements: DisagreementRepository
  readonly decisions: DecisionLog
  readonly items: ReviewItems
  readonly queue: ReviewQueue
  readonly judging: Judging
  /** After every change to decisions. */
  readonly changes = new ChangeSignal()

  constructor(library: Library) {
    const { db, refinement } = library
    const { pairs, votes, datasets, generations, trainingTexts: texts } = refinement
    const judges = (this.judges = new JudgeRepository(db))
    const log = (this.log = new ReviewLogRepository(db))
    const queue = (this.queueTable = new ReviewQueueRepository(db))
    this.packages = new ReviewPackageRepository(db)
    this.disagreements = new DisagreementRepository(db)
    const decisions = (this.decisions = new DecisionLog({ db, log, onChange: () => this.changes.emit() }))
    const places = new TextPlaces(db)
    const items = (this.items = new ReviewItems({
      ...{ pairs, texts, votes, datasets, generations, judges, log, queue, places },
    }))
    this.queue = new ReviewQueue({ queue, log, items })
    this.judging = new Judging({ judges, log, queue, items, decisions })
  }
}
