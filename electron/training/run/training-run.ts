// A whole run: from a recipe, a model and data to a model folder, over stages that each begin where the one before ended.
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingDataFacts, TrainingDevice } from '../../contracts/training.ts'
import { describeFile } from '../../ml/checkpoint/manifest.ts'
import type { OptimizerKernel } from '../../ml/optim/index.ts'
import { type ModelFolder, openModelFolder } from '../../ml/session/model-folder.ts'
import { loadTokenizer } from '../../ml/tokenizer/load-tokenizer.ts'
import type { DevScores, RankingMeasure } from '../data/dev-set.ts'
import { languageModelHead } from '../engine/masked-step.ts'
import { TrainableModel } from '../engine/trainable-model.ts'
import { modelCard, type StageReport } from '../output/model-card.ts'
import { writeModelFolder } from '../output/model-folder.ts'
import { writeRandomModel } from '../output/random-model.ts'
import { type Recipe, recipeError } from '../recipe.ts'
import { chooseEngine, choiceInWords, trialSetting } from './choose-engine.ts'
import type { TrainingEvent } from './events.ts'
import type { RunControl } from './run-control.ts'
import { type PreparedData, prepareData, readRunData, type RunData, stageData } from './run-data.ts'
import { type BelongsTo, CheckpointStore, startOf, type StageState, writingTo } from './stage-checkpoint.ts'
import { atLevel, objectiveOf, type PlannedStage, plannedStages, tuningOf } from './stage-plan.ts'
import { adaptationTask, contrastiveTask, type StageTask, type TaskSetting } from './stage-task.ts'
import { type StageResult, StageTrainer, taskSetting } from './stage-trainer.ts'

export interface RunOptions {
  readonly recipe: Recipe
  /** Where the run keeps everything: checkpoint, stages, the finished model. */
  readonly folder: string
  /** A data folder or file; overrides the recipe's. */
  readonly data?: string | undefined
  /** A model folder; overrides the recipe's. */
  readonly model?: string | undefined
  /** Where to train; `auto` measures. Default: the CPU. */
  readonly device?: TrainingDevice | undefined
  readonly measure: RankingMeasure
  readonly kernels: OptimizerKernel
  readonly control: RunControl
  readonly emit: (event: TrainingEvent) => void
}

export interface RunResult {
  readonly steps: number
  readonly seconds: number
  /** Dev nDCG@10 of the finished model, null without a dev set. */
  readonly bestMetric: number | null
  readonly checkpoint: string
  readonly model: string
}

/** Where a run that is prepared stands. Made by `prepareRun`, also for estimates. */
export interface PreparedRun {
  readonly options: RunOptions
  readonly stages: readonly PlannedStage[]
  readonly base: string
  readonly data: RunData
  readonly prepared: PreparedData
  readonly store: CheckpointStore
  /** Estimates take every stage from the base model. */
  readonly fromBase?: boolean
}

/** Reads recipe, data and model; makes the random model where the recipe asks for one. */
export async function prepareRun(options: RunOptions): Promise<PreparedRun> {
  const { recipe, folder } = options
  const root = options.data ?? recipe.data
  if (root === undefined)
    throw recipeError(`recipe ${recipe.name} names no data. Give a data set: --dataset FILE.jsonl or a folder of them.`)
  await mkdir(folder, { recursive: true })
  const stages = plannedStages(recipe)
  const data = await readRunData(root, stages)
  const base = await baseModel(options, data)
  const modelFolder = await openModelFolder(base)
  const tokenizer = await loadTokenizer(modelFolder.root)
  const prepared = await prepareData(data, modelFolder, tokenizer, recipe, join(folder, 'cache'))
  const belongsTo: BelongsTo = {
    recipe: createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16),
    model: await modelId(modelFolder),
    data: data.id,
  }
  return { options, stages, base, data, prepared, store: new CheckpointStore(join(folder, 'checkpoint'), belongsTo) }
}

/**
 * Runs a recipe, or goes on with the checkpoint that its folder holds: with the same machine and threads bit for bit as if it had never
 * been interrupted.
 *
 * @throws Paused when a pause was asked for; TrainingError for everything a person can mend
 */
export function runTraining(options: RunOptions): Promise<RunResult> {
  return writingTo(options.folder, () => runStages(options))
}

async function runStages(options: RunOptions): Promise<RunResult> {
  const started = performance.now()
  const run = await prepareRun(options)
  const { stages, store, prepared } = run
  const { emit, folder, control } = options
  emit({ kind: 'data', facts: dataFacts(run) })
  if (prepared.truncated > 0)
    emit({
      kind: 'note',
      level: 'warning',
      text: `${prepared.truncated} texts are longer than ${prepared.maxTokens} tokens and were cut.`,
    })
  const resumed = (await store.read()) ?? startOf(0)
  const reports: StageReport[] = await readReports(folder, resumed.stage)
  for (let index = resumed.stage; index < stages.length && !(control.finishing && index > resumed.stage); index++) {
    const state = index === resumed.stage ? resumed : startOf(index)
    reports.push(await runStage(run, index, state))
    await writeFile(join(folder, 'stages.json'), `${JSON.stringify(reports, null, 1)}\n`)
    await store.beginStage(index + 1)
  }
  const model = join(folder, 'model')
  await finish(run, stageFolder(run, reports.length), model, reports)
  const last = reports.findLast(({ after }) => after !== null)
  return {
    steps: reports.reduce((sum, report) => sum + report.steps, 0),
    seconds: (performance.now() - started) / 1000,
    bestMetric: last?.after?.mean ?? null,
    checkpoint: store.folder,
    model,
  }
}

function dataFacts({ data, prepared }: PreparedRun): TrainingDataFacts {
  const sets = [...data.sets.values()].map(({ name, examples }) => ({
    name,
    examples: examples.length,
    byIntent: countBy(examples.map(({ intent }) => intent)),
  }))
  return {
    ...{ id: data.id, sets, devQueries: prepared.dev.queries.length },
    examples: [...prepared.sets.values()].reduce((sum, { examples }) => sum + examples.length, 0),
    ...{ texts: prepared.texts.count, truncated: prepared.truncated },
  }
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Trains stage `index` and writes its model folder. */
async function runStage(run: PreparedRun, index: number, state: StageState): Promise<StageReport> {
  const { options, stages } = run
  const { recipe, emit } = options
  const { name, settings } = stages[index]!
  const { trainer, model } = await openStage(run, index, state)
  const result = await trainer.run()
  const verdict = gateOf(settings, result)
  if (verdict) emit({ kind: 'gate', stage: index, ...verdict })
  // Rolled back: the weights the stage began with, in the same form of folder.
  const kept = verdict?.passed === false ? await openModel(run, index) : model
  await writeModelFolder(kept, stageFolder(run, index + 1), { maxTokens: recipe.maxTokens })
  const after = verdict?.passed === false ? result.baseline : result.best
  return { name, steps: result.steps, before: result.baseline, after, rolledBack: verdict?.passed === false }
}

/** Opens a stage's model and everything that trains it. */
export async function openStage(
  run: PreparedRun,
  index: number,
  state: StageState,
): Promise<{ readonly trainer: StageTrainer; readonly model: TrainableModel }> {
  const { options, stages, prepared, store } = run
  const { recipe, measure, kernels, control, emit, folder } = options
  const { name, settings } = stages[index]!
  const model = await openModel(run, index)
  const tokenizer = await loadTokenizer(model.folder.root)
  const isAdaptation = settings.kind === 'adaptation'
  const makeTask = taskMaker(run, index)
  const stage = { model, recipe, settings, tokenizer }
  const chosen = await chooseEngine({
    ...{ model, recipe, stage: settings, kernels, folder, wanted: options.device ?? 'cpu', before: state.device },
    makeTask: (engine) => makeTask(trialSetting(taskSetting({ ...stage, engine }, state))),
  })
  const choice = choiceInWords(chosen)
  if (choice !== undefined) emit({ kind: 'note', level: 'info', text: `${name}: ${choice}` })
  const { engine } = chosen
  const trainer = new StageTrainer(
    {
      ...stage,
      name,
      engine,
      makeTask,
      dev: isAdaptation ? undefined : { set: prepared.dev, texts: prepared.texts, measure },
      patience: settings.kind === 'instruction' ? settings.patience : undefined,
      store,
      control,
      emit,
    },
    state,
  )
  return { trainer, model }
}

/** The model a stage begins with. */
async function openModel(run: PreparedRun, index: number): Promise<TrainableModel> {
  const { recipe } = run.options
  const { settings } = run.stages[index]!
  const folder = await openModelFolder(stageFolder(run, index))
  return TrainableModel.open(folder, {
    tuning: tuningOf(settings, folder),
    maxTokens: recipe.maxTokens,
    seed: recipe.seed + index,
    ...(settings.kind === 'adaptation' ? { attention: 'bidirectional', alsoTrains: languageModelHead(folder) } : {}),
  })
}

function taskMaker(
  { stages, data, prepared, options }: PreparedRun,
  index: number,
): (setting: TaskSetting) => StageTask {
  const { settings, alpha, name } = stages[index]!
  if (settings.kind === 'adaptation') {
    const texts = prepared.plainTexts.get(index) ?? prepared.passages
    return (setting) => adaptationTask(texts, { rate: settings.maskRate, maskToken: settings.maskToken }, setting)
  }
  const all = stageData(prepared, data.filesOf[index]!)
  const levels = all.sets.map((set) => (alpha === undefined ? { set, dropped: 0 } : atLevel(set, alpha)))
  const dropped = levels.reduce((sum, level) => sum + level.dropped, 0)
  if (dropped > 0)
    options.emit({
      kind: 'note',
      level: 'info',
      text: `${name}: ${dropped} examples have no negative below this level and are left out.`,
    })
  const ofLevel = { ...all, sets: levels.map(({ set }) => set) }
  return (setting) => contrastiveTask(ofLevel, objectiveOf(settings), setting)
}

/** Whether a stage may count: only stages with a dev set have a say, and only stage 3 has limits by intent. */
function gateOf(
  settings: PlannedStage['settings'],
  { baseline, best, bestStep }: StageResult,
): { readonly passed: boolean; readonly reason: string } | undefined {
  if (!baseline || !best || settings.kind === 'adaptation') return undefined
  if (bestStep === 0) return { passed: false, reason: `no step was better than ${baseline.mean.toFixed(4)}` }
  if (settings.kind === 'contrastive') return undefined
  const { maxDrop, maxIntentDrop } = settings.gate
  if (best.mean < baseline.mean - maxDrop)
    return { passed: false, reason: `the mean fell from ${baseline.mean.toFixed(4)} to ${best.mean.toFixed(4)}` }
  for (const [intent, before] of Object.entries(baseline.byIntent)) {
    const after = best.byIntent[intent as keyof DevScores['byIntent']]!
    if (after < before - maxIntentDrop)
      return { passed: false, reason: `${intent} fell from ${before.toFixed(4)} to ${after.toFixed(4)}` }
  }
  return { passed: true, reason: `the mean rose from ${baseline.mean.toFixed(4)} to ${best.mean.toFixed(4)}` }
}

/** The model a stage starts from: 0 is the run's base. */
export function stageFolder({ options, base, fromBase }: PreparedRun, index: number): string {
  return index === 0 || fromBase ? base : join(options.folder, 'stages', String(index))
}

async function baseModel({ recipe, folder, model }: RunOptions, data: RunData): Promise<string> {
  const wanted = model ?? recipe.model
  if (wanted === undefined)
    throw recipeError(`recipe ${recipe.name} names no model. Give one: --model ID or a model folder.`)
  if (typeof wanted === 'string') return wanted
  const base = join(folder, 'base')
  if (!(await stat(join(base, 'config.json')).catch(() => undefined)))
    await writeRandomModel(base, wanted, textsOf(data), { maxTokens: recipe.maxTokens, seed: recipe.seed })
  return base
}

function* textsOf({ sets, plainTexts }: RunData): Generator<string> {
  for (const { examples } of sets.values())
    for (const { query, positives, negatives } of examples) yield* [query, ...positives, ...negatives]
  for (const texts of plainTexts.values()) yield* texts
}

/** Hash of what a model folder says and weighs. */
async function modelId({ source, json }: ModelFolder): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(json))
  if (source.kind !== 'onnx') {
    for (const file of source.weights.files) hash.update((await describeFile('', file)).sha256)
  }
  return hash.digest('hex').slice(0, 16)
}

async function readReports(folder: string, stages: number): Promise<StageReport[]> {
  const text = await readFile(join(folder, 'stages.json'), 'utf8').catch(() => '[]')
  return (JSON.parse(text) as StageReport[]).slice(0, stages)
}

/** The last stage's folder under its final name, with its card. */
async function finish(
  { options, data, store }: PreparedRun,
  from: string,
  to: string,
  reports: readonly StageReport[],
): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
  const weights = await describeFile(to, 'model.safetensors').catch(() => undefined)
  await writeFile(
    join(to, 'README.md'),
    modelCard({ recipe: options.recipe, data, reports, belongsTo: store.belongsTo, weights }),
  )
}
