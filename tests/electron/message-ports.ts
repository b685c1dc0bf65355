// Message ports as Electron has them, between the test's process and the processes it forks.
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'

/** What crosses the fork's channel; `utility-preload.mjs` speaks the other side. */
export type Frame =
  | { readonly kind: 'message'; readonly data: unknown; readonly ports: readonly number[] }
  | { readonly kind: 'port-message'; readonly port: number; readonly data: unknown }
  | { readonly kind: 'port-close'; readonly port: number }

let nextPort = 1
const portsById = new Map<number, MessagePortMain>()

/** One end of a channel. After `moveTo` it lives in another process, and this object only passes frames on. */
export class MessagePortMain extends EventEmitter {
  readonly id = nextPort++
  peer: MessagePortMain | undefined
  #home: ChildProcess | undefined
  #started = false
  #closed = false
  readonly #queue: unknown[] = []

  constructor() {
    super()
    portsById.set(this.id, this)
  }

  postMessage(message: unknown): void {
    // As with Electron's ports, what arrives is a copy and the sender goes on at once.
    const copy: unknown = structuredClone(message)
    setImmediate(() => this.peer?.deliver(copy))
  }

  start(): void {
    this.#started = true
    for (const data of this.#queue.splice(0)) this.emit('message', { data, ports: [] })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    setImmediate(() => {
      if (this.#home?.connected) this.#home.send({ kind: 'port-close', port: this.id } satisfies Frame)
      this.emit('close')
      this.peer?.close()
    })
  }

  deliver(data: unknown): void {
    if (this.#home) {
      if (this.#home.connected) this.#home.send({ kind: 'port-message', port: this.id, data } satisfies Frame)
    } else if (this.#started) this.emit('message', { data, ports: [] })
    else this.#queue.push(data)
  }

  /** Transfers this end; it closes with the process that got it. */
  moveTo(child: ChildProcess): void {
    this.#home = child
    for (const data of this.#queue.splice(0)) this.deliver(data)
    child.once('exit', () => this.close())
  }
}

export class MessageChannelMain {
  readonly port1 = new MessagePortMain()
  readonly port2 = new MessagePortMain()

  constructor() {
    this.port1.peer = this.port2
    this.port2.peer = this.port1
  }
}

/** Handles a frame about a port. @returns false when it is a message to the parent itself. */
export function acceptPortFrame(frame: Frame): boolean {
  if (frame.kind === 'message') return false
  const port = portsById.get(frame.port)
  if (frame.kind === 'port-message') port?.postMessage(frame.data)
  else port?.close()
  return true
}
