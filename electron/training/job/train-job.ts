import { WorkbenchError } from '../../contracts/errors.ts'
import type { JobContext, JobHandler, ProgressUpdate } from '../../jobs/index.ts'
import type { WorkerLauncher, WorkerProcess } from '../../platform/worker-launcher.ts'
import type { MetricRow, TrainingRunRepository } from '../../storage/index.ts'
import type { Recipe } from '../recipe.ts'
import type { StepEvent, TrainingEvent } from '../run/events.ts'
import type { RunResult } from '../run/training-run.ts'
import type { TrainReply, TrainRequest } from './protocol.ts'

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
}

/** Writing a checkpoint of a large model takes this long at most; a process that is still there then is stuck. */
const PAUSE_GRACE_MS = 120_000
/** Steps are stored at this pace, in one transaction. */
const STORE_EVERY_MS = 500

/** Trains in a process of its own. Interrupted for any reason, it goes on from the last checkpoint when it is run again. */
export class TrainJob implements JobHandler<TrainParams, TrainResult> {
  readonly kind = 'train'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #parts: TrainJobParts
  readonly #running = new Map<number, WorkerProcess<TrainRequest, TrainReply>>()

  constructor(parts: TrainJobParts) {
    this.#parts = parts
  }

  title({ runId }: TrainParams): string {
    return `Train ${this.#parts.runs.byId(runId)?.name ?? `run ${runId}`}`
  }

  /** Ends a running training after its current step and keeps the best model so far. @returns whether it was running here */
  finishEarly(runId: number): boolean {
    const worker = this.#running.get(runId)
    worker?.post({ kind: 'stop', request: 'finish' })
    return worker !== undefined
  }

  run(context: JobContext<TrainParams>): Promise<TrainResult> {
    const { params, signal } = context
    const run = this.#parts.runs.byId(params.runId)
    if (!run) throw new WorkbenchError('NOT_FOUND', `There is no training run ${params.runId} any more.`)
    const recorder = new EventRecorder(this.#parts.runs, context)
    const worker = this.#parts.launcher.launch<TrainRequest, TrainReply>('train', { label: `dmr train ${run.name}` })
    this.#running.set(run.id, worker)
    let grace: NodeJS.Timeout | undefined
    const pause = (): void => {
      worker.post({ kind: 'stop', request: 'pause' })
      grace = setTimeout(() => worker.kill(), PAUSE_GRACE_MS)
    }
    signal.addEventListener('abort', pause, { once: true })
    return new Promise<TrainResult>((resolve, reject) => {
      worker.onMessage((reply) => {
        switch (reply.kind) {
          case 'ready':
            worker.post({
              kind: 'start',
              task: {
                recipe: run.recipe as Recipe,
                folder: run.folder,
                data: run.data,
                model: run.model ?? undefined,
                tensorBoard: params.tensorBoard,
              },
            })
            return
          case 'event':
            return recorder.record(reply.event)
          case 'done': {
            const result = { run: run.id, ...reply.result }
            this.#parts.runs.setResult(run.id, result)
            resolve(result)
            break
          }
          case 'paused':
            reject(new WorkbenchError('CANCELLED', `"${run.name}" was paused. Resume it to go on where it was.`))
            break
          case 'failed':
            reject(new WorkbenchError(codeOf(reply.code), reply.message))
        }
        worker.kill()
      })
      worker.onExit(({ code, signal: by, stderrTail }) => {
        // After an answer this rejects a promise that is settled already.
        const how = by ? `was ended by ${by}` : `ended with code ${code}`
        reject(
          new WorkbenchError(
            'INTERNAL',
            `The training process ${how}${lastLine(stderrTail)} The last checkpoint is kept: resume the run. If memory ran out, lower microbatchTokens or set plan to "layer-wise".`,
          ),
        )
      })
    }).finally(() => {
      clearTimeout(grace)
      signal.removeEventListener('abort', pause)
      this.#running.delete(run.id)
      recorder.flush()
    })
  }
}

/** Puts events into the library and onto the job's card. */
class EventRecorder {
  readonly #runs: TrainingRunRepository
  readonly #context: JobContext<TrainParams>
  readonly #stages = new Map<number, { readonly name: string; readonly steps: number; done: number }>()
  #pending: MetricRow[] = []
  #storedAt = 0

  constructor(runs: TrainingRunRepository, context: JobContext<TrainParams>) {
    this.#runs = runs
    this.#context = context
  }

  record(event: TrainingEvent): void {
    const { runId } = this.#context.params
    switch (event.kind) {
      case 'stage':
        this.#stages.set(event.stage, { name: event.name, steps: event.steps, done: 0 })
        this.#runs.setStage(runId, event)
        return
      case 'step':
        this.#pending.push(toRow(event))
        this.#progress(event)
        if (Date.now() - this.#storedAt >= STORE_EVERY_MS) this.flush()
        return
      case 'evaluation':
        this.#runs.addEvaluation(runId, { ...event, isBest: event.best })
        return
      case 'checkpoint':
        this.flush()
        this.#runs.setCheckpoint(runId, event)
        return
      case 'gate':
        this.#runs.setGate(runId, event.stage, event.passed, event.reason)
        this.#context.log(
          event.passed ? 'info' : 'warning',
          `${event.passed ? 'Kept' : 'Rolled back'}: ${event.reason}.`,
        )
        return
      case 'note':
        this.#context.log(event.level, event.text)
    }
  }

  flush(): void {
    this.#storedAt = Date.now()
    if (this.#pending.length > 0) this.#runs.addMetrics(this.#context.params.runId, this.#pending)
    this.#pending = []
  }

  #progress({ stage, step, loss }: StepEvent): void {
    const current = this.#stages.get(stage)
    if (current) current.done = step
    const update: ProgressUpdate = {
      stages: [...this.#stages.values()].map(({ name, steps, done }) => ({ name, unit: 'steps', done, total: steps })),
      current: `loss ${loss.toFixed(3)}`,
    }
    this.#context.report(update)
  }
}

function toRow({ kind: _, positiveSimilarity, hardestNegativeSimilarity, ...values }: StepEvent): MetricRow {
  const known = (value: number) => (Number.isFinite(value) ? value : null)
  return { ...values, positive: known(positiveSimilarity), hardest: known(hardestNegativeSimilarity) }
}

function codeOf(
  code: Extract<TrainReply, { kind: 'failed' }>['code'],
): 'BAD_INPUT' | 'MODEL_INVALID' | 'DISK_FULL' | 'INTERNAL' {
  switch (code) {
    case 'TRAINING_DATA':
    case 'TRAINING_RECIPE':
    case 'TRAINING_CHECKPOINT':
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
