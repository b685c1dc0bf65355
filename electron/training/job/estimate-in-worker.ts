import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { WorkerLauncher } from '../../platform/worker-launcher.ts'
import type { RunEstimate } from '../run/estimate.ts'
import { TrainingError } from '../training-error.ts'
import type { EstimateTask, TrainReply, TrainRequest } from './protocol.ts'

/**
 * Measures what a run would cost in a training process of its own, so that its memory is that of a run and nobody waits for it.
 *
 * @throws WorkbenchError CANCELLED when the signal aborts, INTERNAL when the process dies; TrainingError for what a person can mend
 */
export function estimateInWorker(
  launcher: WorkerLauncher,
  task: EstimateTask,
  signal?: AbortSignal,
): Promise<RunEstimate> {
  const worker = launcher.launch<TrainRequest, TrainReply>('train', { label: `dmr estimate ${task.recipe.name}` })
  let onAbort: (() => void) | undefined
  return new Promise<RunEstimate>((resolve, reject) => {
    onAbort = () => reject(new WorkbenchError('CANCELLED', said`The estimate was stopped.`))
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    worker.onMessage((reply) => {
      if (reply.kind === 'ready') worker.post({ kind: 'estimate', task })
      if (reply.kind === 'estimated') resolve(reply.estimate)
      if (reply.kind === 'failed') {
        const { code, message } = reply
        if (code === 'MODEL' || code === 'INTERNAL')
          reject(new WorkbenchError(code === 'MODEL' ? 'MODEL_INVALID' : 'INTERNAL', message))
        else reject(new TrainingError(code, message))
      }
    })
    worker.onExit(({ code, signal: by }) =>
      reject(
        new WorkbenchError(
          'INTERNAL',
          said`The measurement ended with ${by ?? said`code ${code ?? '?'}`}. If memory ran out, lower microbatchTokens or set plan to "layer-wise".`,
        ),
      ),
    )
  }).finally(() => {
    if (onAbort) signal?.removeEventListener('abort', onAbort)
    worker.kill()
  })
}
