import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { TrainingDevice } from '../../contracts/training.ts'
import type { JobRecord, TrainingRunRecord } from '../../storage/index.ts'
import {
  CRASHED,
  estimateInWorker,
  exportForCluster,
  folderGone,
  isResumable,
  TRAINING_ERROR,
  type RunEstimate,
  type TrainResult,
} from '../../training/index.ts'
import type { Library } from '../library.ts'
import { ModelDesk } from '../model-desk.ts'
import { asWorkbenchError, resolvedRequest, TrainingInputs, type TrainingRequest } from './training-inputs.ts'

export interface NewRunOptions {
  readonly name?: string | undefined
  readonly tags?: readonly string[]
  readonly notes?: string
  /** Folder for TensorBoard event files. */
  readonly tensorBoard?: string | undefined
}

export interface ResumeOptions {
  readonly tensorBoard?: string | undefined
  /** Left out: as before. */
  readonly device?: TrainingDevice | undefined
}

/** A run and the job that works on it. */
export interface StartedRun {
  readonly run: TrainingRunRecord
  readonly jobId: number
}

/** What people do with training runs of one library. */
export class TrainingDesk {
  readonly inputs: TrainingInputs
  readonly #library: Library

  constructor(library: Library) {
    this.inputs = new TrainingInputs(library)
    this.#library = library
  }

  /** @throws WorkbenchError NOT_FOUND. */
  require(id: number): TrainingRunRecord {
    const run = this.#library.repositories.trainingRuns.byId(id)
    if (!run) throw new WorkbenchError('NOT_FOUND', said`There is no training run ${id} any more.`)
    return run
  }

  /** The newest job of a run; undefined where there is none any more. */
  jobOf(run: TrainingRunRecord): JobRecord | undefined {
    return run.jobId === null ? undefined : this.#library.repositories.jobs.byId(run.jobId)
  }

  /** Queues a new run. @throws WorkbenchError BAD_INPUT, NO_MODEL. */
  async start(asked: TrainingRequest, options: NewRunOptions = {}): Promise<StartedRun> {
    this.#library.requireWritable()
    const request = resolvedRequest(asked)
    const { recipe } = request
    const model = this.inputs.modelOf(request)
    const data = await this.inputs.dataOf(request).catch(rethrown)
    const { trainingRuns } = this.#library.repositories
    const run = trainingRuns.add(
      {
        ...{ name: options.name ?? recipe.name, recipe, data: data.path, dataName: data.name },
        ...{ model: model?.path ?? null, tags: options.tags ?? [], notes: options.notes ?? '' },
        device: request.device ?? 'auto',
        ...(model?.id === undefined ? {} : { modelName: model.id }),
        ...(data.lineage === undefined ? {} : { lineage: data.lineage }),
      },
      (id) => join(this.#trainingFolder, `${this.#library.name}-${id}-${recipe.name}`),
    )
    await rm(run.folder, { recursive: true, force: true })
    return { run, jobId: this.#enqueue(run.id, options.tensorBoard) }
  }

  pause(id: number): void {
    this.#library.requireWritable()
    const job = this.jobOf(this.require(id))
    if (job?.state === 'queued' || job?.state === 'running') this.#library.queue.pause(job.id)
  }

  /**
   * Queues an unfinished run again, from its last checkpoint.
   * @throws WorkbenchError NOT_FOUND, BAD_INPUT when it cannot go on.
   */
  resume(id: number, { tensorBoard, device }: ResumeOptions = {}): StartedRun {
    this.#library.requireWritable()
    const run = this.require(id)
    if (run.result !== null)
      throw new WorkbenchError('BAD_INPUT', said`Run ${id} (${run.name}) has ended. Start a new one.`)
    const checkpoint = this.#library.repositories.trainingRuns.checkpoint(id)
    if (checkpoint && !existsSync(checkpoint.folder))
      throw new WorkbenchError('BAD_INPUT', folderGone(run, checkpoint.folder))
    // After NaN the same step fails again, but the best step before it can still be made a model of.
    const endsHere = run.stoppedEarly && run.failure?.code === TRAINING_ERROR.nan
    if (run.failure && !isResumable(run.failure) && !endsHere)
      throw new WorkbenchError('BAD_INPUT', run.failure.message)
    if (device !== undefined) this.#library.repositories.trainingRuns.update(id, { device })
    const job = this.jobOf(run)
    const isWaiting = job && (job.state === 'queued' || job.state === 'running' || job.state === 'paused')
    if (isWaiting && tensorBoard === undefined) return { run, jobId: this.#library.queue.resume(job.id).id }
    if (isWaiting) this.#library.queue.cancel(job.id)
    return { run, jobId: this.#enqueue(id, tensorBoard) }
  }

  /**
   * Ends a run here and makes the model of its best step, whether it runs, is paused or has failed.
   * @throws WorkbenchError BAD_INPUT for one that has ended or has taken no step.
   */
  stop(id: number): void {
    this.#library.requireWritable()
    const run = this.require(id)
    const { trainingRuns, trainingPoints } = this.#library.repositories
    if (run.result !== null) throw new WorkbenchError('BAD_INPUT', said`"${run.name}" has ended already.`)
    if (!trainingPoints.last(id))
      throw new WorkbenchError(
        'BAD_INPUT',
        said`"${run.name}" has taken no step yet: there is no model to keep. Delete it.`,
      )
    // Kept, so that a run that is interrupted now does not train on when it is taken up again.
    trainingRuns.update(id, { stoppedEarly: true })
    if (this.#library.training.finishEarly(id)) return
    try {
      this.resume(id)
    } catch (error) {
      trainingRuns.update(id, { stoppedEarly: false })
      throw error
    }
  }

  /** Deletes a run with its folder. */
  async remove(id: number): Promise<void> {
    this.#library.requireWritable()
    const run = this.require(id)
    const job = this.jobOf(run)
    this.#library.repositories.trainingRuns.remove(id)
    if (job) this.#library.queue.cancel(job.id)
    await this.#library.training.abandon(id)
    // A folder that a foreign library names is not ours to delete.
    if (run.folder.startsWith(this.#trainingFolder + sep)) await rm(run.folder, { recursive: true, force: true })
  }

  /**
   * Installs the model that a run made, and lets search use it.
   * @returns the model's id, and the job that builds its index.
   * @throws WorkbenchError BAD_INPUT when there is no model; MODEL_INVALID.
   */
  async promote(id: number, options: { modelId?: string | undefined; use: boolean }) {
    this.#library.requireWritable()
    const run = this.require(id)
    const { models, repositories } = this.#library
    const known = run.modelId === null ? undefined : models.registry.find(run.modelId)
    const wanted = options.modelId ?? (known ? known.id : this.#freeModelId(run))
    const output = outputOf(run)
    if (known?.id !== wanted || known.problem !== undefined) {
      if (!output) throw new WorkbenchError('BAD_INPUT', said`"${run.name}" has not ended: there is no model yet.`)
      if (!existsSync(output))
        throw new WorkbenchError(
          'BAD_INPUT',
          said`${output} is gone: somebody deleted the model of "${run.name}". Start a new run.`,
        )
      const model = await models.registry.import(output, { id: wanted, name: wanted })
      repositories.trainingRuns.update(id, { modelId: model.id })
    }
    return { modelId: wanted, jobId: options.use ? (new ModelDesk(this.#library).use(wanted) ?? null) : null }
  }

  /** Measures what a run would cost, in a process of its own. @throws WorkbenchError CANCELLED when the signal aborts. */
  async estimate(asked: TrainingRequest, signal?: AbortSignal): Promise<RunEstimate> {
    const request = resolvedRequest(asked)
    const { recipe } = request
    const folder = join(this.#trainingFolder, `.estimate-${process.pid}-${nextEstimate++}`)
    try {
      const model = this.inputs.modelOf(request)?.path
      const data = (await this.inputs.dataOf(request)).path
      const task = { recipe, folder, data, model, device: request.device ?? 'auto' }
      return await estimateInWorker(this.#library.platform.launcher, task, signal)
    } catch (error) {
      throw asWorkbenchError(error)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Writes data and launch scripts for a cluster. @returns how many examples were written. */
  async exportForCluster(request: TrainingRequest, folder: string): Promise<number> {
    const { recipe } = request
    const model = request.model ?? (typeof recipe.model === 'string' ? recipe.model : undefined)
    if (model === undefined)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`Name the backbone as the cluster knows it: --model Qwen/Qwen3-4B, say.`,
      )
    const data = await this.inputs.dataOf(request)
    return exportForCluster({ recipe, data: data.path, model, folder: resolve(folder) }).catch(rethrown)
  }

  get #trainingFolder(): string {
    return join(this.#library.platform.paths.data, 'training')
  }

  #enqueue(runId: number, tensorBoard: string | undefined): number {
    const params = { runId, ...(tensorBoard === undefined ? {} : { tensorBoard: resolve(tensorBoard) }) }
    this.#library.repositories.trainingRuns.update(runId, { failure: null })
    const jobId = this.#library.queue.enqueue('train', params).id
    this.#library.repositories.trainingRuns.update(runId, { jobId })
    return jobId
  }

  /** The run's name as an id, with a number behind it where that is taken. */
  #freeModelId(run: TrainingRunRecord): string {
    const plain = run.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/gu, '-')
      .replaceAll(/^-+|-+$/gu, '')
      .slice(0, 50)
    const base = plain === '' ? `run-${run.id}` : plain
    const { registry } = this.#library.models
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`
      if (!registry.find(id)) return id
    }
  }
}

let nextEstimate = 1

/** Folder of the model that a run made; undefined before it ended. */
export function outputOf({ result }: TrainingRunRecord): string | undefined {
  return (result as Pick<TrainResult, 'model'> | null)?.model
}

/** What a run that has no result is about to do, from its job and how its last process ended. */
export function stateOf(run: TrainingRunRecord, job: JobRecord | undefined) {
  if (run.result !== null) return 'done'
  if (job?.state === 'queued') return 'waiting'
  if (job?.state === 'running') return 'running'
  if (run.failure) return run.failure.code === CRASHED ? 'interrupted' : 'failed'
  return job?.state === 'paused' || job?.state === 'cancelled' ? 'paused' : 'interrupted'
}

function rethrown(error: unknown): never {
  throw asWorkbenchError(error)
}
