import './no-telemetry.ts'
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { WorkerEntry, WorkerExit, WorkerLauncher, WorkerOptions, WorkerProcess } from './worker-launcher.ts'

const STDERR_TAIL_CHARS = 2_000

/** Starts workers with `child_process.fork`. See [Note: worker processes]. */
export class NodeLauncher implements WorkerLauncher {
  launch<In, Out>(entry: WorkerEntry, options: WorkerOptions): WorkerProcess<In, Out> {
    const child = fork(workerFile(entry), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: nodeFlags(options),
      env: { ...process.env, DMR_WORKER_LABEL: options.label },
    })
    let stderrTail = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARS)
    })
    const exited = new Promise<WorkerExit>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, stderrTail: `${stderrTail}${error.message}` }))
      child.once('close', (code, signal) => resolve({ code, signal, stderrTail }))
    })
    return {
      pid: child.pid,
      post: (message) => {
        // A worker that died between two messages is reported by onExit; the failed send adds nothing.
        if (child.connected) child.send(message as object, () => {})
      },
      onMessage: (listener) => child.on('message', (message) => listener(message as Out)),
      onExit: (listener) => void exited.then(listener),
      kill: () => child.kill('SIGKILL'),
    }
  }
}

function nodeFlags({ maxHeapMiB, sandboxed }: WorkerOptions): string[] {
  return [...(maxHeapMiB ? heapFlags(maxHeapMiB) : []), ...(sandboxed ? ['--permission', '--allow-fs-read=*'] : [])]
}

/** With a limit alone V8 starts from a tiny heap and collects it ten times as often: half as fast again on small documents. */
function heapFlags(maxHeapMiB: number): string[] {
  return [`--max-old-space-size=${maxHeapMiB}`, `--initial-old-space-size=${Math.round(maxHeapMiB / 3)}`]
}

/** A checkout runs the TypeScript entry as it is; a packaged application has it bundled beside the host's own bundle. */
function workerFile(entry: WorkerEntry): string {
  const source = fileURLToPath(new URL(`../workers/${entry}.ts`, import.meta.url))
  return existsSync(source) ? source : fileURLToPath(new URL(`./${entry}.js`, import.meta.url))
}
