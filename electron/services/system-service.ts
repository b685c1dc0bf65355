import { statSync } from 'node:fs'
import { totalmem } from 'node:os'
import { openConnections } from '../platform/network-ledger.ts'
import { OCR_REMEDY, ocrEngines, sampleLibraryFacts, type IndexResult } from '../ingestion/index.ts'
import { os } from './base.ts'
import { runDoctor } from './doctor.ts'
import type { Library } from './library.ts'
import { snapshots } from './snapshots.ts'
import { APP_LICENCE, APP_VERSION } from './version.ts'

const STATUS_EVERY_MS = 2_000

/** The application itself: what it can do here, its settings, its health. */
export function systemService(library: Library) {
  const { platform } = library
  const effective = () => ({ ...library.settings.get(), managed: library.settings.managed })

  return {
    info: os.system.info.handler(async () => {
      const [engine] = await ocrEngines()
      return {
        version: APP_VERSION,
        licence: APP_LICENCE,
        host: platform.kind,
        library: { name: library.name, path: library.path, readOnly: library.readOnly },
        canChooseFolder: platform.shell.chooseFolder !== undefined,
        canReveal: platform.shell.revealFile !== undefined,
        ocr: engine?.name ?? null,
        ocrReason: engine ? null : OCR_REMEDY,
        model: library.models.active?.modelId ?? null,
        pagesPerSecond: measuredPagesPerSecond(library),
        sampleLibrary: sampleLibraryFacts(platform.paths.resources) ?? null,
      }
    }),
    status: os.system.status.handler(({ signal }) =>
      snapshots(
        () => ({
          threads: library.threads,
          memoryUsedBytes: process.memoryUsage.rss(),
          memoryTotalBytes: totalmem(),
          connections: openConnections(),
        }),
        (listener) => {
          const timer = setInterval(listener, STATUS_EVERY_MS)
          return () => clearInterval(timer)
        },
        { intervalMs: STATUS_EVERY_MS, signal },
      ),
    ),
    settings: os.system.settings.handler(() => effective()),
    updateSettings: os.system.updateSettings.handler(({ input }) => {
      library.requireWritable()
      if (input.theme !== undefined) platform.shell.showTheme?.(input.theme)
      library.settings.update(input)
      return effective()
    }),
    chooseFolder: os.system.chooseFolder.handler(async () => ({
      path: (await platform.shell.chooseFolder?.()) ?? null,
    })),
    doctor: os.system.doctor.handler(() => runDoctor(library)),
    backup: os.system.backup.handler(async ({ input }) => {
      await library.db.backup(input.path)
      return { path: input.path, bytes: statSync(input.path).size }
    }),
  }
}

/** Too short a run says little about a long one. */
const PAGES_FOR_A_RATE = 50

/** How fast the last indexing run read, for estimates; null before there was one. */
function measuredPagesPerSecond(library: Library): number | null {
  const result = library.repositories.jobs.lastDone('index')?.result as IndexResult | undefined
  return result && result.pages >= PAGES_FOR_A_RATE ? result.pages / result.seconds : null
}
