/** The worker's end of the channel to its owner: the same in a forked Node process and in an Electron utility process. */
export interface WorkerPort<In, Out> {
  post(message: Out): void
  onMessage(listener: (message: In) => void): void
}

/** Electron's addition to `process` inside a utility process (electronjs.org/docs/latest/api/parent-port). */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** Connects to the process that launched this one and ends with it, so that a killed owner leaves no orphan. */
export function connectToOwner<In, Out>(): WorkerPort<In, Out> {
  process.title = process.env['DMR_WORKER_LABEL'] ?? 'dmr worker'
  const parentPort = (process as { parentPort?: ParentPort }).parentPort
  if (parentPort) {
    return {
      post: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', (event) => listener(event.data as In)),
    }
  }
  process.once('disconnect', () => process.exit(0))
  return {
    post: (message) => void process.send?.(message as object, undefined, undefined, () => {}),
    onMessage: (listener) => process.on('message', (message) => listener(message as In)),
  }
}
