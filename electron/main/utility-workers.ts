import { MessageChannelMain, utilityProcess, type UtilityProcess } from 'electron'
import { join } from 'node:path'
import type { WorkerEntry, WorkerExit, WorkerOptions } from '../platform/worker-launcher.ts'

/** After this long a process that was told to end is killed; one that runs in native code does not see the telling. */
const KILL_GRACE_MS = 2_000
const STDERR_TAIL_CHARS = 2_000

export interface WorkerEvents {
  /** Comes with the services' end of the channel to the worker. */
  started(workerId: number, pid: number | undefined, port: Electron.MessagePortMain): void
  exited(workerId: number, exit: WorkerExit): void
}

/** Starts and ends the workers that the services ask for. See [Note: who starts processes]. */
export class UtilityWorkers {
  readonly #bundles: string
  readonly #events: WorkerEvents
  readonly #running = new Map<number, UtilityProcess>()
  /** Told to end before they had started; `kill` has no effect on those yet. */
  readonly #unwanted = new Set<number>()

  constructor(bundles: string, events: WorkerEvents) {
    this.#bundles = bundles
    this.#events = events
  }

  launch(workerId: number, entry: WorkerEntry, { label, maxHeapMiB }: WorkerOptions): void {
    const worker = utilityProcess.fork(join(this.#bundles, 'workers', `${entry}.js`), [], {
      serviceName: label,
      stdio: ['ignore', 'ignore', 'pipe'],
      execArgv: maxHeapMiB === undefined ? [] : [`--max-old-space-size=${maxHeapMiB}`],
      env: { ...process.env, DMR_WORKER_LABEL: label },
    })
    this.#running.set(workerId, worker)
    const stderrTail = collectTail(worker)
    const { port1, port2 } = new MessageChannelMain()
    worker.once('spawn', () => {
      if (this.#unwanted.has(workerId)) return end(worker)
      worker.postMessage(null, [port1])
      this.#events.started(workerId, worker.pid, port2)
    })
    worker.once('exit', (code) => {
      this.#running.delete(workerId)
      this.#unwanted.delete(workerId)
      this.#events.exited(workerId, { code, signal: null, stderrTail: stderrTail() })
    })
  }

  kill(workerId: number): void {
    const worker = this.#running.get(workerId)
    if (!worker) return
    this.#unwanted.add(workerId)
    end(worker)
  }

  killAll(): void {
    for (const workerId of this.#running.keys()) this.kill(workerId)
  }
}

/** Ends a process: SIGTERM at once, the kill that cannot be ignored after a grace time. */
export function end(child: UtilityProcess): void {
  const { pid } = child
  if (pid === undefined) return
  const deadline = setTimeout(() => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended in between.
    }
  }, KILL_GRACE_MS)
  deadline.unref()
  child.once('exit', () => clearTimeout(deadline))
  child.kill()
}

/** Keeps the last lines that a process writes to standard error. @returns what reads them. */
export function collectTail(child: UtilityProcess): () => string {
  let tail = ''
  child.stderr?.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-STDERR_TAIL_CHARS)))
  return () => tail
}
