import { defineConfig } from 'electron-vite'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { rendererConfig } from './renderer/vite.config.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Every entry of electron/workers is a process of its own, found by its file name (see platform/worker-launcher.ts). */
const workers = Object.fromEntries(
  globSync('electron/workers/*.ts', { cwd: at('.'), exclude: (path) => path.endsWith('.test.ts') }).map((path) => [
    `workers/${basename(path, '.ts')}`,
    at(path),
  ]),
)

/** Puts the addon beside the bundles, for every platform it was built for; without one the WebAssembly kernels run. */
const nativeAddon = (): Plugin => ({
  name: 'native-addon',
  generateBundle() {
    for (const name of globSync('*.node', { cwd: at('native/build') }))
      this.emitFile({ type: 'asset', fileName: `native/${name}`, source: readFileSync(at(`native/build/${name}`)) })
  },
})

// Packages stay outside the bundle: native ones must, and the others then load the same files as under plain Node.
export default defineConfig({
  main: {
    plugins: [nativeAddon()],
    build: {
      outDir: 'out/main',
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          main: at('electron/main/main.ts'),
          'services-process': at('electron/host/desktop/services-process.ts'),
          ...workers,
        },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: true,
      // A sandboxed preload script is CommonJS and one file.
      rolldownOptions: {
        input: { preload: at('electron/preload/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: rendererConfig,
})
