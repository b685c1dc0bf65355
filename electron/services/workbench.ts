import { createRouterClient, type RouterClient } from '@orpc/server'
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { HostPlatform } from '../platform/host-platform.ts'
import { explainingFailure } from '../storage/index.ts'
import type { CallContext } from './base.ts'
import { Curation } from './curation/curation.ts'
import { Library, type LibraryOptions } from './library.ts'
import { Refinement } from './refinement/refinement.ts'
import { createRouter, type WorkbenchRouter } from './router.ts'

/** The services over one open library, as every host uses them. */
export interface Workbench {
  readonly library: Library
  readonly curation: Curation
  readonly router: WorkbenchRouter
  readonly context: CallContext
  /** Calls the router directly, without a transport. */
  readonly client: RouterClient<WorkbenchRouter>
  /** Where a document's bytes are, for hosts that serve them by URL; undefined when no file of it is there. */
  fileOfDocument(documentId: number): { folder: string; name: string } | undefined
  close(): Promise<void>
}

export interface WorkbenchOptions extends LibraryOptions {
  readonly libraryPath: string
  /** Hosts that stay watch the folders; a command does its work and ends. */
  readonly watch: boolean
}

/** Opens a library and everything that works on it. @throws WorkbenchError LIBRARY_*, see LibraryDatabase.open. */
export function openWorkbench(platform: HostPlatform, options: WorkbenchOptions): Workbench {
  const library = explainingFailure(options.libraryPath, () => new Library(platform, options.libraryPath, options))
  const refinement = new Refinement(library)
  const curation = new Curation(library, refinement)
  const router = createRouter(library, refinement, curation)
  const context: CallContext = { logger: platform.logger, libraryPath: library.path }
  library.start({ watch: options.watch })
  return {
    library,
    curation,
    router,
    context,
    client: createRouterClient(router, { context }),
    fileOfDocument: (documentId) => {
      for (const file of library.repositories.files.ofDocument(documentId)) {
        const path = library.absolutePath(file)
        if (existsSync(path)) return { folder: dirname(path), name: basename(path) }
      }
      return undefined
    },
    close: () => library.close(),
  }
}
