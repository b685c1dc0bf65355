/**
 * [Note: worker processes]
 * Work that blocks its thread, can be killed by hostile input or needs a memory cap of its own runs in a process, not a
 * worker thread: a V8 heap limit that is hit aborts the whole process. Plain Node forks (`NodeLauncher`), Electron uses
 * utility processes (`main/utility-launcher.ts`); both carry structured clones, so a worker cannot tell them apart.
 */

/** The files in `electron/workers/`, by name. */
export type WorkerEntry = 'extract' | 'ocr' | 'compute' | 'train' | 'generate'

export interface WorkerOptions {
  /** Shown in the system's process list. */
  readonly label: string
  /** Upper limit of the V8 heap, MiB. Buffers outside the heap are watched by the owner (see `residentBytes`). */
  readonly maxHeapMiB?: number
  /**
   * For workers that read files of unknown origin: Node's permission model leaves the process nothing but reading files
   * (no writing, no child processes, no native addons). Electron's utility processes cannot do this and ignore it.
   */
  readonly sandboxed?: boolean
}

export interface WorkerExit {
  /** Exit code, or null when a signal ended the process. */
  readonly code: number | null
  readonly signal: string | null
  /** The last lines it wrote to standard error, for the log and for telling "out of memory" from other deaths. */
  readonly stderrTail: string
}

/** One running worker process, typed by what it is sent and what it sends. */
export interface WorkerProcess<In, Out> {
  readonly pid: number | undefined
  post(message: In): void
  onMessage(listener: (message: Out) => void): void
  /** Called exactly once, also when the process could not be started. */
  onExit(listener: (exit: WorkerExit) => void): void
  kill(): void
}

export interface WorkerLauncher {
  launch<In, Out>(entry: WorkerEntry, options: WorkerOptions): WorkerProcess<In, Out>
}
