// Self-checks as a job: they share the lane of training, so that neither slows or starves the other.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import { SELF_CHECKS, type SelfCheck } from '../../contracts/self-checks.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import type { WorkerLauncher } from '../../platform/worker-launcher.ts'
import type { SelfCheckReply, SelfCheckRequest } from './protocol.ts'

export interface SelfCheckParams {
  /** Model folder; small models with random weights where it is left out. */
  readonly model?: string
}

export interface SelfCheckResult {
  readonly checks: readonly SelfCheck[]
}

export interface SelfCheckJobParts {
  readonly launcher: WorkerLauncher
  /** Where checkpoints of the checks may lie for a moment. */
  readonly dataFolder: string
}

const waiting: readonly SelfCheck[] = SELF_CHECKS.map((check) => ({ check, state: 'waiting', detail: '' }))

/** Checks the engine in a process of its own. */
export class SelfCheckJob implements JobHandler<SelfCheckParams, SelfCheckResult> {
  readonly kind = 'self-check'
  readonly lane = 'compute'
  readonly pausable = false
  readonly afterRestart = 'fail'
  readonly #parts: SelfCheckJobParts
  readonly #checks = new Map<number, readonly SelfCheck[]>()
  readonly #listeners = new Set<() => void>()

  constructor(parts: SelfCheckJobParts) {
    this.#parts = parts
  }

  title({ model }: SelfCheckParams): Wording {
    return model === undefined ? said`Check the training engine` : said`Check training of ${model}`
  }

  /** How the checks of a job of this process stand. */
  checks(jobId: number): readonly SelfCheck[] {
    return this.#checks.get(jobId) ?? waiting
  }

  /** @returns the function that ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  run({ jobId, params, signal, report }: JobContext<SelfCheckParams>): Promise<SelfCheckResult> {
    const { launcher, dataFolder } = this.#parts
    const folder = join(dataFolder, 'training', `.self-check-${process.pid}-${jobId}`)
    const worker = launcher.launch<SelfCheckRequest, SelfCheckReply>('train', { label: 'dmr self-check' })
    const stop = (): void => worker.kill()
    signal.addEventListener('abort', stop, { once: true })
    return new Promise<SelfCheckResult>((resolve, reject) => {
      worker.onMessage((reply) => {
        switch (reply.kind) {
          case 'ready':
            return worker.post({ kind: 'self-check', task: { model: params.model, folder } })
          case 'checks': {
            this.#checks.set(jobId, reply.checks)
            const done = reply.checks.filter(({ state }) => state !== 'waiting' && state !== 'running').length
            report({ stages: [{ name: said`Checks`, unit: 'checks', done, total: reply.checks.length }] })
            for (const listener of this.#listeners) listener()
            return
          }
          case 'checked':
            resolve({ checks: reply.checks })
            break
          case 'failed':
            reject(new WorkbenchError('MODEL_INVALID', reply.message))
        }
        worker.kill()
      })
      worker.onExit(({ code, signal: by, stderrTail }) => {
        if (signal.aborted) return reject(new WorkbenchError('CANCELLED', said`The checks were stopped.`))
        const how = by ? said`was ended by ${by}` : said`ended with code ${code ?? '?'}`
        reject(
          new WorkbenchError(
            'INTERNAL',
            said`The checking process ${how}: ${stderrTail.trim().split('\n').at(-1) ?? ''}`,
          ),
        )
      })
    }).finally(async () => {
      signal.removeEventListener('abort', stop)
      await rm(folder, { recursive: true, force: true }) // what a worker that was killed left behind
    })
  }
}
