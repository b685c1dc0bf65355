import type { RandomSource } from '../../../electron/platform/seeded-random.ts'
import type { Victim } from './victims.ts'

/** One kind of work that is killed again and again and must end as if it never had been. */
export interface Scenario {
  /** The processes that are killed, each this many times: [in `npm test`, in the nightly form]. */
  readonly kills: Partial<Record<Victim, readonly [short: number, long: number]>>
  /** Does the work once undisturbed, in a folder of its own. */
  prepare(folder: string): Promise<PreparedScenario>
}

export interface PreparedScenario {
  /**
   * Starts or goes on with the work and kills the victim at a random point of it, then checks what must hold at any moment.
   * @returns where it struck, undefined when the work ended first
   */
  kill(victim: Victim, random: RandomSource): Promise<string | undefined>
  /** Lets the work end and compares what came of it with the undisturbed one. Called after the kills of each victim. */
  finish(): Promise<void>
  close?(): Promise<void>
}
