import { join } from 'node:path'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { buildAddon } from '../build-addon.ts'

/** An addon built from the sources as they are, or undefined (with a printed reason) where it cannot be built. */
export function addonForTests(): string | undefined {
  try {
    return buildAddon(join(mkdtempSync(join(tmpdir(), 'kernels-test-')), 'kernels.node'))
  } catch (error) {
    console.warn(`skipped: the native addon does not build here (${(error as Error).message.split('\n')[0]})`)
    return undefined
  }
}
