/** The worker's end of the channel to its owner: the same in a forked Node process and in an Electron utility process. */
export interface WorkerPort<In, Out> {
  post(message: Out): void
  onMessage(listener: (message: In) => void): void
}

/** A port as Electron hands it to utility processes. */
interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  start(): void
}

/** Electron's addition to `process` inside a utility process (electronjs.org/docs/latest/api/parent-port). */
interface ParentPort {
  on(event: 'message', listener: (event: { ports: Port[] }) => void): void
}

/** Connects to the process that launched this one and ends with it, so that a killed owner leaves no orphan. */
export function connectToOwner<In, Out>(): WorkerPort<In, Out> {
  process.title = process.env['DMR_WORKER_LABEL'] ?? 'dmr worker'
  const { parentPort } = process as { parentPort?: ParentPort }
  return parentPort ? throughPort(parentPort) : throughFork()
}

function throughFork<In, Out>(): WorkerPort<In, Out> {
  process.once('disconnect', () => process.exit(0))
  return {
    post: (message) => void process.send?.(message as object, undefined, undefined, () => {}),
    onMessage: (listener) => process.on('message', (message) => listener(message as In)),
  }
}

/** Electron's main process sends the channel's end as the first message; see [Note: who starts processes]. */
function throughPort<In, Out>(parentPort: ParentPort): WorkerPort<In, Out> {
  let port: Port | undefined
  const unsent: Out[] = []
  const listeners: ((message: In) => void)[] = []
  parentPort.on('message', ({ ports }) => {
    if (port || !ports[0]) return
    port = ports[0]
    port.on('message', ({ data }) => {
      for (const listener of listeners) listener(data as In)
    })
    port.start()
    for (const message of unsent.splice(0)) port.postMessage(message)
  })
  return {
    post: (message) => {
      if (port) port.postMessage(message)
      else unsent.push(message)
    },
    onMessage: (listener) => void listeners.push(listener),
  }
}
