import type { Theme } from './host-platform.ts'
import type { WorkerEntry, WorkerExit, WorkerOptions } from './worker-launcher.ts'

/**
 * [Note: who starts processes]
 * Only Electron's main process can start utility processes and show dialogs, so the services ask it to by these messages.
 * It answers with ports: a worker and the services then talk to each other directly, and so do the window and the
 * services. Main is never in the path of data.
 */
export type ToServices =
  /** Comes with one port: a window wants to talk. */
  | { readonly type: 'connect' }
  /** Comes with one port: the services' end of the channel to a worker. */
  | { readonly type: 'worker-started'; readonly workerId: number; readonly pid: number | undefined }
  | { readonly type: 'worker-exited'; readonly workerId: number; readonly exit: WorkerExit }
  | { readonly type: 'folder-chosen'; readonly requestId: number; readonly path: string | undefined }
  | { readonly type: 'find-document'; readonly requestId: number; readonly documentId: number }
  | { readonly type: 'shut-down' }

export type FromServices =
  | { readonly type: 'ready' }
  /** What `--selftest` found; nothing else was started. */
  | { readonly type: 'self-tested'; readonly report: SelfTestOutcome }
  /** The library could not be opened; the message is for people. */
  | { readonly type: 'failed'; readonly message: string }
  | {
      readonly type: 'launch-worker'
      readonly workerId: number
      readonly entry: WorkerEntry
      readonly options: WorkerOptions
    }
  | { readonly type: 'kill-worker'; readonly workerId: number }
  | { readonly type: 'choose-folder'; readonly requestId: number }
  | { readonly type: 'reveal-file'; readonly path: string }
  /** Something happened that a person who looks at another program should know. */
  | { readonly type: 'notify'; readonly title: string; readonly body: string }
  /** The frame that the system draws around the window follows the setting. */
  | { readonly type: 'show-theme'; readonly theme: Theme }
  | { readonly type: 'document-found'; readonly requestId: number; readonly path: string | undefined }

/** The report of `--selftest` as main needs it: printed as it is, and the exit code. */
export interface SelfTestOutcome {
  readonly ok: boolean
  readonly steps: readonly {
    readonly name: string
    readonly ok: boolean
    readonly detail: string
    readonly remedy?: string | undefined
  }[]
}

/** What the services process is told when it starts, as one JSON argument. */
export interface ServicesSettings {
  /** Undefined: the one that every host opens when none is named. */
  readonly libraryPath?: string
  /** Files that ship with the application; see HostPaths. */
  readonly resources: string
  /** Where crash reports are kept; see HostPaths. */
  readonly crashReports?: string
  /** Try the installation on a trial library instead of opening the person's. */
  readonly selfTest?: boolean
}
