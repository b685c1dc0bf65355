import type { Judge, ReviewItem, ReviewQueueRow, ReviewText } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'
import { follow } from '../../connection/follow.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { Judges } from '../../state/judges.svelte.ts'
import type { ReviewOverview } from '../../state/review-overview.svelte.ts'
import type { Toasts } from '../../state/toasts.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { OpenPage } from '../search/open-page.svelte.ts'
import { Adjudication } from './adjudication.svelte.ts'
import { AgreementDesk } from './agreement-desk.svelte.ts'
import { BulkDecision } from './bulk-decision.svelte.ts'
import { Deciding } from './deciding.svelte.ts'
import { rowOf } from './decisions.ts'
import { ItemShelf } from './item-shelf.ts'
import { Outbox } from './outbox.svelte.ts'
import { QuestionMaker } from './question-maker.svelte.ts'
import { ReviewFigures } from './review-figures.svelte.ts'
import { ReviewHistory } from './review-history.svelte.ts'
import { ReviewPlace } from './review-place.svelte.ts'
import { isUndecided, ReviewQueue } from './review-queue.svelte.ts'
import { ReviewResults } from './review-results.svelte.ts'
import { ReviewSettings } from './review-settings.svelte.ts'
import { WorkPackages } from './work-packages.svelte.ts'

/** Pairs read before they are needed, so that deciding shows the next one at once. */
const READ_AHEAD = 4

/** Everything on the Review view: who judges which pairs, the one on show, and what was said of it. */
export class ReviewDesk {
  readonly place: ReviewPlace
  readonly settings = new ReviewSettings()
  readonly judges: Judges
  readonly queue: ReviewQueue
  readonly items: ItemShelf
  readonly deciding: Deciding
  readonly outbox = new Outbox()
  readonly history: ReviewHistory
  readonly figures: ReviewFigures
  readonly page: OpenPage
  readonly bulk: BulkDecision
  readonly adjudication: Adjudication
  readonly agreement: AgreementDesk
  readonly packages: WorkPackages
  readonly results: ReviewResults
  readonly maker: QuestionMaker

  /** Which field takes what is typed; null while keys act. */
  writing = $state.raw<'query' | 'comment' | null>(null)
  provenanceOpen = $state.raw(false)
  /** The panel with all filters is open. */
  filtering = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #finished = $state.raw(false)
  readonly #workbench: Workbench

  constructor(workbench: Workbench) {
    const { client, router } = workbench
    this.#workbench = workbench
    this.place = new ReviewPlace(router)
    this.judges = workbench.judges
    this.queue = new ReviewQueue(client)
    this.history = new ReviewHistory(client)
    this.figures = new ReviewFigures(client)
    this.page = new OpenPage(client)
    this.deciding = new Deciding(this)
    this.items = new ItemShelf((pairId) => this.#read(pairId))
    this.bulk = new BulkDecision(this)
    this.adjudication = new Adjudication(this)
    this.agreement = new AgreementDesk(client)
    this.packages = new WorkPackages(this)
    this.results = new ReviewResults(this)
    this.maker = new QuestionMaker(workbench, () => void this.start())
  }

  get client(): Client {
    return this.#workbench.client
  }
  get overview(): ReviewOverview {
    return this.#workbench.reviewOverview
  }
  get toasts(): Toasts {
    return this.#workbench.toasts
  }
  /** What the services refused with; shown until it is put away. */
  get problem(): Problem | null {
    return this.#problem
  }
  /** No pair behind the chosen one waits for a decision. */
  get finished(): boolean {
    return this.#finished
  }
  get judge(): Judge | undefined {
    return this.judges.current
  }
  get row(): ReviewQueueRow | undefined {
    return this.queue.row
  }
  /** The pair on show; undefined until it is there. */
  get item(): ReviewItem | undefined {
    return this.row && this.items.get(this.row.pairId)
  }
  /** The text whose page is shown: of the pair, the passage that the grades go to, or what judges differ on. */
  get text(): ReviewText | undefined {
    if (this.place.tab === 'disagreements') return this.adjudication.text
    return this.deciding.target.passage ?? this.item?.positive
  }

  /** Reads who may judge, and the queue of whoever does. */
  async start(): Promise<void> {
    await this.judges.load()
    if (this.judge === undefined) await this.overview.load()
    else await this.openQueue()
    void this.figures.loadFacets()
    void this.packages.load()
    void this.results.load()
  }

  /** Keeps the figures up to date while others judge in the same library, until the signal. */
  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.client.curation.watch(undefined, { signal }),
      () => this.refreshFigures(),
      signal,
    )
  }

  /** Asks for the queue of the present judge, filter, order and blindness; stays on the pair if it is near the start. */
  async openQueue(stays = true): Promise<void> {
    const { judge } = this
    if (judge === undefined) return
    const { filter, order } = this.place
    const keep = stays ? this.row?.pairId : undefined
    this.#finished = false
    await this.outbox.settled()
    this.items.clear()
    await Promise.all([
      this.queue.open({ judgeId: judge.id, filter, order, blind: this.settings.blind }, keep),
      this.figures.load(judge.id, filter),
      this.overview.load(),
      this.#ask(this.history.load(judge.id)),
    ])
    this.#show()
  }

  chooseJudge(judge: Judge): void {
    this.judges.choose(judge)
    void this.openQueue(false)
  }

  setBlind(blind: boolean): void {
    this.settings.blind = blind
    void this.openQueue()
  }

  choose(index: number): void {
    if (index === this.queue.index) return
    this.queue.choose(index)
    this.#finished = false
    this.#show()
  }

  /** The next (1) or previous (-1) pair of the list, decided or not. */
  step(direction: 1 | -1): void {
    this.choose(this.queue.index + direction)
  }

  /** To the next pair that waits for a decision; at the end it says so. */
  async goOn(): Promise<void> {
    this.writing = null
    const isOpen = this.place.filter.suspects ? hasOpenSuspects : isUndecided
    const from = this.queue.index
    // Not awaited where it is there already: the next pair is then painted in this very frame.
    const next = this.queue.openAfter(from, isOpen) ?? (await this.queue.findOpenAfter(from, isOpen))
    if (from !== this.queue.index) return
    if (next === undefined) this.#finished = true
    else this.choose(next)
  }

  /** Shows a pair wherever it stands, also one that the filter does not find. */
  async showPair(pairId: number): Promise<void> {
    const item = await this.items.load(pairId)
    this.#finished = false
    this.queue.bring(rowOf(item))
    this.#show()
  }

  /** What changed by an undo or elsewhere: reads these pairs again, or the whole list where they are many. */
  async reread(pairIds: readonly number[]): Promise<void> {
    if (pairIds.length > READ_AHEAD) return this.openQueue()
    await Promise.all(
      pairIds.map(async (pairId) => {
        const item = await this.items.reload(pairId).catch(() => undefined)
        if (item !== undefined) this.queue.setDecision(pairId, item.decision)
      }),
    )
    this.refreshFigures()
  }

  /** Compares the figures with the services' soon. */
  refreshFigures(): void {
    if (this.judge !== undefined) this.figures.refresh(this.judge.id, this.place.filter)
  }

  fail(error: unknown): void {
    this.#problem = toProblem(error)
  }
  dismissProblem(): void {
    this.#problem = null
  }

  async #read(pairId: number): Promise<ReviewItem> {
    const { judge } = this
    if (judge === undefined) throw new Error('a pair is read for somebody who judges')
    const item = await this.client.curation.item({ judgeId: judge.id, pairId, blind: this.settings.blind })
    this.deciding.learn(item)
    // A language model that began to rate, or somebody at another window, is one more judge.
    const decisions = [...(item.machines ?? []), ...(item.others ?? [])]
    if (decisions.some(({ judgeId }) => this.judges.byId(judgeId) === undefined)) void this.judges.load()
    return item
  }

  #show(): void {
    const { row, queue } = this
    this.writing = null
    this.deciding.shown()
    if (row === undefined) return
    const next = queue.rows.slice(queue.index + 1, queue.index + 1 + READ_AHEAD)
    void this.#ask(this.items.load(row.pairId).then(() => this.items.prefetch(next.map(({ pairId }) => pairId))))
  }

  async #ask(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.fail(error)
    }
  }
}

const hasOpenSuspects = (row: ReviewQueueRow): boolean => (row.openSuspects ?? 0) > 0
