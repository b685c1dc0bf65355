import type { TrainingRun } from '../../../electron/contracts/training.ts'
import type { Client } from '../connection/client.ts'
import { follow } from '../connection/follow.ts'
import { strings, worded } from '../strings/index.ts'

/** Tells of trainings, wherever in the window somebody is: warnings, and runs that ended or stopped by themselves. */
export class TrainingAlerts {
  readonly #client: Client
  readonly #tell: (text: string, runId: number) => void
  #before: ReadonlyMap<number, TrainingRun> | undefined

  constructor(client: Client, tell: (text: string, runId: number) => void) {
    this.#client = client
    this.#tell = tell
  }

  follow(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.training.watchRuns(undefined, { signal }),
      (runs) => void this.accept(runs),
      signal,
    )
  }

  /** What was there at the first look is no news. */
  async accept(runs: readonly TrainingRun[]): Promise<void> {
    const before = this.#before
    this.#before = new Map(runs.map((run) => [run.id, run]))
    const words = strings.training.alerts
    for (const run of runs) {
      const was = before?.get(run.id)
      if (was === undefined) continue
      if (run.alerts > was.alerts) this.#tell(words.told(run.name, await this.#newest(run.id)), run.id)
      else if (
        run.state !== was.state &&
        (run.state === 'failed' || run.state === 'interrupted' || run.state === 'done')
      )
        this.#tell(words.told(run.name, strings.training.states[run.state]), run.id)
    }
  }

  async #newest(id: number): Promise<string> {
    try {
      const alert = (await this.#client.training.run({ id })).alerts.at(-1)
      return alert ? worded(alert.text, alert.wording) : ''
    } catch {
      // The run was deleted meanwhile; that there was a warning is still true.
      return strings.training.alerts.one
    }
  }
}
