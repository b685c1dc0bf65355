import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

/** What pdf.js fetches while it reads a file: character maps, stand-ins for fonts that are not embedded, image decoders, colour profiles. */
const FOLDERS = ['cmaps', 'standard_fonts', 'wasm', 'iccs'] as const
const PLACE = 'pdfjs'

/** Puts pdf.js's own data files beside the window under `pdfjs/`, at build time and in the dev server. */
export function pdfAssets(): Plugin {
  const root = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
  return {
    name: 'pdf-assets',
    async generateBundle() {
      for (const folder of FOLDERS) {
        for (const name of await readdir(join(root, folder))) {
          const source = await readFile(join(root, folder, name))
          this.emitFile({ type: 'asset', fileName: `${PLACE}/${folder}/${name}`, source })
        }
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const [, folder, name] = /\/pdfjs\/([a-z_]+)\/([\w.-]+)$/.exec(request.url ?? '') ?? []
        if (name === undefined || !FOLDERS.some((known) => known === folder)) return next()
        createReadStream(join(root, folder as string, name))
          .on('error', next)
          .pipe(response)
      })
    },
  }
}
