import type { Device } from '../../ml/session/index.ts'
import { explainStorageError, openWorkbench, type Workbench } from '../../services/index.ts'
import { createNodePlatform } from '../node-platform.ts'
import { defaultLibraryPath } from '../paths.ts'
import type { OutputOptions } from './output.ts'

/** Options every command has. */
export interface CommonOptions extends OutputOptions {
  readonly library?: string
  readonly debug: boolean
  /** `auto`: each model runs where it was fastest. */
  readonly device: Device | 'auto'
}

export interface Session extends Disposable {
  readonly options: CommonOptions
  /** Aborted by the first Ctrl-C; the second one ends the process at once. */
  readonly signal: AbortSignal
}

/** Turns Ctrl-C and a polite kill into a signal for the length of a command. */
export function startSession(options: CommonOptions): Session {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return {
    options,
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}

/** Opens the library for one command and closes it afterwards, whatever happens. */
export async function withWorkbench<T>(
  session: Session,
  use: { readOnly?: boolean; watch?: boolean; kind?: 'web' | 'cli' },
  action: (workbench: Workbench) => Promise<T>,
): Promise<T> {
  const platform = createNodePlatform(use.kind ?? 'cli', session.options.debug ? 'debug' : 'error')
  const libraryPath = session.options.library ?? defaultLibraryPath(platform.paths)
  const workbench = openWorkbench(platform, {
    libraryPath,
    watch: use.watch ?? false,
    ...(session.options.device === 'auto' ? {} : { device: session.options.device }),
    ...(use.readOnly === undefined ? {} : { readOnly: use.readOnly }),
  })
  try {
    return await action(workbench)
  } catch (error) {
    throw explainStorageError(libraryPath, error)
  } finally {
    await workbench.close()
  }
}
