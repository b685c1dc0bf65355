import type { Job } from '../../../../electron/contracts/jobs.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { isUnfinished } from '../../state/jobs.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'

/** Passages per intent: enough to begin with, and minutes rather than hours on a large library. */
const PASSAGES = 200

/**
 * Makes pairs with the built-in generator, and has the search methods vote on them. Both are jobs: they go on when the view
 * is left, and show in Activity.
 */
export class QuestionMaker {
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw(false)
  readonly #workbench: Workbench

  /** @param onmade pairs have come, or votes on them */
  constructor(workbench: Workbench, onmade: () => void) {
    this.#workbench = workbench
    workbench.jobs.onended((job) => {
      if (job.kind === 'synthesize' || job.kind === 'filter') onmade()
    })
  }

  get problem(): Problem | null {
    return this.#problem
  }
  get busy(): boolean {
    return this.#busy
  }
  /** The work under way, and what of it failed a moment ago. */
  get jobs(): readonly Job[] {
    return this.#workbench.jobs.recent.filter(
      (job) => (job.kind === 'synthesize' || job.kind === 'filter') && (isUnfinished(job) || job.state === 'failed'),
    )
  }
  get working(): boolean {
    return this.jobs.some(isUnfinished)
  }

  async make(): Promise<void> {
    if (this.#busy || this.working) return
    this.#busy = true
    const { client } = this.#workbench
    try {
      await client.refinement.synthesize({ generator: 'cloze', limit: PASSAGES })
      // In the same lane, so it begins when the pairs are written.
      await client.refinement.filter({})
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}
