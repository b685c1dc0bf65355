import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'
import { INTENTS } from './intents.ts'
import type { Recipe } from './recipe.ts'
import { CURVE_AXES, CURVE_METRICS, SMOOTHINGS } from './training-curves.ts'
import { wording } from './wording.ts'

const intent = v.picklist(INTENTS)
/** A value of each intent that occurs in the data; nDCG@10 from 0 to 1. */
const byIntent = v.record(intent, v.number())
const text = v.pipe(v.string(), v.trim(), v.nonEmpty())
const tags = v.pipe(v.array(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(40))), v.maxLength(20))
const notes = v.pipe(v.string(), v.maxLength(20_000))
const runName = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(120))
/** Checked where it was read from a file or came from the window; what is stored may be of an older version. */
const recipe = v.custom<Recipe>((value) => typeof value === 'object' && value !== null)
/** A recipe as the window or a file has it, not yet checked. */
const recipeJson = v.record(v.string(), v.unknown())

const problem = v.object({
  /** The setting, such as `stages.0.learningRate`; `data`, `model` or `` for the recipe as a whole. */
  path: v.string(),
  /** As a sentence for people. */
  message: v.string(),
})
/** What is wrong with one setting of a recipe. */
export type RecipeProblem = v.InferOutput<typeof problem>

const plannedStage = v.object({
  /** `adaptation`, `contrastive`, or `instruction-0.65` for one level. */
  name: v.string(),
  kind: v.picklist(['adaptation', 'contrastive', 'instruction']),
  /** Share of the positive's score that a hard negative may reach at most; null outside levels. */
  alpha: v.nullable(v.number()),
})
export type PlannedTrainingStage = v.InferOutput<typeof plannedStage>

const recipeCard = v.object({
  /** The name it is started by. */
  id: v.string(),
  name: v.string(),
  description: v.string(),
  /** In the order they run; a level of stage 3 counts as one. */
  stages: v.array(plannedStage),
  /** The forms that it compares; empty: it has one. */
  variants: v.array(v.string()),
  /** With its defaults filled in; null when it has problems. */
  recipe: v.nullable(recipe),
  problems: v.array(problem),
})
/** A recipe that comes with the application. */
export type RecipeCard = v.InferOutput<typeof recipeCard>

const dataChoice = v.object({
  /** What `start` takes as `dataset`: a name, or `sample-library`. */
  id: v.string(),
  name: v.string(),
  /** `MTP`: queries with positives. `MTT`: with hard negatives mined at one alpha. */
  kind: v.picklist(['MTP', 'MTT', 'import', 'sample']),
  alpha: v.nullable(v.number()),
  /** Examples to train on; null while they were not made yet (sample). */
  examples: v.nullable(v.number()),
  negatives: v.nullable(v.number()),
  byIntent: v.record(v.string(), v.number()),
  createdAt: v.nullable(v.number()),
})
/** Data that a run can be started with; a .jsonl file or a folder of them works as well, by its path. */
export type TrainingDataChoice = v.InferOutput<typeof dataChoice>

const modelChoice = v.object({
  id: v.string(),
  name: v.string(),
  architecture: v.string(),
  parameters: v.number(),
  dimensions: v.number(),
  /** Why it cannot be trained; null when it can. */
  reason: v.nullable(v.string()),
})
/** An installed model as a backbone, or a tiny encoder with random weights. */
export type BackboneChoice = v.InferOutput<typeof modelChoice>

/** `auto`: a small step on the processor and on the graphics card decides, stage by stage. */
export const TRAINING_DEVICES = ['auto', 'cpu', 'webgpu'] as const
export type TrainingDevice = (typeof TRAINING_DEVICES)[number]
export const trainingDevice = v.picklist(TRAINING_DEVICES)

/** What a run is made of. */
const request = {
  recipe: recipeJson,
  /** One of the recipe's variants; left out: the recipe has none, or all of them. */
  variant: v.optional(v.string()),
  /** A data set of this library by name, `sample-library`, a .jsonl file or a folder of them; left out: as the recipe says. */
  dataset: v.optional(text),
  /** An installed model or a model folder; left out: as the recipe says, such as a tiny encoder with random weights. */
  model: v.optional(text),
  /** Where to train; one that is named and cannot be used is an error. */
  device: v.optional(trainingDevice, 'auto'),
}

const stageEstimate = v.object({
  name: v.string(),
  steps: v.number(),
  /** Texts that one step embeds, and their tokens without padding. */
  textsPerStep: v.number(),
  tokensPerStep: v.number(),
  secondsPerStep: v.number(),
  seconds: v.number(),
  trainedParameters: v.number(),
  /** Where its steps were taken. */
  device: v.picklist(['cpu', 'webgpu']),
})

const estimate = v.object({
  /** Of the recipe or one of its variants. */
  recipe: v.string(),
  stages: v.array(stageEstimate),
  /** Of all steps; dev evaluations come on top. */
  seconds: v.number(),
  /** Most memory that the training process held, bytes. */
  peakMemoryBytes: v.number(),
})
/** What a run would cost, measured by three real steps of every stage. */
export type TrainingEstimate = v.InferOutput<typeof estimate>

/**
 * - `waiting`: for another job. `running`. `paused`: by a person.
 * - `interrupted`: its process died or the application ended; it goes on from its last checkpoint.
 * - `failed`: it cannot go on as it is; `message` says why. `done`: the model is there.
 */
export const TRAINING_RUN_STATES = ['waiting', 'running', 'paused', 'interrupted', 'failed', 'done'] as const
export type TrainingRunState = (typeof TRAINING_RUN_STATES)[number]

const interval = v.object({ value: v.number(), low: v.number(), high: v.number() })

const runStage = v.object({
  ...plannedStage.entries,
  /** Planned; null before the stage was opened. */
  steps: v.nullable(v.number()),
  done: v.number(),
  state: v.picklist(['waiting', 'running', 'done', 'rolled-back']),
  /** Step of the run before its first one; null before it began. */
  firstStep: v.nullable(v.number()),
  /** Trained numbers. */
  parameters: v.nullable(v.number()),
  /** Dev nDCG@10 where it began, and of its best step; null without a dev set. */
  before: v.nullable(v.number()),
  best: v.nullable(v.number()),
  /** What its gate said. */
  gate: v.nullable(v.object({ passed: v.boolean(), reason: v.string() })),
})
export type TrainingRunStage = v.InferOutput<typeof runStage>

const alertKind = v.picklist(['nan', 'collapse', 'plateau', 'intent-regression', 'disk'])
export type TrainingAlertKind = v.InferOutput<typeof alertKind>

const logLine = v.object({
  id,
  /** When it was written down, ms since 1970; the order is that of the ids, whatever the clock did. */
  at: v.number(),
  /** `state`: started, paused, resumed, ended. */
  kind: v.picklist(['state', 'stage', 'evaluation', 'checkpoint', 'gate', 'note', 'alert']),
  level: v.picklist(['info', 'good', 'warning', 'error']),
  alert: v.nullable(alertKind),
  /** Step of the run, counted through its stages. */
  step: v.nullable(v.number()),
  intent: v.nullable(intent),
  text: v.string(),
  wording,
})
/** A line of a run's log. Alerts are lines too. */
export type TrainingLogLine = v.InferOutput<typeof logLine>

const run = v.object({
  id,
  name: v.string(),
  /** Name of its recipe. */
  recipe: v.string(),
  state: v.picklist(TRAINING_RUN_STATES),
  /** What went wrong and what to do; null when nothing did. */
  message: v.nullable(v.string()),
  resumable: v.boolean(),
  /** A person ended it early and kept the best model so far. */
  stoppedEarly: v.boolean(),
  tags: v.array(v.string()),
  notes: v.string(),
  createdAt: v.number(),
  endedAt: v.nullable(v.number()),
  /** Sum of what its steps and evaluations took: pauses and jumps of the clock do not count. */
  seconds: v.number(),
  /** Left, from the pace of the last steps; null while it cannot be told. */
  secondsLeft: v.nullable(v.number()),
  step: v.number(),
  /** Of all stages, those not yet opened at the planned size; null while it cannot be told. */
  totalSteps: v.nullable(v.number()),
  stages: v.array(runStage),
  /** Name of the data set or path; examples trained on, once they were read. */
  data: v.string(),
  examples: v.nullable(v.number()),
  /** Installed model, path, or null for random weights. */
  model: v.nullable(v.string()),
  /** Dev nDCG@10 of the best model so far, with its 95 % bootstrap interval over queries; null without a dev set. */
  quality: v.nullable(interval),
  byIntent,
  /** The same of the model it started from; null before the first evaluation. */
  startQuality: v.nullable(v.number()),
  alerts: v.number(),
  jobId: v.nullable(id),
  /** Id of the installed model that was made of it; null before it was promoted. */
  modelId: v.nullable(v.string()),
})
/** A row of the runs table. */
export type TrainingRun = v.InferOutput<typeof run>

const evaluationPoint = v.object({
  stage: v.number(),
  /** Of the run, and seconds and tokens there: where it lies on each axis. */
  step: v.number(),
  seconds: v.number(),
  tokens: v.number(),
  /** Mean of the intents. */
  ndcg: v.number(),
  byIntent,
  /** The best of its stage so far, when it was made. */
  best: v.boolean(),
})
export type TrainingEvaluation = v.InferOutput<typeof evaluationPoint>

const dataFacts = v.object({
  /** Runs with the same id read the same examples. */
  id: v.string(),
  /** Files, with their examples by intent. */
  sets: v.array(v.object({ name: v.string(), examples: v.number(), byIntent: v.record(v.string(), v.number()) })),
  examples: v.number(),
  devQueries: v.number(),
  /** Different texts, and those that were cut at the longest length. */
  texts: v.number(),
  truncated: v.number(),
})
export type TrainingDataFacts = v.InferOutput<typeof dataFacts>

const point = v.object({
  step: v.number(),
  loss: v.nullable(v.number()),
  chance: v.nullable(v.number()),
  learningRate: v.nullable(v.number()),
  gradientNorm: v.nullable(v.number()),
  positiveSimilarity: v.nullable(v.number()),
  hardestNegativeSimilarity: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
  memoryBytes: v.nullable(v.number()),
})
/** Values of one step; null: not finite, or not measured in that stage. */
export type TrainingPoint = v.InferOutput<typeof point>

const runDetail = v.object({
  run,
  /** With its defaults filled in. */
  recipe,
  /** null before the data was read. */
  facts: v.nullable(dataFacts),
  /** How the data set came about, as it was stored with it: mining run, filters, alpha; null for files. */
  lineage: v.nullable(v.record(v.string(), v.unknown())),
  evaluations: v.array(evaluationPoint),
  /** The one it would resume from. `exists`: false when somebody deleted its files. */
  checkpoint: v.nullable(
    v.object({ stage: v.number(), step: v.number(), savedAt: v.number(), path: v.string(), exists: v.boolean() }),
  ),
  alerts: v.array(logLine),
  latest: v.nullable(point),
  /** Most memory that any step reported, bytes. */
  peakMemoryBytes: v.nullable(v.number()),
  /** The folder on the computer the services run on, and the finished model in it. */
  folder: v.object({ path: v.string(), exists: v.boolean() }),
  output: v.nullable(v.object({ path: v.string(), exists: v.boolean() })),
})
export type TrainingRunDetail = v.InferOutput<typeof runDetail>

const verdict = v.picklist(['better', 'worse', 'unclear'])
const comparedCell = v.object({
  runId: id,
  /** Mean nDCG@10 with its 95 % bootstrap interval; null where the run has no dev score of the intent. */
  estimate: v.nullable(interval),
  /**
   * Against the baseline on the queries that both hold out: one-tailed Wilcoxon after Holm over the intents. null in the baseline's
   * column and where the runs read different data.
   */
  verdict: v.nullable(verdict),
  pBetter: v.nullable(v.number()),
  pWorse: v.nullable(v.number()),
})
const comparison = v.object({
  baselineId: id,
  /** In the order asked for. */
  runs: v.array(run),
  /** Settings that are not the same in all of them, by path; null where a run has no such setting. */
  settings: v.array(v.object({ path: v.string(), values: v.array(v.nullable(v.string())) })),
  /** Facts of the data that are not the same, likewise. */
  data: v.array(v.object({ path: v.string(), values: v.array(v.nullable(v.string())) })),
  /** Why no verdict can be given, as a sentence; null when all read the same data. */
  notComparable: v.nullable(v.string()),
  /** Queries that all compared runs hold out, and scores of each run on its own dev queries. */
  intents: v.array(v.object({ intent, queries: v.number(), cells: v.array(comparedCell) })),
  mean: v.array(v.object({ runId: id, value: v.nullable(v.number()) })),
})
export type TrainingComparison = v.InferOutput<typeof comparison>

const curveHeader = v.object({
  runId: id,
  columns: v.number(),
  points: v.number(),
  nonFinite: v.number(),
  extent: v.tuple([v.number(), v.number()]),
})

export const trainingContract = {
  /** The recipes that come with the application, also those with problems. */
  recipes: oc.output(v.array(recipeCard)),
  /** What a run can be started with. */
  choices: oc.output(v.object({ data: v.array(dataChoice), models: v.array(modelChoice) })),
  /** Every problem of a recipe with this data and model; none: `start` takes it. Starts nothing and reads no data. */
  validate: oc
    .input(v.object(request))
    .output(v.object({ problems: v.array(problem), recipe: v.nullable(recipe), stages: v.array(plannedStage) })),
  /** Takes three real steps of every stage in a training process, a minute or two for a small model; abort the call to end it. */
  estimate: oc.input(v.object(request)).output(v.array(estimate)),
  /** Starts a run, or a series with one for each variant. */
  start: oc
    .input(
      v.object({
        ...request,
        /** Left out: the recipe's name. */
        name: v.optional(runName),
        tags: v.optional(tags, []),
        notes: v.optional(notes, ''),
      }),
    )
    .output(v.object({ runs: v.array(run) })),
  /** Keeps a checkpoint and ends the process; a run that waits stays out of the queue. */
  pause: oc.input(v.object({ id })).output(run),
  /** Goes on from the last checkpoint. @param device left out: as before */
  resume: oc.input(v.object({ id, device: v.optional(trainingDevice) })).output(run),
  /** Ends a run after its current step and makes the model of its best one, as if its stages had ended there; also a paused or failed one. */
  stop: oc.input(v.object({ id })).output(run),

  /** Newest first. `search` looks in name, recipe, data, tags and notes. */
  runs: oc
    .input(v.object({ search: v.optional(v.string(), ''), tags: v.optional(v.array(v.string()), []) }))
    .output(v.object({ runs: v.array(run), tags: v.array(v.string()) })),
  /** All runs, newest first: at the start, then on every change, at most twice a second. */
  watchRuns: oc.output(eventIterator(v.array(run))),
  run: oc.input(v.object({ id })).output(runDetail),
  /** One run: at the start, then on every change, at most five times a second. Ask `curves` and `log` again when it comes. */
  watch: oc.input(v.object({ id })).output(eventIterator(runDetail)),
  /** Oldest first, those after a line. */
  log: oc
    .input(
      v.object({
        id,
        after: v.optional(v.number(), 0),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5_000)), 1_000),
      }),
    )
    .output(v.array(logLine)),
  update: oc
    .input(v.object({ id, name: v.optional(runName), tags: v.optional(tags), notes: v.optional(notes) }))
    .output(run),
  /** Deletes a run with its folder; one that runs is ended first. An installed model that was made of it stays. */
  remove: oc.input(v.object({ id })).output(v.object({})),

  /** Envelope and moving average of one metric of several runs, cut to the width of the chart. See `unpackCurves`. */
  curves: oc
    .input(
      v.object({
        ids: v.pipe(v.array(id), v.minLength(1), v.maxLength(50)),
        metric: v.picklist(CURVE_METRICS),
        axis: v.optional(v.picklist(CURVE_AXES), 'step'),
        /** Axis values; left out: from the start, to the end. */
        from: v.optional(v.number()),
        to: v.optional(v.number()),
        /** Columns at most, such as the chart's width in pixels. */
        width: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8_192)),
        smoothing: v.optional(v.picklist(SMOOTHINGS), 0.97),
      }),
    )
    .output(v.object({ headers: v.array(curveHeader), data: v.blob() })),
  /** What tells runs apart: settings, data, dev scores by intent. */
  compare: oc
    .input(v.object({ ids: v.pipe(v.array(id), v.minLength(2), v.maxLength(8)), baselineId: v.optional(id) }))
    .output(comparison),
  /** The same as a page of its own, with what was published of the experiment and whether it holds here. */
  report: oc
    .input(v.object({ ids: v.pipe(v.array(id), v.minLength(2), v.maxLength(8)), baselineId: v.optional(id) }))
    .output(v.object({ fileName: v.string(), html: v.string() })),
  /**
   * Installs the finished model and, when it is to be used, builds its index beside the one in use and switches when it is complete;
   * `models.rollBack` goes back.
   */
  promote: oc
    .input(
      v.object({
        id,
        /** Under which id; left out: made of the run's name. */
        modelId: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(64))),
        use: v.optional(v.boolean(), true),
      }),
    )
    .output(v.object({ modelId: v.string(), jobId: v.nullable(id) })),
}
