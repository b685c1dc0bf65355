import { svelte } from '@sveltejs/vite-plugin-svelte'
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'
import { licenceList } from './licence-list.ts'
import { pdfAssets } from './pdf-assets.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

/**
 * How the window is built, for `vite build renderer` alone and for electron-vite.
 * Addresses are relative, because the same files are served from `app://` and from any origin of `dmr serve`;
 * nothing is inlined, because the content policy allows no inline style and no data: scripts.
 */
export const rendererConfig: UserConfig = {
  root,
  base: './',
  plugins: [svelte({ configFile: false }), pdfAssets(), licenceList()],
  build: {
    outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // The PDF viewer's engine is one file of about a megabyte and loads with the first page shown.
    chunkSizeWarningLimit: 2_000,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: fileURLToPath(new URL('index.html', import.meta.url)) },
  },
  worker: { format: 'es' },
}

export default defineConfig(rendererConfig)
