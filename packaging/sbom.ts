/**
 * `node packaging/sbom.ts FOLDER`: writes the bills of materials of an installation for this machine, CycloneDX 1.6 and SPDX 2.3,
 * both as JSON. The hook after-pack.mjs and build-deb.ts do it for every package. Needs no network: everything comes from the
 * lock file and from what is installed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toCycloneDx } from './cyclonedx.ts'
import { takeInventory, type InventoryOptions } from './inventory.ts'
import { THIS_MACHINE } from './production-packages.ts'
import { toSpdx } from './spdx.ts'

export const SBOM_FILES = { cycloneDx: 'bom.cdx.json', spdx: 'bom.spdx.json' } as const
const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type SbomOptions = Omit<InventoryOptions, 'root' | 'bundled'>

/** @param folder is made where it is missing. @throws Error when the window was not built before. */
export function writeSboms(folder: string, options: SbomOptions): void {
  const inventory = takeInventory({ root: ROOT, bundled: bundledIntoWindow(), ...options })
  const created = process.env['SOURCE_DATE_EPOCH']
    ? new Date(Number(process.env['SOURCE_DATE_EPOCH']) * 1_000)
    : new Date()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, SBOM_FILES.cycloneDx), toCycloneDx(inventory, created))
  writeFileSync(join(folder, SBOM_FILES.spdx), toSpdx(inventory, created))
}

/** Folders of the packages in the built window, as renderer/licence-list.ts found them. */
function bundledIntoWindow(): string[] {
  const path = join(ROOT, 'out', 'renderer', 'licences.json')
  try {
    const { bundled } = JSON.parse(readFileSync(path, 'utf8')) as { bundled: string[] }
    return bundled
  } catch (error) {
    throw new Error(`${path} cannot be read. Build the window first: npm run build.`, { cause: error })
  }
}

/** The Node that the headless package brings. */
export function nodePlatform(): SbomOptions['platform'] {
  return { name: 'node', version: process.versions.node, licence: 'MIT' }
}

if (import.meta.main) {
  const [folder = join(ROOT, 'out', 'sbom')] = process.argv.slice(2)
  writeSboms(folder, { target: THIS_MACHINE, platform: nodePlatform() })
  process.stdout.write(`${join(folder, SBOM_FILES.cycloneDx)} and ${SBOM_FILES.spdx}\n`)
}
