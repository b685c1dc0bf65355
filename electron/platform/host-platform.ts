import type { EffectivePolicy } from './policy/read-policy.ts'
import type { Logger } from './logger.ts'
import type { WorkerLauncher } from './worker-launcher.ts'

/**
 * What the services need from the host they run in. Three hosts fulfil it: the desktop (Electron), `dmr serve` and the
 * command line (both plain Node).
 */
export interface HostPlatform {
  readonly kind: 'desktop' | 'web' | 'cli'
  readonly paths: HostPaths
  readonly launcher: WorkerLauncher
  readonly logger: Logger
  readonly shell: HostShell
  /** What the organisation decided for this computer; absent: nothing. */
  readonly policy?: EffectivePolicy
}

export interface HostPaths {
  /** Where libraries, imported models and training runs live. Created on demand. */
  readonly data: string
  /** Files that ship with the application: sample library, embedded model, schemas. */
  readonly resources: string
  /** Where the desktop keeps crash reports; the other hosts make none. */
  readonly crashReports?: string
}

/** What only a desktop can do; the other hosts answer undefined and the view offers a text field instead. */
export interface HostShell {
  /** Opens the system's folder dialog. @returns the chosen absolute path, or undefined where there is no dialog or it was cancelled. */
  chooseFolder?(): Promise<string | undefined>
  /** Shows a file in the system's file manager. */
  revealFile?(path: string): Promise<void>
  /** Shows a notification of the system, where the person is not looking at the application. */
  notify?(message: { readonly title: string; readonly body: string }): void
  /** Makes the frame around the window follow the chosen theme. */
  showTheme?(theme: Theme): void
}

export type Theme = 'system' | 'light' | 'dark'
