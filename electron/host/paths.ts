import envPaths from 'env-paths'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Policy } from '../contracts/policy.ts'
import type { HostPaths } from '../platform/host-platform.ts'
import { APP_NAME } from '../services/version.ts'

/** Overrides where libraries and models live, for installers and tests. */
const DATA_VARIABLE = 'DMR_DATA'

/** Paths of the plain-Node hosts. A bundle lies in out/, a checkout's sources in electron/host/. */
export function nodeHostPaths({ dataDirectory }: Policy): HostPaths {
  const fromSource = fileURLToPath(new URL('../../resources', import.meta.url))
  const fromBundle = fileURLToPath(new URL('../resources', import.meta.url))
  return {
    data:
      dataDirectory?.replace(/^~(?=$|[\\/])/u, homedir()) ??
      process.env[DATA_VARIABLE] ??
      envPaths(APP_NAME, { suffix: '' }).data,
    resources: existsSync(fromSource) ? fromSource : fromBundle,
  }
}

/** The library that opens when none is named. */
export function defaultLibraryPath(paths: HostPaths): string {
  return join(paths.data, 'library.db')
}

/** The built window: out/renderer. */
export function rendererFolder(): string {
  const fromSource = fileURLToPath(new URL('../../out/renderer', import.meta.url))
  return existsSync(fromSource) ? fromSource : fileURLToPath(new URL('../renderer', import.meta.url))
}
