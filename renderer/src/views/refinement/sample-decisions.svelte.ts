import type { DecisionChange } from '../../../../electron/contracts/curation.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'

/** What somebody did with a sample: kept it, left it out, or sent it to the review queue. */
export type SampleVerb = 'keep' | 'leaveOut' | 'send'

const words = strings.refinement.samples.decisions
const UNDONE_WITHIN = 20

/**
 * Decisions about samples. They are the same entries of the same log as in the Review view: by whoever judges in this window,
 * undone here or there, and taken over when data sets are built from the decisions.
 */
export class SampleDecisions {
  #done = $state.raw<ReadonlyMap<number, SampleVerb>>(new Map())
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #workbench: Pick<Workbench, 'client' | 'judges' | 'router' | 'toasts'>

  constructor(workbench: Pick<Workbench, 'client' | 'judges' | 'router' | 'toasts'>) {
    this.#workbench = workbench
  }

  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** What was done with a pair since the drawer was opened, and not undone. */
  of(pairId: number): SampleVerb | undefined {
    return this.#done.get(pairId)
  }

  async decide(pairId: number, verb: SampleVerb): Promise<void> {
    const { client, judges, router, toasts } = this.#workbench
    const judgeId = judges.current?.id
    if (judgeId === undefined)
      return toasts.show(words.needsJudge, { label: words.toReview, run: () => router.go('review') })
    await this.#guard(async () => {
      const change = verb === 'send' ? await this.#sending(judgeId, pairId) : VERDICTS[verb]
      const { entry } = await client.curation.decide({ judgeId, pairId, change })
      this.#done = new Map(this.#done).set(pairId, verb)
      toasts.show(words.done[verb], {
        label: strings.common.undo,
        run: () => void this.#undo(judgeId, entry.actionId),
      })
    })
  }

  /** Opens the pair's decision again, with a comment by which the queue finds it; a comment that is there stays. */
  async #sending(judgeId: number, pairId: number): Promise<DecisionChange> {
    const { decision } = await this.#workbench.client.curation.item({ judgeId, pairId })
    return { verdict: null, grade: null, comment: decision?.comment ?? words.comment }
  }

  /** The log takes back the last step of a judge; where that is another one by now, nothing is taken back. */
  async #undo(judgeId: number, actionId: number): Promise<void> {
    const { client, router, toasts } = this.#workbench
    await this.#guard(async () => {
      const { entries } = await client.curation.history({ judgeId, limit: UNDONE_WITHIN })
      if (entries.findLast(({ undone }) => !undone)?.actionId !== actionId)
        return toasts.show(words.otherSince, { label: words.toReview, run: () => router.go('review') })
      const step = await client.curation.undo({ judgeId })
      const done = new Map(this.#done)
      for (const pairId of step?.pairIds ?? []) done.delete(pairId)
      this.#done = done
    })
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      await work()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}

const VERDICTS = {
  keep: { verdict: 'accept' },
  leaveOut: { verdict: 'reject' },
} as const satisfies Partial<Record<SampleVerb, DecisionChange>>
