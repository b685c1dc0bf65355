import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import type { WorkerExit, WorkerLauncher, WorkerProcess } from '../../platform/worker-launcher.ts'
import type {
  RunFailure,
  TrainingEventRepository,
  TrainingPointRepository,
  TrainingRunRecord,
  TrainingRunRepository,
} from '../../storage/index.ts'
import type { Recipe } from '../recipe.ts'
import type { RunResult } from '../run/training-run.ts'
import type { EngineDevice } from '../engine/training-engine.ts'
import { TRAINING_ERROR } from '../training-error.ts'
import { EventRecorder, type RecorderParts } from './event-recorder.ts'
import type { TrainFailure, TrainReply, TrainRequest } from './protocol.ts'

export interface TrainParams {
  readonly runId: number
  readonly tensorBoard?: string
}

/** What a caller of `dmr train` gets. */
export interface TrainResult extends RunResult {
  readonly run: number
}

export interface TrainJobParts {
  readonly launcher: WorkerLauncher
  readonly runs: TrainingRunRepository
  readonly points: TrainingPointRepository
  readonly events: TrainingEventRepository
  /** Tells the person who is not looking; left out: nobody. */
  readonly notify?: RecorderParts['notify']
}

/** `RunFailure.code` of a process that died. */
export const CRASHED = 'CRASHED'

/** Writing a checkpoint of a large model takes this long at most; a process that is still there then is stuck. */
const PAUSE_GRACE_MS = 120_000

/** A training process under way. */
interface RunningTraining {
  readonly worker: WorkerProcess<TrainRequest, TrainReply>
  readonly exited: Promise<WorkerExit>
}

/** Trains in a process of its own. Interrupted for any reason, it goes on from the last checkpoint when it is run again. */
export class TrainJob implements JobHandler<TrainParams, TrainResult> {
  readonly kind = 'train'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #parts: TrainJobParts & RecorderParts
  readonly #running = new Map<number, RunningTraining>()
  readonly #listeners = new Set<(runId: number) => void>()

  constructor(parts: TrainJobParts) {
    this.#parts = { freeBytes: freeBytesOf, notify: () => {}, ...parts }
  }

  title({ runId }: TrainParams): Wording {
    return said`Train ${this.#parts.runs.byId(runId)?.name ?? said`run ${runId}`}`
  }

  /** Called after every event of a training process. @returns the function that ends it */
  onEvent(listener: (runId: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Ends a running training after its current step and keeps the best model so far. @returns whether it was running here */
  finishEarly(runId: number): boolean {
    const running = this.#running.get(runId)
    running?.worker.post({ kind: 'stop', request: 'finish' })
    return running !== undefined
  }

  /** Ends the process of a run without a checkpoint and waits until it is gone. */
  async abandon(runId: number): Promise<void> {
    const running = this.#running.get(runId)
    running?.worker.kill()
    await running?.exited
  }

  async run(context: JobContext<TrainParams>): Promise<TrainResult> {
    const { params } = context
    const run = this.#parts.runs.byId(params.runId)
    if (!run) throw new WorkbenchError('NOT_FOUND', said`There is no training run ${params.runId} any more.`)
    this.#parts.runs.update(run.id, { failure: null, jobId: context.jobId })
    const recorder = new EventRecorder(this.#parts, run, context)
    const checkpoint = this.#parts.runs.checkpoint(run.id)
    try {
      if (checkpoint && !existsSync(checkpoint.folder))
        throw new RunEnded(TRAINING_ERROR.folder, String(folderGone(run, checkpoint.folder)))
      recorder.log({
        kind: 'state',
        level: 'info',
        text: checkpoint ? said`Resumed from the last checkpoint.` : said`Started.`,
      })
      const result = { run: run.id, ...(await this.#train(run, context, recorder)) }
      recorder.flush()
      this.#parts.runs.setResult(run.id, result)
      const quality =
        result.bestMetric === null ? '' : said` nDCG@10 on held-out queries: ${result.bestMetric.toFixed(4)}.`
      recorder.log({ kind: 'state', level: 'good', text: said`Done: the model is ready.${quality}` })
      this.#parts.notify({ title: run.name, body: String(said`Training is done.${quality}`) })
      return result
    } catch (error) {
      throw this.#ended(run, recorder, error)
    } finally {
      this.#changed(run.id)
    }
  }

  #train(
    run: TrainingRunRecord,
    { params, signal }: JobContext<TrainParams>,
    recorder: EventRecorder,
  ): Promise<RunResult> {
    const worker = this.#parts.launcher.launch<TrainRequest, TrainReply>('train', { label: `dmr train ${run.name}` })
    const exited = new Promise<WorkerExit>((resolve) => worker.onExit(resolve))
    this.#running.set(run.id, { worker, exited })
    let grace: NodeJS.Timeout | undefined
    const pause = (): void => {
      worker.post({ kind: 'stop', request: 'pause' })
      grace = setTimeout(() => worker.kill(), PAUSE_GRACE_MS)
    }
    signal.addEventListener('abort', pause, { once: true })
    return new Promise<RunResult>((resolve, reject) => {
      worker.onMessage((reply) => {
        switch (reply.kind) {
          case 'ready':
            worker.post({
              kind: 'start',
              task: {
                ...{ recipe: run.recipe as Recipe, folder: run.folder, data: run.data, model: run.model ?? undefined },
                device: this.#parts.runs.byId(run.id)!.device,
                ...{ tensorBoard: params.tensorBoard, finish: this.#parts.runs.byId(run.id)!.stoppedEarly },
              },
            })
            return
          case 'event':
            try {
              recorder.record(reply.event)
              return this.#changed(run.id)
            } catch (error) {
              reject(error as Error) // A full disk, say: what cannot be kept must not go on.
              break
            }
          case 'done':
            resolve(reply.result)
            break
          case 'paused':
            reject(new RunPaused(`"${run.name}" was paused. Resume it to go on where it was.`))
            break
          case 'failed':
            reject(new RunEnded(reply.code, reply.message))
        }
        worker.kill()
      })
      // After an answer this rejects a promise that is settled already.
      void exited.then((exit) => reject(new RunEnded(CRASHED, howItDied(exit, recorder.device))))
    }).finally(() => {
      clearTimeout(grace)
      signal.removeEventListener('abort', pause)
      this.#running.delete(run.id)
    })
  }

  /** Keeps how a run ended without a result. @returns what the job fails with */
  #ended(run: TrainingRunRecord, recorder: EventRecorder, error: unknown): unknown {
    if (!this.#parts.runs.byId(run.id)) return new WorkbenchError('CANCELLED', said`"${run.name}" was deleted.`)
    recorder.flush()
    if (error instanceof RunPaused) {
      recorder.log({ kind: 'state', level: 'info', text: said`Paused.` })
      return new WorkbenchError('CANCELLED', error.message)
    }
    const { code, message } =
      error instanceof RunEnded
        ? error
        : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
    this.#parts.runs.update(run.id, { failure: { code, message } })
    recorder.log({ kind: 'state', level: code === CRASHED ? 'warning' : 'error', text: message })
    this.#parts.notify({ title: run.name, body: message })
    return error instanceof RunEnded ? new WorkbenchError(codeOf(error.code), message) : error
  }

  #changed(runId: number): void {
    for (const listener of this.#listeners) listener(runId)
  }
}

class RunPaused extends Error {
  override readonly name = 'RunPaused'
}

class RunEnded extends Error {
  override readonly name = 'RunEnded'
  readonly code: TrainFailure['code'] | typeof CRASHED

  constructor(code: TrainFailure['code'] | typeof CRASHED, message: string) {
    super(message)
    this.code = code
  }
}

/** Whether resuming may help: the rest fails again in the same way, or has nothing to go on from. */
export function isResumable({ code }: RunFailure): boolean {
  const final: readonly string[] = [TRAINING_ERROR.nan, TRAINING_ERROR.checkpoint, TRAINING_ERROR.folder]
  return !final.includes(code)
}

export function folderGone(run: Pick<TrainingRunRecord, 'name'>, folder: string): Wording {
  return said`${folder} is gone, and with it the checkpoint of "${run.name}". Start a new run with the same recipe; this one can only be deleted.`
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function howItDied({ code, signal, stderrTail }: WorkerExit, device: EngineDevice | undefined): string {
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
  const advice =
    device === undefined || device === 'cpu'
      ? 'If memory ran out, lower microbatchTokens or set plan to "layer-wise".'
      : 'It trained on the graphics card: if it happens again, train on the processor (device "cpu").'
  return `The training process ${how}${lastLine(stderrTail)} The last checkpoint is kept: resume the run. ${advice}`
}

function codeOf(code: RunEnded['code']): 'BAD_INPUT' | 'MODEL_INVALID' | 'DISK_FULL' | 'INTERNAL' {
  switch (code) {
    case 'TRAINING_DATA':
    case 'TRAINING_RECIPE':
    case 'TRAINING_DEVICE':
    case 'TRAINING_CHECKPOINT':
    case 'TRAINING_FOLDER':
      return 'BAD_INPUT'
    case 'TRAINING_MODEL':
    case 'MODEL':
      return 'MODEL_INVALID'
    case 'TRAINING_DISK':
      return 'DISK_FULL'
    default:
      return 'INTERNAL'
  }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)
  return line ? ` (${line}).` : '.'
}
