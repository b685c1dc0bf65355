import { SvelteMap } from 'svelte/reactivity'
import type { ExperimentVerdict, TrainingSeries } from '../../../../electron/contracts/training-series.ts'
import type { Client } from '../../connection/client.ts'
import { follow } from '../../connection/follow.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { saveText } from '../../connection/save-text.ts'
import { worded } from '../../strings/index.ts'

/** Runs that were started together, live, and what people do with them as one. */
export class SeriesList {
  #all = $state.raw<readonly TrainingSeries[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  /** Series that a command is under way for. */
  #busy = $state.raw<number | null>(null)
  readonly #verdicts = new SvelteMap<number, readonly ExperimentVerdict[]>()
  /** Runs that had ended when the verdicts of a series were asked for. */
  readonly #judged = new Map<number, number>()
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Newest first; null until the first answer. */
  get all(): readonly TrainingSeries[] | null {
    return this.#all
  }
  get problem(): Problem | null {
    return this.#problem
  }
  isBusy(id: number): boolean {
    return this.#busy === id
  }
  /** What was published beside what the runs that have ended show. */
  verdictsOf(id: number): readonly ExperimentVerdict[] {
    return this.#verdicts.get(id) ?? []
  }

  /** Keeps the list true for as long as `signal` allows. */
  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.trainingSeries.watch(undefined, { signal }),
      (all) => {
        this.#all = all.map(inWindowLanguage)
        for (const series of all) void this.#judge(series)
      },
      signal,
    )
  }

  pause({ id }: TrainingSeries): Promise<void> {
    return this.#act(id, () => this.#client.trainingSeries.pause({ id }))
  }
  resume({ id }: TrainingSeries): Promise<void> {
    return this.#act(id, () => this.#client.trainingSeries.resume({ id }))
  }
  end({ id }: TrainingSeries): Promise<void> {
    return this.#act(id, () => this.#client.trainingSeries.end({ id }))
  }
  remove({ id }: TrainingSeries): Promise<void> {
    return this.#act(id, () => this.#client.trainingSeries.remove({ id }))
  }
  saveReport({ id }: TrainingSeries): Promise<void> {
    return this.#act(id, async () => {
      const { fileName, html } = await this.#client.trainingSeries.report({ id })
      saveText(fileName, html)
    })
  }
  dismissProblem(): void {
    this.#problem = null
  }

  async #act(id: number, work: () => Promise<unknown>): Promise<void> {
    if (this.#busy !== null) return
    this.#busy = id
    this.#problem = null
    try {
      await work()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = null
    }
  }

  /** Asks anew when another run has ended: verdicts are drawn from runs that have. */
  async #judge({ id, done }: TrainingSeries): Promise<void> {
    if (this.#judged.get(id) === done || done < 2) return
    this.#judged.set(id, done)
    try {
      this.#verdicts.set(id, await this.#client.trainingSeries.verdicts({ id }))
    } catch {
      this.#judged.delete(id) // asked again with the next event
    }
  }
}

function inWindowLanguage(series: TrainingSeries): TrainingSeries {
  const skipped = series.skipped.map((one) => ({ ...one, message: worded(one.message, one.wording) }))
  return { ...series, skipped }
}
