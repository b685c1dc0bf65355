import type { MergeReport, ReviewFilter, WorkPackage } from '../../../../electron/contracts/curation.ts'
import type { Dropped } from '../../connection/dropped-files.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'
import { strings } from '../../strings/index.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

/** `make` and `send` write a file, `take` reads a package, `merge` reads decisions. */
export type PackageDialog = 'make' | 'take' | 'send' | 'merge'

/** Decisions, by the name of their file. */
const DECISIONS = /decision[^\\/]*$/iu

/** Pairs that travel: made here and judged elsewhere, or the other way round; and the decisions that come back. */
export class WorkPackages {
  #list = $state.raw<readonly WorkPackage[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #dialog = $state.raw<PackageDialog | null>(null)
  #package = $state.raw<WorkPackage | null>(null)
  #report = $state.raw<MergeReport | null>(null)
  #busy = $state.raw(false)
  path = $state('')
  name = $state('')
  limit = $state('')
  blind = $state(true)
  /** Which decision holds where the same judge decided otherwise here. */
  onConflict = $state<'here' | 'there'>('here')
  foreign = $state(false)
  readonly #desk: ReviewDesk

  constructor(desk: ReviewDesk) {
    this.#desk = desk
  }

  /** null until the first answer. */
  get list(): readonly WorkPackage[] | null {
    return this.#list
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get dialog(): PackageDialog | null {
    return this.#dialog
  }
  /** Whose decisions are sent; null: all of this library. */
  get sending(): WorkPackage | null {
    return this.#package
  }
  /** What the last merge brought; null when it was put away or undone. */
  get report(): MergeReport | null {
    return this.#report
  }
  get busy(): boolean {
    return this.#busy
  }
  readonly complete: boolean = $derived(this.path.trim() !== '')

  nameOf(id: number): string {
    return this.#list?.find((one) => one.id === id)?.name ?? strings.review.packages.unknown(id)
  }

  async load(): Promise<void> {
    try {
      this.#list = await this.#desk.client.curation.packages()
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  ask(dialog: PackageDialog, path = '', sending: WorkPackage | null = null): void {
    this.#dialog = dialog
    this.#package = sending
    this.path = path
    this.#problem = null
  }
  close(): void {
    this.#dialog = null
    this.#problem = null
  }
  putReportAway(): void {
    this.#report = null
  }
  /** A file was dropped: decisions are merged, when somebody has said how; anything else is taken for a package. */
  async dropped({ path, upload }: Dropped): Promise<void> {
    if (this.#busy) return
    this.ask('take', path)
    try {
      this.#busy = true
      // A browser does not tell where it lies.
      if (path === '') this.path = await upload()
    } catch (error) {
      this.#problem = toProblem(error)
      return
    } finally {
      this.#busy = false
    }
    // Put away while the file was on its way.
    if (this.#dialog === null) return
    if (DECISIONS.test(this.path)) this.#dialog = 'merge'
    else await this.run()
  }

  /** Does what the open dialog is about. */
  async run(): Promise<void> {
    const work = { make: this.#make, take: this.#take, send: this.#send, merge: this.#merge }[this.#dialog ?? 'make']
    if (this.#dialog === null || this.#busy || !this.complete) return
    this.#busy = true
    this.#problem = null
    try {
      await this.#desk.outbox.settled()
      await work.call(this, cleanPath(this.path))
      this.#dialog = null
      await this.load()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }

  /** Judges the pairs of a package. */
  review({ id }: WorkPackage): void {
    const filter: ReviewFilter = { state: 'undecided', packageId: id }
    this.#desk.place.setFilter(filter)
    this.#desk.place.goTo('queue')
  }

  async #make(path: string): Promise<void> {
    const { client, toasts, judge } = this.#desk
    const { filter, order } = this.#desk.place
    const limit = Number.parseInt(this.limit, 10)
    const made = await client.curation.exportPackage({
      ...{ path, filter, order, blind: this.blind },
      ...(judge === undefined ? {} : { judgeId: judge.id }),
      ...(this.name.trim() === '' ? {} : { name: this.name.trim() }),
      ...(limit > 0 ? { limit } : {}),
    })
    toasts.show(strings.review.packages.made(made.package.items, made.path))
  }

  async #take(path: string): Promise<void> {
    const taken = await this.#desk.client.curation.importPackage({ path })
    const action = { label: strings.review.packages.judge, run: () => this.review(taken.package) }
    this.#desk.toasts.show(strings.review.packages.taken(taken.package.name, taken.added, taken.known), action)
  }

  async #send(path: string): Promise<void> {
    const { client, toasts } = this.#desk
    const packageId = this.#package?.id
    const sent = await client.curation.exportDecisions({ path, ...(packageId === undefined ? {} : { packageId }) })
    toasts.show(strings.review.packages.sent(sent.decisions, sent.path))
  }

  async #merge(path: string): Promise<void> {
    const { client, judges, judge, outbox } = this.#desk
    if (judge === undefined) throw new Error(strings.review.packages.needsJudge)
    const { onConflict, foreign } = this
    const judgeId = judge.id
    this.#report = await outbox.add(() => client.curation.mergeDecisions({ path, judgeId, onConflict, foreign }))
    await Promise.all([judges.load(), this.#desk.openQueue()])
    this.#desk.adjudication.changed()
  }
}
