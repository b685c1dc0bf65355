import { SingleBar } from 'cli-progress'
import type { Job } from '../../contracts/jobs.ts'
import type { Workbench } from '../../services/index.ts'

/** Exit codes of `dmr` (docs/cli.md). */
export const EXIT = { done: 0, failed: 1, usage: 2, someFailed: 3, cancelled: 130 } as const

export interface OutputOptions {
  readonly json: boolean
  readonly quiet: boolean
}

/** One JSON value, or the lines for people. */
export function print(options: OutputOptions, value: unknown, lines: () => readonly string[]): void {
  if (options.json) process.stdout.write(`${JSON.stringify(value)}\n`)
  else if (!options.quiet) for (const line of lines()) process.stdout.write(`${line}\n`)
}

/** A note on standard error, where it disturbs nothing that reads the result. */
export function note(options: OutputOptions, text: string): void {
  if (!options.quiet) process.stderr.write(`${text}\n`)
}

/** Shows a job on standard error while it runs: a bar on a terminal, nothing otherwise. @returns its result. */
export async function followJob(
  workbench: Workbench,
  jobId: number,
  options: OutputOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const { queue } = workbench.library
  const bar =
    process.stderr.isTTY && !options.quiet
      ? new SingleBar({ format: '{bar} {value} of {total} {unit}{detail}', hideCursor: true, stream: process.stderr })
      : undefined
  const show = (job: Job): void => {
    const stage = job.stages.findLast((candidate) => candidate.total !== null && candidate.total > 0)
    if (!stage || stage.total === null) return
    const left = job.secondsLeft === null ? '' : `, about ${Math.ceil(job.secondsLeft)} s left`
    const values = { unit: stage.unit, detail: left }
    if (bar?.isActive) {
      bar.setTotal(stage.total)
      bar.update(stage.done, values)
    } else bar?.start(stage.total, stage.done, values)
  }
  const stop = queue.onChange(() => show(queue.get(jobId)))
  try {
    return await queue.result(jobId, signal)
  } finally {
    stop()
    bar?.stop()
  }
}
