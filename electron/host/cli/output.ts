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

export interface ProgressBar {
  show(done: number, total: number, detail?: string): void
  stop(): void
}

/** A bar on standard error where that is a terminal, nothing otherwise. */
export function progressBar(options: OutputOptions, unit: string): ProgressBar {
  if (!process.stderr.isTTY || options.quiet) return { show: () => {}, stop: () => {} }
  const format = '{bar} {value} of {total} {unit}{detail}'
  const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr })
  return {
    show: (done, total, detail = '') => {
      if (bar.isActive) {
        bar.setTotal(total)
        bar.update(done, { unit, detail })
      } else bar.start(total, done, { unit, detail })
    },
    stop: () => bar.stop(),
  }
}

/** One bar after the other, one a stage. */
export function stagedBar(options: OutputOptions) {
  let stage: string | undefined
  let bar: ReturnType<typeof progressBar> | undefined
  const stop = (): void => bar?.stop()
  const show = (progress: { stage: string; unit: string; done: number; total: number | null }): void => {
    if (progress.total === null) return
    if (stage !== progress.stage) {
      stop()
      stage = progress.stage
      bar = progressBar(options, progress.unit)
    }
    bar?.show(progress.done, progress.total)
  }
  return { show, stop }
}

/** Shows a job on standard error while it runs: a bar on a terminal, nothing otherwise. @returns its result. */
export async function followJob(
  workbench: Workbench,
  jobId: number,
  options: OutputOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const { queue } = workbench.library
  let shown: { bar: ProgressBar; unit: string } | undefined
  const show = (job: Job): void => {
    const stage = job.stages.findLast((candidate) => candidate.total !== null && candidate.total > 0)
    if (!stage || stage.total === null) return
    if (shown?.unit !== stage.unit) {
      shown?.bar.stop()
      shown = { bar: progressBar(options, stage.unit), unit: stage.unit }
    }
    shown.bar.show(
      stage.done,
      stage.total,
      job.secondsLeft === null ? '' : `, about ${Math.ceil(job.secondsLeft)} s left`,
    )
  }
  const stop = queue.onChange(() => show(queue.get(jobId)))
  try {
    return await queue.result(jobId, signal)
  } finally {
    stop()
    shown?.bar.stop()
  }
}
