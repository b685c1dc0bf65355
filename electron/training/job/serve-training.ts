// The training process: one run or one estimate, then it ends.
import { rm } from 'node:fs/promises'
import { ModelError } from '../../ml/models/model-error.ts'
import type { OptimizerKernel } from '../../ml/optim/index.ts'
import type { WorkerPort } from '../../platform/worker-port.ts'
import type { RankingMeasure } from '../data/dev-set.ts'
import { EventFile } from '../output/event-file.ts'
import { estimateRun } from '../run/estimate.ts'
import { Paused, RunControl } from '../run/run-control.ts'
import { prepareRun, runTraining } from '../run/training-run.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import type { EstimateTask, TrainReply, TrainRequest, TrainTask } from './protocol.ts'

export interface TrainingParts {
  readonly measure: RankingMeasure
  readonly kernels: OptimizerKernel
}

export function serveTraining(port: WorkerPort<TrainRequest, TrainReply>, parts: Promise<TrainingParts>): void {
  const control = new RunControl()
  port.onMessage((request) => {
    switch (request.kind) {
      case 'stop':
        return control.request(request.request)
      case 'start':
        return void train(port, request.task, control, parts).catch((error: unknown) =>
          port.post(failureOf(error, request.task.folder)),
        )
      case 'estimate':
        return void estimate(port, request.task, parts).catch((error: unknown) =>
          port.post(failureOf(error, request.task.folder)),
        )
    }
  })
  port.post({ kind: 'ready' })
}

async function train(
  port: WorkerPort<TrainRequest, TrainReply>,
  { tensorBoard, finish, ...task }: TrainTask,
  control: RunControl,
  parts: Promise<TrainingParts>,
): Promise<void> {
  if (finish) control.request('finish')
  const events = tensorBoard === undefined ? undefined : await EventFile.open(tensorBoard)
  const run = async (): Promise<TrainReply> => {
    const result = await runTraining({
      ...task,
      ...(await parts),
      control,
      emit: (event) => {
        port.post({ kind: 'event', event })
        events?.add(event)
      },
    })
    return { kind: 'done', result }
  }
  // The owner ends this process at the answer, so everything is written before it.
  const reply = await run()
    .catch((error: unknown): TrainReply =>
      error instanceof Paused ? { kind: 'paused' } : failureOf(error, task.folder),
    )
    .finally(() => events?.close())
  port.post(reply)
}

async function estimate(
  port: WorkerPort<TrainRequest, TrainReply>,
  task: EstimateTask,
  parts: Promise<TrainingParts>,
): Promise<void> {
  try {
    const run = await prepareRun({ ...task, ...(await parts), control: new RunControl(), emit: () => {} })
    port.post({ kind: 'estimated', estimate: await estimateRun(run) })
  } finally {
    await rm(task.folder, { recursive: true, force: true })
  }
}

function failureOf(error: unknown, folder: string): TrainReply {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof TrainingError) return { kind: 'failed', code: error.code, message }
  if (isGone(error, folder)) {
    return {
      ...{ kind: 'failed', code: TRAINING_ERROR.folder },
      message: `${error.path} is gone: somebody deleted files of this run while it was running. Start a new run with the same recipe.`,
    }
  }
  return { kind: 'failed', code: error instanceof ModelError ? 'MODEL' : 'INTERNAL', message }
}

function isGone(error: unknown, folder: string): error is NodeJS.ErrnoException & { readonly path: string } {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') return false
  return 'path' in error && typeof error.path === 'string' && error.path.startsWith(folder)
}
