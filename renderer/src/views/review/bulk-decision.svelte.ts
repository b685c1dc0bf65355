import type { DecisionChange, Grade, ReviewFilter, Verdict } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { strings } from '../../strings/index.ts'
import { stepWords } from './decisions.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

type Preview = Awaited<ReturnType<Client['curation']['bulkPreview']>>
export type BulkChoice = Verdict | Grade | 'reopen'

/** Pairs that the preview shows. */
const SAMPLE = 8

/** One decision on every pair that the filter finds, looked at before it is made; one undo takes it back. */
export class BulkDecision {
  #filter = $state.raw<ReviewFilter | null>(null)
  #preview = $state.raw<Preview | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw(false)
  choice = $state.raw<BulkChoice>('accept')
  readonly #desk: ReviewDesk

  constructor(desk: ReviewDesk) {
    this.#desk = desk
  }

  get isOpen(): boolean {
    return this.#filter !== null
  }
  /** Which pairs; null while the dialog is closed. */
  get filter(): ReviewFilter | null {
    return this.#filter
  }
  /** null while it is read. */
  get preview(): Preview | null {
    return this.#preview
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Suspected passages are graded, not the pairs that they belong to. */
  get onSuspects(): boolean {
    return this.#filter?.suspects ?? false
  }
  get busy(): boolean {
    return this.#busy
  }

  async ask(): Promise<void> {
    const judgeId = this.#desk.judge?.id
    if (judgeId === undefined) return
    const { filter } = this.#desk.place
    if (filter.suspects && typeof this.choice !== 'number') this.choice = 0
    this.#filter = filter
    this.#preview = null
    this.#problem = null
    try {
      await this.#desk.outbox.settled()
      const preview = await this.#desk.client.curation.bulkPreview({
        judgeId,
        filter,
        on: subjectsOf(filter),
        sample: SAMPLE,
      })
      if (this.#filter === filter) this.#preview = preview
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  close(): void {
    this.#filter = null
  }

  async run(): Promise<void> {
    const judgeId = this.#desk.judge?.id
    const [filter, preview] = [this.#filter, this.#preview]
    if (judgeId === undefined || filter === null || preview === null || preview.count === 0 || this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      const change = changeOf(this.choice)
      const { entry } = await this.#desk.outbox.add(() =>
        this.#desk.client.curation.bulk({ judgeId, filter, on: subjectsOf(filter), change, expected: preview.count }),
      )
      this.#desk.history.add(entry)
      this.close()
      this.#desk.toasts.show(stepWords(entry), {
        label: strings.common.undo,
        run: () => void this.#desk.deciding.undo(),
      })
      await this.#desk.openQueue()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}

/** Where the filter asks for suspected passages, these are what is graded. */
const subjectsOf = (filter: ReviewFilter): 'pairs' | 'suspects' => (filter.suspects ? 'suspects' : 'pairs')

function changeOf(choice: BulkChoice): DecisionChange {
  if (typeof choice === 'number') return { grade: choice }
  return { verdict: choice === 'reopen' ? null : choice }
}
