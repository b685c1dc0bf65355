import type { FromServices, ToServices } from '../../platform/desktop-messages.ts'
import type {
  WorkerEntry,
  WorkerExit,
  WorkerLauncher,
  WorkerOptions,
  WorkerProcess,
} from '../../platform/worker-launcher.ts'
import type { Port } from './parent-port.ts'

interface Launched {
  port: Port | undefined
  pid: number | undefined
  /** What was posted before the port arrived. */
  readonly unsent: unknown[]
  readonly listeners: ((message: unknown) => void)[]
  readonly exited: (exit: WorkerExit) => void
}

/** Starts workers as Electron utility processes, by asking the main process. See [Note: who starts processes]. */
export class UtilityLauncher implements WorkerLauncher {
  readonly #ask: (message: FromServices) => void
  readonly #launched = new Map<number, Launched>()
  #nextId = 1

  constructor(ask: (message: FromServices) => void) {
    this.#ask = ask
  }

  launch<In, Out>(entry: WorkerEntry, options: WorkerOptions): WorkerProcess<In, Out> {
    const workerId = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<WorkerExit>()
    const launched: Launched = { port: undefined, pid: undefined, unsent: [], listeners: [], exited: resolve }
    this.#launched.set(workerId, launched)
    this.#ask({ type: 'launch-worker', workerId, entry, options })
    return {
      get pid() {
        return launched.pid
      },
      post: (message) => {
        if (launched.port) launched.port.postMessage(message)
        else launched.unsent.push(message)
      },
      onMessage: (listener) => void launched.listeners.push(listener as (message: unknown) => void),
      onExit: (listener) => void promise.then(listener),
      kill: () => this.#ask({ type: 'kill-worker', workerId }),
    }
  }

  /** Takes the main process's answers. @returns false when the message is not about a worker. */
  accept(message: ToServices, ports: readonly Port[]): boolean {
    if (message.type === 'worker-started') this.#connect(message.workerId, message.pid, ports[0])
    else if (message.type === 'worker-exited') this.#end(message.workerId, message.exit)
    else return false
    return true
  }

  #connect(workerId: number, pid: number | undefined, port: Port | undefined): void {
    const launched = this.#launched.get(workerId)
    if (!launched || !port) return
    launched.pid = pid
    launched.port = port
    port.on('message', ({ data }) => {
      for (const listener of launched.listeners) listener(data)
    })
    port.start()
    for (const message of launched.unsent.splice(0)) port.postMessage(message)
  }

  #end(workerId: number, exit: WorkerExit): void {
    const launched = this.#launched.get(workerId)
    this.#launched.delete(workerId)
    launched?.port?.close()
    launched?.exited(exit)
  }
}
