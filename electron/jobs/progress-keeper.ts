import type { JobStage } from '../contracts/jobs.ts'
import { Wording, type Text } from '../contracts/wording.ts'
import type { JobProgress } from '../storage/index.ts'

const STORE_EVERY_MS = 500
/** Rates look back this far. */
const RATE_WINDOW_MS = 30_000
/** A rate is shown once this much has been seen of it. */
const RATE_WARM_UP_MS = 1_500
/** Weight of a new estimate of the time left against the shown one. */
const SMOOTHING = 0.3

interface Sample {
  readonly at: number
  readonly done: readonly number[]
}

/** A stage as a job reports it. */
export type StageUpdate = Omit<JobStage, 'name' | 'nameWording' | 'rate'> & { readonly name: Text }

export interface ProgressUpdate {
  readonly stages: readonly StageUpdate[]
  readonly current?: string
  readonly itemsFailed?: number
}

/** Turns what a job reports into what people see: rates over the last half minute, a smoothed time left, stored at a calm pace. */
export class ProgressKeeper {
  readonly #store: (progress: JobProgress) => void
  readonly #now: () => number
  #samples: Sample[] = []
  #latest: ProgressUpdate | undefined
  #secondsLeft: number | null = null
  #storedAt = -Infinity
  #timer: NodeJS.Timeout | undefined

  /** @param now a clock in ms that is never set back */
  constructor(store: (progress: JobProgress) => void, now: () => number = () => performance.now()) {
    this.#store = store
    this.#now = now
  }

  report(update: ProgressUpdate): void {
    this.#latest = update
    const wait = this.#storedAt + STORE_EVERY_MS - this.#now()
    if (wait <= 0) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), wait)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const update = this.#latest
    if (!update) return
    this.#latest = undefined
    const at = this.#now()
    this.#storedAt = at
    this.#samples = [
      ...this.#samples.filter((sample) => sample.at > at - RATE_WINDOW_MS),
      { at, done: update.stages.map((stage) => stage.done) },
    ]
    const stages = update.stages.map((stage, index) => ({ ...named(stage), rate: this.#rate(index, stage.done, at) }))
    this.#secondsLeft = this.#smooth(secondsLeft(stages))
    this.#store({
      stages,
      current: update.current ?? null,
      secondsLeft: this.#secondsLeft,
      itemsFailed: update.itemsFailed ?? 0,
    })
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #rate(stage: number, done: number, at: number): number | null {
    const first = this.#samples[0]
    const before = first?.done[stage]
    if (!first || before === undefined || at - first.at < RATE_WARM_UP_MS) return null
    return Math.max(0, (done - before) / ((at - first.at) / 1_000))
  }

  #smooth(estimate: number | null): number | null {
    if (estimate === null || this.#secondsLeft === null) return estimate
    return this.#secondsLeft + SMOOTHING * (estimate - this.#secondsLeft)
  }
}

/** The stages run side by side, so the slowest one decides. */
function secondsLeft(stages: readonly JobStage[]): number | null {
  const estimates = stages.flatMap((stage) =>
    stage.total === null || stage.total <= stage.done
      ? []
      : stage.rate
        ? [(stage.total - stage.done) / stage.rate]
        : [null],
  )
  const known = estimates.filter((estimate) => estimate !== null)
  return known.length > 0 ? Math.max(...known) : null
}

function named({ name, ...stage }: StageUpdate): Omit<JobStage, 'rate'> {
  return { ...stage, name: String(name), ...(name instanceof Wording ? { nameWording: name.toJSON() } : {}) }
}
