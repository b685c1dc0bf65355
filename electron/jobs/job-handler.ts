import type { JobKind } from '../contracts/jobs.ts'
import type { Text, Wording } from '../contracts/wording.ts'
import type { ProgressUpdate } from './progress-keeper.ts'

/** What a running job may do. */
export interface JobContext<Params> {
  readonly jobId: number
  readonly params: Params
  /** Aborted by cancel, by pause and by shutdown; `run` then returns or throws soon. */
  readonly signal: AbortSignal
  /** Replaces what people see of the progress. Cheap: stored at most twice a second. */
  report(progress: ProgressUpdate): void
  /** A line in the job's log. */
  log(level: 'info' | 'warning' | 'error', text: Text): void
}

/**
 * How one kind of job is done. `run` must be able to start again from what is stored: a pause, a crash and a shutdown all
 * end it, and resuming calls it anew with the same parameters.
 */
export interface JobHandler<Params = unknown, Result = unknown> {
  readonly kind: JobKind
  /** Jobs of one lane run one after the other. */
  readonly lane: 'ingest' | 'compute'
  readonly pausable: boolean
  /** After a crash or a shutdown: go on, or give up with a message. */
  readonly afterRestart: 'resume' | 'fail'
  title(params: Params): Wording
  /** @returns what the caller of the job gets, JSON-safe. */
  run(context: JobContext<Params>): Promise<Result>
}
