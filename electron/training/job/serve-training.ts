// The training process: one run, then it ends.
import { ModelError } from '../../ml/models/model-error.ts'
import type { OptimizerKernel } from '../../ml/optim/index.ts'
import type { WorkerPort } from '../../platform/worker-port.ts'
import type { RankingMeasure } from '../data/dev-set.ts'
import { EventFile } from '../output/event-file.ts'
import { Paused, RunControl } from '../run/run-control.ts'
import { runTraining } from '../run/training-run.ts'
import { TrainingError } from '../training-error.ts'
import type { TrainReply, TrainRequest, TrainTask } from './protocol.ts'

export interface TrainingParts {
  readonly measure: RankingMeasure
  readonly kernels: OptimizerKernel
}

export function serveTraining(port: WorkerPort<TrainRequest, TrainReply>, parts: Promise<TrainingParts>): void {
  const control = new RunControl()
  port.onMessage((request) => {
    if (request.kind === 'stop') control.request(request.request)
    else if (request.kind === 'start') void train(port, request.task, control, parts)
  })
  port.post({ kind: 'ready' })
}

async function train(
  port: WorkerPort<TrainRequest, TrainReply>,
  { tensorBoard, ...task }: TrainTask,
  control: RunControl,
  parts: Promise<TrainingParts>,
): Promise<void> {
  try {
    const events = tensorBoard === undefined ? undefined : await EventFile.open(tensorBoard)
    const result = await runTraining({
      ...task,
      ...(await parts),
      control,
      emit: (event) => {
        port.post({ kind: 'event', event })
        events?.add(event)
      },
    })
    await events?.close()
    port.post({ kind: 'done', result })
  } catch (error) {
    port.post(error instanceof Paused ? { kind: 'paused' } : failureOf(error))
  }
}

function failureOf(error: unknown): TrainReply {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof TrainingError) return { kind: 'failed', code: error.code, message }
  return { kind: 'failed', code: error instanceof ModelError ? 'MODEL' : 'INTERNAL', message }
}
