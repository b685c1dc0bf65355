import { setImmediate } from 'node:timers/promises'
import { packCurves, type Curve } from '../contracts/training-curves.ts'
import { readCurve } from '../training/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { ChangeSignal, snapshots } from './snapshots.ts'
import { experimentReport } from './training/experiment-report.ts'
import { compareRuns } from './training/run-comparison.ts'
import { logLine, RunViews } from './training/run-views.ts'
import { SeriesDesk } from './training/series-desk.ts'
import { TrainingDesk } from './training/training-desk.ts'

const ONE_RUN_EVERY_MS = 200
const ALL_RUNS_EVERY_MS = 500

/** Training runs, from a recipe to a model in use: the Training view. */
export function trainingService(library: Library) {
  const { trainingRuns, trainingPoints, trainingEvents } = library.repositories
  const desk = new TrainingDesk(library)
  const { inputs } = desk
  const series = new SeriesDesk(library, desk)
  const views = new RunViews(library, desk)
  const changes = new ChangeSignal()
  const view = (id: number) => views.run(desk.require(id))
  const compared = (ids: readonly number[]) =>
    [...new Set(ids)].map((id) => {
      const record = desk.require(id)
      return { record, shown: views.run(record) }
    })
  const changed = (id: number) => {
    changes.emit()
    return view(id)
  }

  /** What may change a run: people, jobs, and what the training process reports. @param id undefined: of any run */
  const onChange = (id: number | undefined) => (listener: () => void) => {
    const ends = [
      changes.onChange(listener),
      library.queue.onChange(listener),
      library.training.onEvent((runId) => {
        if (id === undefined || runId === id) listener()
      }),
    ]
    return () => ends.forEach((end) => end())
  }

  return {
    recipes: os.training.recipes.handler(() => inputs.recipeCards()),
    choices: os.training.choices.handler(async () => ({
      data: inputs.dataChoices(),
      models: await inputs.modelChoices(),
    })),
    validate: os.training.validate.handler(({ input: { recipe, ...request } }) => inputs.problems(recipe, request)),
    estimate: os.training.estimate.handler(async ({ input: { recipe, variant, ...request }, signal }) => {
      const estimates = []
      for (const form of inputs.parse(recipe, variant)) {
        const { stages, ...estimate } = await desk.estimate({ recipe: form, ...request }, signal)
        estimates.push({ recipe: form.name, stages: stages.map((stage) => ({ ...stage })), ...estimate })
      }
      return estimates
    }),
    start: os.training.start.handler(async ({ input: { recipe, variant, name, tags, notes, ...request } }) => {
      const forms = inputs.parse(recipe, variant)
      const options = { name, tags, notes }
      const runs =
        forms.length > 1
          ? (await series.start(forms, options, request)).runs
          : [await desk.start({ recipe: forms[0]!, ...request }, options)]
      changes.emit()
      return { runs: runs.map(({ run }) => view(run.id)) }
    }),
    pause: os.training.pause.handler(({ input }) => {
      desk.pause(input.id)
      return changed(input.id)
    }),
    resume: os.training.resume.handler(({ input }) => {
      desk.resume(input.id, input)
      return changed(input.id)
    }),
    stop: os.training.stop.handler(({ input }) => {
      desk.stop(input.id)
      return changed(input.id)
    }),
    runs: os.training.runs.handler(({ input }) => {
      const all = views.all()
      const words = input.search.toLowerCase().split(/\s+/u).filter(Boolean)
      const runs = all.filter((run) => {
        const text = [run.name, run.recipe, run.data, run.notes, ...run.tags].join('\n').toLowerCase()
        return words.every((word) => text.includes(word)) && input.tags.every((tag) => run.tags.includes(tag))
      })
      return { runs, tags: [...new Set(all.flatMap(({ tags }) => tags))].sort() }
    }),
    watchRuns: os.training.watchRuns.handler(({ signal }) =>
      snapshots(() => views.all(), onChange(undefined), { intervalMs: ALL_RUNS_EVERY_MS, signal }),
    ),
    run: os.training.run.handler(({ input }) => views.detail(desk.require(input.id))),
    watch: os.training.watch.handler(({ input, signal }) => {
      desk.require(input.id)
      return snapshots(() => views.detail(desk.require(input.id)), onChange(input.id), {
        ...{ intervalMs: ONE_RUN_EVERY_MS, signal },
      })
    }),
    log: os.training.log.handler(({ input: { id, after, limit } }) => {
      desk.require(id)
      return trainingEvents.list(id, after, limit).map(logLine)
    }),
    update: os.training.update.handler(({ input: { id, name, tags, notes } }) => {
      library.requireWritable()
      desk.require(id)
      trainingRuns.update(id, {
        ...(name === undefined ? {} : { name }),
        ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
        ...(notes === undefined ? {} : { notes }),
      })
      return changed(id)
    }),
    remove: os.training.remove.handler(async ({ input }) => {
      await desk.remove(input.id)
      changes.emit()
      return {}
    }),
    curves: os.training.curves.handler(async ({ input: { ids, ...request }, signal }) => {
      for (const id of ids) desk.require(id)
      const curves: Curve[] = []
      for (const id of ids) {
        curves.push(readCurve(trainingPoints, id, request))
        // Fifty runs take a sixth of a second at the worst zoom: others get their turn in between.
        await setImmediate()
        signal?.throwIfAborted()
      }
      return packCurves(curves)
    }),
    compare: os.training.compare.handler(({ input: { ids, baselineId = ids[0]! } }) =>
      compareRuns(trainingRuns, compared([...ids, baselineId]), baselineId),
    ),
    report: os.training.report.handler(({ input: { ids, baselineId = ids[0]! } }) =>
      experimentReport(trainingRuns, compared([...ids, baselineId]), baselineId),
    ),
    promote: os.training.promote.handler(async ({ input: { id, modelId, use } }) => {
      const promoted = await desk.promote(id, { modelId, use })
      changes.emit()
      return promoted
    }),
  }
}
