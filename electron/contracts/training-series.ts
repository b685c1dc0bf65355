import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'
import { trainingDevice } from './training.ts'
import { wording } from './wording.ts'

const interval = v.object({ value: v.number(), low: v.number(), high: v.number() })

/**
 * - `running`: a run of it trains. `waiting`: for another job. `paused`: the next run starts when it is resumed.
 * - `done`: every run has ended, with a model or without.
 */
export const SERIES_STATES = ['running', 'waiting', 'paused', 'done'] as const
export type SeriesState = (typeof SERIES_STATES)[number]

const series = v.object({
  id,
  name: v.string(),
  createdAt: v.number(),
  state: v.picklist(SERIES_STATES),
  /** In the order they are trained. */
  runIds: v.array(id),
  /** Runs with a model, and those that cannot go on as they are. */
  done: v.number(),
  failed: v.number(),
  /** Seconds of training so far, and those left: the run under way at its pace, others as long as those measured. */
  seconds: v.number(),
  secondsLeft: v.nullable(v.number()),
  /** Recipes that no run was made of, or whose run was taken out before it began. */
  skipped: v.array(v.object({ recipe: v.string(), message: v.string(), wording })),
})
export type TrainingSeries = v.InferOutput<typeof series>

const verdict = v.object({
  /** Name of the recipe that compares the forms. */
  experiment: v.string(),
  published: v.object({ better: v.string(), than: v.string(), points: v.number(), source: v.string() }),
  /** Difference on the queries that both hold out, mean of the intents, with its 95 % interval. */
  difference: interval,
  queries: v.number(),
  agreement: v.picklist(['holds', 'contradicts', 'unclear']),
})
/** Whether what was published of an experiment shows in its runs here. */
export type ExperimentVerdict = v.InferOutput<typeof verdict>

const text = v.pipe(v.string(), v.trim(), v.nonEmpty())
const byId = v.object({ id })

/** Runs started together: the forms of an experiment, or several experiments, one run after the other. */
export const trainingSeriesContract = {
  /**
   * Queues a run for every form of the recipes. One that cannot be started does not keep the others from it: it is listed as skipped.
   * Errors: BAD_INPUT, NO_MODEL of the first when none can be started.
   */
  start: oc
    .input(
      v.object({
        /** As the window or a file has them. */
        recipes: v.pipe(v.array(v.record(v.string(), v.unknown())), v.minLength(1), v.maxLength(50)),
        dataset: v.optional(text),
        model: v.optional(text),
        device: v.optional(trainingDevice, 'auto'),
        /** Left out: the recipes' names. */
        name: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(120))),
        tags: v.optional(v.array(text), []),
        notes: v.optional(v.string(), ''),
      }),
    )
    .output(series),
  /** All series, newest first: at the start, then on every change, at most twice a second. */
  watch: oc.output(eventIterator(v.array(series))),
  /** Keeps a checkpoint of the run under way; those that wait stay out of the queue. */
  pause: oc.input(byId).output(series),
  /** Goes on with what was paused or interrupted; what failed stays as it is. */
  resume: oc.input(byId).output(series),
  /** Ends what has begun, keeping the best model of each, and takes out what has not. */
  end: oc.input(byId).output(series),
  /** Takes it off the list; its runs stay. */
  remove: oc.input(byId).output(v.object({})),
  /** What was published beside what the runs that have ended show; experiments without a published result are left out. */
  verdicts: oc.input(byId).output(v.array(verdict)),
  /** The runs so far as a page of its own, one part for each experiment. */
  report: oc.input(byId).output(v.object({ fileName: v.string(), html: v.string() })),
}
