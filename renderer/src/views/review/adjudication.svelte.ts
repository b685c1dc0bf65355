import type { Decision, ReviewDisagreement, ReviewText, Verdict } from '../../../../electron/contracts/curation.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

/** What settles a disagreement: one judge is right, none is, or something else holds. */
export type Settlement =
  | { readonly kind: 'judge'; readonly judgeId: number }
  | { readonly kind: 'reject-all' }
  | { readonly kind: 'other'; readonly change: { readonly verdict: Verdict } }

const SLICE = 50

/** Pairs and passages on which judges differ, one after the other. */
export class Adjudication {
  #rows = $state.raw<readonly ReviewDisagreement[]>([])
  #total = $state.raw(0)
  #index = $state.raw(0)
  #loaded = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #settled = $state.raw(false)
  #next: string | null = null
  #asked = 0
  readonly #desk: ReviewDesk

  constructor(desk: ReviewDesk) {
    this.#desk = desk
  }

  get rows(): readonly ReviewDisagreement[] {
    return this.#rows
  }
  get total(): number {
    return this.#total
  }
  get index(): number {
    return this.#index
  }
  get loaded(): boolean {
    return this.#loaded
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Also those that somebody has settled. */
  get showsSettled(): boolean {
    return this.#settled
  }
  get row(): ReviewDisagreement | undefined {
    return this.#rows[this.#index]
  }
  /** The text in question with its place; undefined until the pair has been read. */
  get text(): ReviewText | undefined {
    const { row } = this
    const item = row && this.#desk.items.get(row.pairId)
    return row?.textId === null ? item?.positive : item?.negatives.find(({ textId }) => textId === row?.textId)
  }

  async load(): Promise<void> {
    const asked = ++this.#asked
    try {
      const answer = await this.#desk.client.curation.disagreements({ settled: this.#settled, limit: SLICE })
      if (asked !== this.#asked) return
      const kept = this.row
      this.#rows = answer.rows
      this.#total = answer.total
      this.#next = answer.next
      const at = answer.rows.findIndex((row) => row.pairId === kept?.pairId && row.textId === kept.textId)
      this.#index = at >= 0 ? at : Math.max(0, Math.min(this.#index, answer.rows.length - 1))
      this.#problem = null
      this.#readAhead()
    } catch (error) {
      if (asked === this.#asked) this.#problem = toProblem(error)
    } finally {
      this.#loaded = true
    }
  }

  /** Something was undone or decided elsewhere. */
  changed(): void {
    if (this.#loaded) void this.load()
  }

  showSettled(settled: boolean): void {
    this.#settled = settled
    void this.load()
  }

  choose(index: number): void {
    this.#index = Math.max(0, Math.min(index, this.#rows.length - 1))
    this.#readAhead()
    void this.#reach()
  }
  step(direction: 1 | -1): void {
    this.choose(this.#index + direction)
  }

  /** Settles what is shown; it stays in its place, marked, and the next one that is open is shown. */
  async settle(choice: Settlement): Promise<void> {
    const { row } = this
    const judgeId = this.#desk.judge?.id
    if (row === undefined || judgeId === undefined) return
    const { pairId, textId } = row
    try {
      const { resolution, entry } = await this.#desk.outbox.add(() =>
        this.#desk.client.curation.adjudicate({ judgeId, pairId, textId, choice }),
      )
      this.#mark(row, resolution)
      this.#desk.history.add(entry)
      this.#problem = null
      const open = this.#rows.findIndex((one, index) => index > this.#index && one.resolution === null)
      if (open >= 0) this.choose(open)
      await this.#desk.reread([pairId])
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** The page is shown from the pair, as in the queue. */
  #readAhead(): void {
    const near = this.#rows.slice(this.#index, this.#index + 2)
    this.#desk.items.prefetch(near.map(({ pairId }) => pairId))
  }

  #mark(row: ReviewDisagreement, resolution: Decision): void {
    if (row.resolution === null) this.#total -= 1
    this.#rows = this.#rows.map((one) => (one === row ? { ...one, resolution } : one))
  }

  async #reach(): Promise<void> {
    if (this.#next === null || this.#index < this.#rows.length - 10) return
    const after = this.#next
    this.#next = null
    try {
      const answer = await this.#desk.client.curation.disagreements({ settled: this.#settled, after, limit: SLICE })
      this.#rows = [...this.#rows, ...answer.rows]
      this.#next = answer.next
    } catch (error) {
      this.#next = after
      this.#problem = toProblem(error)
    }
  }
}
