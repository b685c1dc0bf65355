// Self-checks in the training process: the same runtime, kernels and memory as a run has.
import type { OptimizerKernel } from '../../ml/optim/index.ts'
import type { WorkerPort } from '../../platform/worker-port.ts'
import type { SelfCheckReply, SelfCheckRequest } from './protocol.ts'
import { runSelfChecks } from './self-checks.ts'

/** Answers one request; the port is shared with `serveTraining`, which also says when the process is ready. */
export function serveSelfChecks(
  port: WorkerPort<SelfCheckRequest, SelfCheckReply>,
  kernels: Promise<OptimizerKernel>,
): void {
  port.onMessage((request) => {
    if (request.kind !== 'self-check') return
    kernels
      .then((loaded) => runSelfChecks(request.task, loaded, (checks) => port.post({ kind: 'checks', checks })))
      .then((checks) => port.post({ kind: 'checked', checks }))
      .catch((error: unknown) =>
        port.post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
      )
  })
}
