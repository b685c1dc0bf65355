import {
  agreementReport,
  DecisionLog,
  Judging,
  LibraryIdentity,
  ReviewItems,
  ReviewQueue,
  TextPlaces,
  type PackageParts,
} from '../../curation/index.ts'
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
  readonly packing: PackageParts
  /** After every change to decisions. */
  readonly changes = new ChangeSignal()

  readonly #library: Library
  #agreement: { readonly state: string; readonly report: ReturnType<typeof agreementReport> } | undefined

  constructor(library: Library) {
    this.#library = library
    const { db, refinement } = library
    const { pairs, votes, datasets, generations, trainingTexts: texts } = refinement
    const judges = (this.judges = new JudgeRepository(db))
    const log = (this.log = new ReviewLogRepository(db))
    const queue = (this.queueTable = new ReviewQueueRepository(db))
    const packages = (this.packages = new ReviewPackageRepository(db))
    const disagreements = (this.disagreements = new DisagreementRepository(db))
    const decisions = (this.decisions = new DecisionLog({ db, log, onChange: () => this.changes.emit() }))
    const places = new TextPlaces(db)
    const items = (this.items = new ReviewItems({
      ...{ pairs, texts, votes, datasets, generations, judges, log, queue, places },
    }))
    this.queue = new ReviewQueue({ queue, log, items })
    this.judging = new Judging({ judges, log, queue, items, decisions })
    const { settings } = library.repositories
    this.packing = {
      ...{ db, pairs, texts, judges, log, decisions, queueTable: queue, packages, disagreements },
      libraryName: library.name,
      identity: () => LibraryIdentity.of(settings),
    }
  }

  /** Computed once for every state of the decisions: its intervals take seconds. */
  agreement(options: { readonly intents: boolean }): ReturnType<typeof agreementReport> {
    const { pairs, votes } = this.#library.refinement
    const state = `${this.log.revision()} ${votes.latestRun()?.id} ${options.intents}`
    if (this.#agreement?.state !== state) {
      const { judges, log } = this
      this.#agreement = { state, report: agreementReport({ judges, log, pairs, votes }, options) }
    }
    return this.#agreement.report
  }
}
