// Where a stage is trained: on the device a person named, or on the one that takes its first step fastest.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { TrainingDevice } from '../../contracts/training.ts'
import { type DeviceReport, firstLine, openOnDevice, secondRun, type Trial } from '../../ml/session/choose-device.ts'
import { installedDevices } from '../../ml/session/ort-session.ts'
import { adamWDefaults, type OptimizerKernel } from '../../ml/optim/index.ts'
import { deviceProblem } from '../engine/device-tensors.ts'
import type { EncoderPlan } from '../engine/encoder-plan.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import {
  CpuEngine,
  DeviceEngine,
  type EngineDevice,
  type EngineSettings,
  type TrainingEngine,
} from '../engine/training-engine.ts'
import type { Recipe, RecipeStage } from '../recipe.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import type { StageTask, TaskSetting } from './stage-task.ts'

export interface EngineRequest {
  readonly model: TrainableModel
  readonly recipe: Recipe
  readonly stage: RecipeStage
  readonly kernels: OptimizerKernel
  readonly wanted: TrainingDevice
  /** Where the stage was trained before it was interrupted: `auto` stays there if it can. */
  readonly before: EngineDevice | undefined
  /** A small task on an engine, for trials. */
  readonly makeTask: (engine: TrainingEngine) => StageTask
  /** The run's folder. */
  readonly folder: string
}

export interface ChosenEngine {
  readonly engine: TrainingEngine
  /** What was found out about devices on the way there; empty when nothing was tried. */
  readonly reports: readonly DeviceReport[]
}

const GPU = 'webgpu'

/** Above this many parameters the CPU takes the layer-wise plan unless the recipe says otherwise. */
const MONOLITHIC_LIMIT = 150_000_000

function cpuPlan({ folder, definition }: TrainableModel, { plan }: Recipe): EncoderPlan['name'] {
  if (plan !== 'auto') return plan
  const bytes = folder.source.kind === 'onnx' ? 0 : folder.source.weights.bytes
  return bytes / 4 <= MONOLITHIC_LIMIT || definition.model.kind === 'static' ? 'monolithic' : 'layer-wise'
}

/** @throws TrainingError `TRAINING_DEVICE` when the device that was asked for by name cannot be used */
export async function chooseEngine(request: EngineRequest): Promise<ChosenEngine> {
  const { model, recipe, stage, kernels, wanted, before, folder } = request
  const settings: EngineSettings = {
    adamW: { ...adamWDefaults, weightDecay: stage.weightDecay },
    plan: cpuPlan(model, recipe),
    threads: recipe.threads,
    kernels,
    momentsFile: join(folder, 'moments'),
  }
  const preferred = wanted === 'auto' ? (before ?? 'auto') : wanted
  const problem = preferred === 'cpu' ? undefined : await gpuProblem(request)
  const open = (device: string): Promise<TrainingEngine> =>
    Promise.resolve(device === GPU ? new DeviceEngine(model, GPU, settings) : new CpuEngine(model, settings))
  const { runner, reports } = await openOnDevice(
    preferred,
    open,
    (engine) => tried(request, engine),
    preferred === 'cpu' || problem !== undefined ? [] : [GPU],
  )
  const found = problem === undefined ? reports : [{ device: GPU, reason: problem } as const]
  if (wanted === GPU && runner.device !== GPU) {
    await runner.release()
    const reason = found.find(({ device }) => device === GPU)?.reason ?? 'unknown reason'
    throw new TrainingError(
      TRAINING_ERROR.device,
      `The graphics card cannot train this model (${reason}). Update its driver, or train on the processor: device "cpu".`,
    )
  }
  return { engine: runner, reports: found }
}

/** Why no graphics card comes into question; undefined when one does. */
async function gpuProblem({ wanted, recipe, folder }: EngineRequest): Promise<string | undefined> {
  if (recipe.plan === 'layer-wise') return 'the recipe asks for the layer-wise plan, which runs on the processor only'
  if (!installedDevices().includes(GPU)) return `${GPU} is not part of this installation`
  if (wanted === 'auto' && existsSync(trialMark(folder))) return 'it ended the process when it was tried last'
  const error = await deviceProblem(GPU)
  return error === undefined ? undefined : firstLine(error)
}

/** The gradients of a small step; the engine is afterwards as it was. */
async function tried({ makeTask, folder }: EngineRequest, engine: TrainingEngine): Promise<Trial> {
  const task = makeTask(engine)
  const step = async () => {
    engine.clear()
    const { tokens } = await task.train(1)
    // Read by the clock too: a device works on while its results are not asked for.
    return { tokens, gradients: await engine.gradients() }
  }
  // A driver may end the process, and would do so again when the run is resumed.
  const mark = engine.device === GPU ? trialMark(folder) : undefined
  if (mark) writeFileSync(mark, '')
  try {
    const { result, seconds } = await secondRun(step)
    const values = result.gradients.slice()
    return { values, width: values.length, tokensPerSecond: result.tokens / seconds }
  } finally {
    engine.clear()
    await task.release()
    if (mark) rmSync(mark, { force: true })
  }
}

/** Queries of a trial step: a few microbatches. */
const TRIAL_BATCH = 16

/** A stage's task cut to what a trial needs. */
export function trialSetting(setting: Omit<TaskSetting, 'onMicrobatch'>): TaskSetting {
  return { ...setting, batch: Math.min(setting.batch, TRIAL_BATCH), onMicrobatch: () => setImmediate() }
}

const trialMark = (folder: string): string => join(folder, 'trying-graphics-card')

/** What a person should know of the choice; undefined when there was none. */
export function choiceInWords({ engine, reports }: ChosenEngine): string | undefined {
  const speed = (of: EngineDevice) => reports.find(({ device }) => device === of)?.tokensPerSecond
  const reason = reports.find(({ device }) => device === GPU)?.reason
  if (reason !== undefined) return `The graphics card is not used: ${reason}. Training on the processor.`
  const [cpu, gpu] = [speed('cpu'), speed(GPU)]
  if (!cpu || !gpu) return undefined
  const [fast, slow] = gpu > cpu ? [gpu / cpu, 'processor'] : [cpu / gpu, 'graphics card']
  const place = engine.device === GPU ? 'graphics card' : 'processor'
  return `Training on the ${place}: the ${slow === 'processor' ? 'graphics card' : 'processor'} takes a step ${fast.toFixed(1)} times as fast as the ${slow}.`
}
