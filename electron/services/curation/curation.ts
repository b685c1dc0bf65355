import {
  agreementReport,
  DecisionLog,
  Judging,
  LibraryIdentity,
  machineKey,
  RateJob,
  readRelevancePrompts,
  RelevanceRater,
  reviewedPairs,
  ReviewItems,
  ReviewQueue,
  TextPlaces,
  type PackageParts,
  type RaterSetup,
} from '../../curation/index.ts'
import {
  DisagreementRepository,
  JudgeRepository,
  ReviewLogRepository,
  ReviewPackageRepository,
  ReviewQueueRepository,
} from '../../storage/index.ts'
import type { ResolutionPolicy } from '../../contracts/curation.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { buildMtp, buildMtt, ChatClient, type BuiltDataset } from '../../refinement/index.ts'
import type { Library } from '../library.ts'
import type { Refinement } from '../refinement/refinement.ts'
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
  readonly #refinement: Refinement
  #relevancePrompts: ReturnType<typeof readRelevancePrompts> | undefined
  #agreement: { readonly state: string; readonly report: ReturnType<typeof agreementReport> } | undefined

  constructor(library: Library, refinement: Refinement) {
    this.#library = library
    this.#refinement = refinement
    const { db } = library
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
    library.queue.register(new RateJob({ ...this.packing, openRater: () => this.#openRater() }))
  }

  /**
   * The data sets of the newest filter and mining run, built again with what persons settled.
   * @throws WorkbenchError BAD_INPUT before the first run.
   */
  buildDatasets(policy: ResolutionPolicy, prefix: string): BuiltDataset[] {
    const { pairs, votes, mining, datasets, trainingTexts } = this.#refinement
    const filter = votes.latestRun()
    const mined = mining.latest()
    if (!filter && !mined)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`No pairs were filtered yet, so there is nothing to build. Run: dmr filter.`,
      )
    const deps = { db: this.#library.db, pairs, votes, mining, datasets, trainingTexts }
    const options = { prefix, reviews: reviewedPairs(this, policy) }
    return [
      ...(filter ? [buildMtp(deps, filter.id, options)] : []),
      ...(mined ? buildMtt(deps, mined.id, options) : []),
    ]
  }

  /** The configured language model as a judge; `rated` counts its grades so far. */
  rater(): { model: string | null; rated: number } {
    const model = this.#refinement.languageModel?.model ?? null
    const judge = model === null ? undefined : this.judges.byKey(machineKey(model, this.#promptVersion()))
    return { model, rated: judge ? this.log.countOf(judge.id) : 0 }
  }

  /** @throws WorkbenchError NOT_AVAILABLE until a person has configured a language model. */
  requireLanguageModel(): NonNullable<Refinement['languageModel']> {
    const settings = this.#refinement.languageModel
    if (settings) return settings
    throw new WorkbenchError(
      'NOT_AVAILABLE',
      said`No language model is configured, and none is asked before. Name a server and its model in the settings, or: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NAME.`,
    )
  }

  #openRater(): RaterSetup {
    const settings = this.requireLanguageModel()
    const prompts = this.#prompts()
    const { generations } = this.#refinement
    const rater = new RelevanceRater({ client: new ChatClient(settings), model: settings.model, prompts, generations })
    return { rater, model: settings.model, promptVersion: this.#promptVersion(), parallel: settings.parallel }
  }

  #promptVersion(): string {
    return `${this.#prompts().name} ${this.#prompts().version}`
  }

  #prompts() {
    return (this.#relevancePrompts ??= readRelevancePrompts(this.#library.platform.paths.resources))
  }

  /** Computed once for every state of the decisions: its intervals take seconds. */
  agreement(options: { readonly intents: boolean }): ReturnType<typeof agreementReport> {
    const { pairs, votes } = this.#refinement
    const state = `${this.log.revision()} ${votes.latestRun()?.id} ${options.intents}`
    if (this.#agreement?.state !== state) {
      const { judges, log } = this
      this.#agreement = { state, report: agreementReport({ judges, log, pairs, votes }, options) }
    }
    return this.#agreement.report
  }
}
