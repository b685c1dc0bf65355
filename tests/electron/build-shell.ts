import { resolveConfig } from 'electron-vite'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type InlineConfig, type Rolldown } from 'vite'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** One bundle: its path below `folder`, and its text. */
export interface Bundle {
  readonly name: string
  readonly code: string
}

/**
 * Builds main, preload, services and workers as `electron-vite build` does, into a folder of the test's own, so that nothing
 * that runs beside it finds half a build. Inside the checkout, because the bundles load their packages from node_modules.
 */
export async function buildShell(folder: string): Promise<Bundle[]> {
  const { config } = await resolveConfig({ root: ROOT, logLevel: 'silent' }, 'build', 'production')
  const bundles: Bundle[] = []
  for (const part of ['main', 'preload'] as const) {
    const options = config?.[part] as InlineConfig
    const outDir = join(folder, part)
    const output = await build({
      ...options,
      build: { ...options.build, outDir, emptyOutDir: true },
      logLevel: 'silent',
    })
    for (const { fileName } of (output as Rolldown.RolldownOutput).output)
      bundles.push({ name: `${part}/${fileName}`, code: readFileSync(join(outDir, fileName), 'utf8') })
  }
  return bundles
}
