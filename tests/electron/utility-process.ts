// `utilityProcess` of the stand-in: really forks, with Node in the place of Electron's own executable.
import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ForkOptions } from 'electron'
import { acceptPortFrame, type Frame, type MessagePortMain } from './message-ports.ts'

const PRELOAD = fileURLToPath(new URL('./utility-preload.mjs', import.meta.url))

/** Everything that was forked in this test file, in order. */
export const forked: UtilityProcess[] = []

/** Node flags for every forked process, such as an import that denies connections. */
export const extraFlags: string[] = []

export class UtilityProcess extends EventEmitter {
  pid: number | undefined
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly modulePath: string
  readonly options: ForkOptions
  readonly #child: ChildProcess

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super()
    this.modulePath = modulePath
    this.options = options
    const [stdin = 'ignore', stdout = 'inherit', stderr = 'inherit'] = Array.isArray(options.stdio) ? options.stdio : []
    if (stdin !== 'ignore') throw new TypeError('stdin of a utility process can only be ignored')
    this.#child = fork(modulePath, args, {
      serialization: 'advanced',
      stdio: ['ignore', stdout === 'inherit' ? 'ignore' : stdout, stderr, 'ipc'],
      execArgv: [...(options.execArgv ?? []), ...extraFlags, '--import', PRELOAD],
      env: (options.env ?? process.env) as NodeJS.ProcessEnv,
    })
    this.stdout = this.#child.stdout
    this.stderr = this.#child.stderr
    this.#child.on('message', (frame: Frame) => {
      if (!acceptPortFrame(frame)) this.emit('message', (frame as { data: unknown }).data)
    })
    // Electron has neither a pid nor an effect of kill() before this event.
    this.#child.once('spawn', () => {
      this.pid = this.#child.pid
      this.emit('spawn')
    })
    this.#child.once('close', (code, signal) => {
      this.pid = undefined
      this.emit('exit', code ?? (signal === 'SIGKILL' ? 9 : 15))
    })
    this.#child.on('error', () => {})
  }

  postMessage(data: unknown, transfer: readonly MessagePortMain[] = []): void {
    if (!this.#child.connected) return
    this.#child.send({ kind: 'message', data, ports: transfer.map((port) => port.id) } satisfies Frame, () => {})
    for (const port of transfer) port.moveTo(this.#child)
  }

  kill(): boolean {
    return this.pid !== undefined && this.#child.kill('SIGTERM')
  }
}

export const utilityProcess = {
  fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
    const child = new UtilityProcess(modulePath, args, options)
    forked.push(child)
    return child
  },
}
