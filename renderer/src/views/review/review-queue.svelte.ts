import type { Decision, QueueOrder, ReviewFilter, ReviewQueueRow } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { markOf } from './decisions.ts'

/** Whose queue of which pairs in which order. */
export interface QueueQuestion {
  readonly judgeId: number
  readonly filter: ReviewFilter
  readonly order: QueueOrder
  readonly blind: boolean
}

const SLICE = 100
/** So many lines before the last one that is there, the next slice is asked for. */
const AHEAD = 30

/**
 * The list beside the pair. A pair that was decided stays in its place although the filter may not find it any more: the list
 * changes only when another question is asked.
 */
export class ReviewQueue {
  #rows = $state.raw<readonly ReviewQueueRow[]>([])
  #index = $state.raw(-1)
  #loaded = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #question: QueueQuestion | null = null
  #next: string | null = null
  #loading: Promise<void> | null = null
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get rows(): readonly ReviewQueueRow[] {
    return this.#rows
  }
  /** -1 while nothing is there to choose. */
  get index(): number {
    return this.#index
  }
  get row(): ReviewQueueRow | undefined {
    return this.#rows[this.#index]
  }
  /** The first answer to the present question is there. */
  get loaded(): boolean {
    return this.#loaded
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Asks anew; chooses the first pair, or the one named if it is in the first slice. */
  async open(question: QueueQuestion, pairId?: number): Promise<void> {
    this.#question = question
    this.#next = null
    this.#loading = null
    const asked = await this.#slice(question, null)
    if (asked === undefined) return
    this.#rows = asked.rows
    this.#next = asked.next
    const named = asked.rows.findIndex((row) => row.pairId === pairId)
    this.#index = Math.max(named, Math.min(0, asked.rows.length - 1))
    this.#loaded = true
  }

  /** Reads on when the end of what is there comes near. */
  async reach(index: number): Promise<void> {
    const question = this.#question
    if (question === null || this.#next === null || index < this.#rows.length - AHEAD) return
    this.#loading ??= this.#more(question, this.#next)
    await this.#loading
  }

  choose(index: number): void {
    if (this.#rows.length === 0) return
    this.#index = Math.max(0, Math.min(index, this.#rows.length - 1))
    void this.reach(this.#index)
  }

  /** The next line behind `from` that waits for a decision, as far as the list is there. */
  openAfter(from: number, isOpen: (row: ReviewQueueRow) => boolean = isUndecided): number | undefined {
    const found = this.#rows.findIndex((row, index) => index > from && isOpen(row))
    return found < 0 ? undefined : found
  }

  /** As `openAfter`, reading on until there is one or the list ends. */
  async findOpenAfter(
    from: number,
    isOpen: (row: ReviewQueueRow) => boolean = isUndecided,
  ): Promise<number | undefined> {
    for (;;) {
      const found = this.openAfter(from, isOpen)
      const before = this.#rows.length
      if (found !== undefined || this.#next === null) return found
      await this.reach(before)
      if (this.#rows.length === before) return undefined
    }
  }

  indexOf(pairId: number): number {
    return this.#rows.findIndex((row) => row.pairId === pairId)
  }

  /** Puts a pair that is not in the list where the chosen one is, and chooses it. */
  bring(row: ReviewQueueRow): void {
    const at = this.indexOf(row.pairId)
    if (at >= 0) {
      this.setDecision(row.pairId, row.decision)
      return this.choose(at)
    }
    const index = Math.max(0, this.#index)
    this.#rows = this.#rows.toSpliced(index, 0, row)
    this.#index = index
  }

  setDecision(pairId: number, decision: Decision | null): void {
    const index = this.indexOf(pairId)
    const row = this.#rows[index]
    if (row !== undefined) this.#rows = this.#rows.with(index, { ...row, decision })
  }

  /** So many more (or fewer) passages of the pair wait for a grade, until the services are asked again. */
  countPassages(pairId: number, by: 1 | -1): void {
    const index = this.indexOf(pairId)
    const row = this.#rows[index]
    if (row === undefined || row.openSuspects === null) return
    this.#rows = this.#rows.with(index, { ...row, openSuspects: Math.max(0, row.openSuspects + by) })
  }

  async #more(question: QueueQuestion, after: string): Promise<void> {
    const asked = await this.#slice(question, after)
    if (asked === undefined) return
    const known = new Set(this.#rows.map((row) => row.pairId))
    this.#rows = [...this.#rows, ...asked.rows.filter((row) => !known.has(row.pairId))]
    this.#next = asked.next
    this.#loading = null
  }

  /** undefined when it failed, or when another question was asked meanwhile. */
  async #slice(question: QueueQuestion, after: string | null) {
    try {
      const answer = await this.#client.curation.queue({ ...question, after, limit: SLICE })
      if (question !== this.#question) return undefined
      this.#problem = null
      return answer
    } catch (error) {
      if (question === this.#question) {
        this.#problem = toProblem(error)
        this.#loading = null
        this.#loaded = true
      }
      return undefined
    }
  }
}

/** Neither decided nor put aside. */
export function isUndecided(row: ReviewQueueRow): boolean {
  return markOf(row.decision) === 'open'
}
