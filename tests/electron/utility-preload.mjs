// Loaded before the entry of a forked process: gives it `process.parentPort`, as an Electron utility process has.
// Messages wait until a listener is there (electronjs.org/docs/latest/api/parent-port).
import { EventEmitter } from 'node:events'

const ports = new Map()
const send = (frame) => process.connected && process.send(frame, undefined, undefined, () => {})

class Port extends EventEmitter {
  #id
  #started = false
  #queue = []

  constructor(id) {
    super()
    this.#id = id
    ports.set(id, this)
  }
  postMessage(data) {
    send({ kind: 'port-message', port: this.#id, data })
  }
  start() {
    this.#started = true
    for (const data of this.#queue.splice(0)) this.emit('message', { data, ports: [] })
  }
  close() {
    send({ kind: 'port-close', port: this.#id })
  }
  deliver(data) {
    if (this.#started) this.emit('message', { data, ports: [] })
    else this.#queue.push(data)
  }
}

class ParentPort extends EventEmitter {
  #queue = []

  constructor() {
    super()
    this.on('newListener', (event) => {
      if (event === 'message') setImmediate(() => this.#flush())
    })
  }
  postMessage(data) {
    send({ kind: 'message', data, ports: [] })
  }
  deliver(event) {
    this.#queue.push(event)
    this.#flush()
  }
  #flush() {
    if (this.listenerCount('message') > 0) for (const event of this.#queue.splice(0)) this.emit('message', event)
  }
}

process.parentPort = new ParentPort()
process.on('message', (frame) => {
  if (frame.kind === 'message')
    process.parentPort.deliver({ data: frame.data, ports: frame.ports.map((id) => new Port(id)) })
  else if (frame.kind === 'port-message') ports.get(frame.port)?.deliver(frame.data)
  else ports.get(frame.port)?.emit('close')
})
process.once('disconnect', () => process.exit(0))
