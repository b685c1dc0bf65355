import { os } from './base.ts'
import type { Library } from './library.ts'
import { ChangeSignal, snapshots } from './snapshots.ts'
import { seriesReport } from './training/experiment-report.ts'
import { RunViews } from './training/run-views.ts'
import { SeriesDesk } from './training/series-desk.ts'
import { seriesView, verdictsOf } from './training/series-views.ts'
import { TrainingDesk } from './training/training-desk.ts'

const EVERY_MS = 500

/** Runs that were started together: the series of the Training view. */
export function trainingSeriesService(library: Library) {
  const { trainingRuns } = library.repositories
  const runDesk = new TrainingDesk(library)
  const desk = new SeriesDesk(library, runDesk)
  const views = new RunViews(library, runDesk)
  const changes = new ChangeSignal()
  const shownRuns = (id: number) =>
    desk.runsOf(desk.require(id)).map((record) => ({ record, shown: views.run(record) }))
  const view = (id: number) =>
    seriesView(
      desk.require(id),
      shownRuns(id).map(({ shown }) => shown),
    )
  const changed = (id: number) => {
    changes.emit()
    return view(id)
  }
  const onChange = (listener: () => void) => {
    const ends = [changes.onChange(listener), library.queue.onChange(listener), library.training.onEvent(listener)]
    return () => ends.forEach((end) => end())
  }

  return {
    start: os.trainingSeries.start.handler(async ({ input: { recipes, dataset, model, device, ...options } }) => {
      const forms = recipes.flatMap((recipe) => runDesk.inputs.parse(recipe))
      const { series } = await desk.start(forms, options, { dataset, model, device })
      return changed(series.id)
    }),
    watch: os.trainingSeries.watch.handler(({ signal }) =>
      snapshots(() => desk.all().map(({ id }) => view(id)), onChange, { intervalMs: EVERY_MS, signal }),
    ),
    pause: os.trainingSeries.pause.handler(({ input: { id } }) => {
      desk.pause(id)
      return changed(id)
    }),
    resume: os.trainingSeries.resume.handler(({ input: { id } }) => {
      desk.resume(id)
      return changed(id)
    }),
    end: os.trainingSeries.end.handler(async ({ input: { id } }) => {
      await desk.end(id)
      return changed(id)
    }),
    remove: os.trainingSeries.remove.handler(({ input: { id } }) => {
      desk.remove(id)
      changes.emit()
      return {}
    }),
    verdicts: os.trainingSeries.verdicts.handler(({ input: { id } }) =>
      verdictsOf(trainingRuns, desk.runsOf(desk.require(id))),
    ),
    report: os.trainingSeries.report.handler(({ input: { id } }) =>
      seriesReport(trainingRuns, desk.require(id), shownRuns(id)),
    ),
  }
}
