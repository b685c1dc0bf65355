import { fileURLToPath } from 'node:url'
import { relative, sep } from 'node:path'
import type { Plugin } from 'vite'
import { licenceText } from '../packaging/licence-texts.ts'
import {
  lockedPackages,
  productionPackages,
  THIS_MACHINE,
  type LockedPackage,
} from '../packaging/production-packages.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FILE = 'licences.json'

/**
 * Puts `licences.json` beside the window: every package that is bundled into it or installed with the program, with its terms.
 * `Licences` in src/views/settings/licences.svelte.ts reads it; packaging/sbom.ts takes the bundled packages from it.
 */
export function licenceList(): Plugin {
  return {
    name: 'licence-list',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
      this.emitFile({ type: 'asset', fileName: FILE, source: JSON.stringify(licencesOf(packagesOf(modules))) })
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.endsWith(`/${FILE}`)) return next()
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(licencesOf([])))
      })
    },
  }
}

/** Folders of the npm packages that modules come from, below the project. */
function packagesOf(modules: readonly string[]): string[] {
  const folders = modules.flatMap((id) => {
    const path = relative(ROOT, id.replace(/^\0/u, '').replace(/\?.*$/u, '')).split(sep).join('/')
    return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(path)?.[0] ?? []
  })
  return [...new Set(folders)].sort()
}

function licencesOf(bundled: readonly string[]): object {
  const installed = productionPackages(ROOT, THIS_MACHINE)
  const paths = new Set(installed.map(({ path }) => path))
  const all = [
    ...installed,
    ...lockedPackages(
      ROOT,
      bundled.filter((path) => !paths.has(path)),
    ),
  ]
  // Many packages carry the same text to the letter.
  const texts = new Map<string, number>()
  const packages = all
    .map((entry: LockedPackage) => {
      const text = licenceText(ROOT, entry)
      if (!texts.has(text)) texts.set(text, texts.size)
      const { name, version, licence } = entry
      return { name, version, licence: licence ?? null, text: texts.get(text)! }
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return { bundled, packages, texts: [...texts.keys()] }
}
