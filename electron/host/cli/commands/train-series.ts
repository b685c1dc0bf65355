// A series of trainings on the command line: every form of a recipe, or of several, one after the other.
import { writeFile } from 'node:fs/promises'
import { seriesReport } from '../../../services/training/experiment-report.ts'
import { RunViews } from '../../../services/training/run-views.ts'
import { SeriesDesk, type StartedSeries } from '../../../services/training/series-desk.ts'
import type { StartedRun, TrainingDesk } from '../../../services/training/training-desk.ts'
import type { Workbench } from '../../../services/index.ts'
import type { TrainResult } from '../../../training/index.ts'
import { note, type OutputOptions } from '../output.ts'

interface SeriesTask {
  readonly workbench: Workbench
  readonly desk: TrainingDesk
  readonly options: OutputOptions & { readonly report?: string }
  readonly signal: AbortSignal
  /** Shows a run until it has ended. */
  readonly follow: (run: StartedRun) => Promise<TrainResult>
}

export interface SeriesOutcome {
  readonly results: readonly TrainResult[]
  /** Runs that failed or could not be started. */
  readonly failed: number
}

/** Names of the recipes that compare forms. */
export async function experimentNames(desk: TrainingDesk): Promise<string[]> {
  const cards = await desk.inputs.recipeCards()
  return cards.filter(({ variants }) => variants.length > 0).map(({ id }) => id)
}

/**
 * Follows a series to its end; a run that fails does not stop the rest. Ctrl-C pauses the whole series.
 * @param begin queues its runs, or takes them up again
 */
export async function followSeries(
  { workbench, desk, options, signal, follow }: SeriesTask,
  begin: (series: SeriesDesk) => StartedSeries | Promise<StartedSeries>,
): Promise<SeriesOutcome> {
  const seriesDesk = new SeriesDesk(workbench.library, desk)
  const { series, runs } = await begin(seriesDesk)
  const { id } = series
  // Before the run under way hears of it: none that waits may take its place.
  signal.addEventListener('abort', () => seriesDesk.pause(id), { once: true })
  note(options, `Series ${id} (${series.name}), ${runs.length} runs. Ctrl-C pauses it; --resume-series ${id} goes on.`)
  for (const { recipe, message } of series.skipped) note(options, `${recipe} is left out: ${message}`)
  const results: TrainResult[] = []
  let failed = series.skipped.length
  for (const [index, started] of runs.entries()) {
    note(options, `${index + 1} of ${runs.length}: ${started.run.name} (run ${started.run.id})`)
    try {
      results.push(await follow(started))
    } catch (error) {
      if (signal.aborted) throw error
      failed += 1
      const message = error instanceof Error ? error.message : String(error)
      note(options, `${started.run.name} failed: ${message}${index + 1 < runs.length ? ' The others go on.' : ''}`)
    }
  }
  if (options.report !== undefined) {
    const views = new RunViews(workbench.library, desk)
    const shown = seriesDesk.runsOf(series).map((record) => ({ record, shown: views.run(record) }))
    await writeFile(options.report, seriesReport(workbench.library.repositories.trainingRuns, series, shown).html)
    note(options, `The comparison is in ${options.report}.`)
  }
  return { results, failed }
}
