import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Addon, AddonKernels, type InstructionSet } from './addon-kernels.ts'
import type { Kernels } from './kernels.ts'
import { TypescriptKernels } from './typescript-kernels.ts'
import { WasmKernels } from './wasm-kernels.ts'
import { KERNELS_WASM } from './wasm/kernels-wasm.ts'

export type { AdamwOptions, AdamwState } from './adamw.ts'
export { type Int8Index, type KernelBackend, type Kernels, MAX_SCAN_RESULTS, type ScanResult } from './kernels.ts'
export { calibratedScale, defaultScale, quantise } from './quantise.ts'

export interface LoadOptions {
  /** Asks for one kind of backend and throws where it cannot run; without it the fastest that runs is taken. */
  readonly only?: 'addon' | 'wasm' | 'typescript'
  /** Threads of the addon. Default: as many as the system reports. Results do not depend on it. */
  readonly threads?: number
  /** Instructions of the addon. Default: the fastest of the processor. */
  readonly isa?: InstructionSet
  /** Where the addon is; default: where `build-addon.ts` or a package puts it. */
  readonly addonPath?: string
}

const inFolder = (folder: string): string =>
  fileURLToPath(new URL(`${folder}/kernels-${process.platform}-${process.arch}.node`, import.meta.url))

/** Where `build-addon.ts` puts the addon of this platform. */
export const ADDON_PATH = inFolder('./build')

/** Where bundles have it: this code is then in out/main or a folder of it, the addon in out/main/native (electron.vite.config.ts). */
const BUNDLED_PATHS = [inFolder('./native'), inFolder('../native')]

/**
 * Loads the fastest kernels that run here: the native addon where it was built, else WebAssembly, else TypeScript.
 * @throws Error when `only` names a backend that does not run here.
 */
export async function loadKernels(options: LoadOptions = {}): Promise<Kernels> {
  const notes: string[] = []
  const loaders = {
    addon: () => loadAddon(options),
    wasm: async () => new WasmKernels(await WebAssembly.compile(Buffer.from(KERNELS_WASM, 'base64')), notes),
    typescript: () => new TypescriptKernels(notes),
  } as const
  if (options.only) return loaders[options.only]()
  for (const load of [loaders.addon, loaders.wasm]) {
    try {
      return await load()
    } catch (error) {
      notes.push((error as Error).message)
    }
  }
  return loaders.typescript()
}

function loadAddon({ addonPath = installedAddon(), threads = availableParallelism(), isa }: LoadOptions): Kernels {
  if (!existsSync(addonPath)) throw new Error('the native addon is not built (optional: npm run build:native)')
  return new AddonKernels(createRequire(import.meta.url)(addonPath) as Addon, threads, isa)
}

function installedAddon(): string {
  return BUNDLED_PATHS.find((path) => existsSync(path)) ?? ADDON_PATH
}
