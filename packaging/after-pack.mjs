// electron-builder's hook after it has laid out an application: adds the bills of materials and the list of what was packed,
// for the check at start and the self-test, and holds the package to its size.
import { Arch } from 'electron-builder'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HASH_LIST, makeHashList } from '../electron/platform/hash-list.ts'
import { writeSboms } from './sbom.ts'
import { keepSizeBudget } from './size-budget.ts'

/** Signing rewrites the libraries on macOS and Windows, and the system checks its signatures itself. */
const SIGNED = /\.(node|dylib|dll|so)$/u

/** @param {import('electron-builder').AfterPackContext} context */
export default async function afterPack({ appOutDir, arch, electronPlatformName: platform, packager }) {
  if (platform !== process.platform || Arch[arch] !== process.arch)
    // npm installed the native packages of this machine alone.
    throw new Error(
      `A package for ${platform} ${Arch[arch]} cannot be made on ${process.platform} ${process.arch}. Run this on such a machine.`,
    )
  const resources = packager.getResourcesDir(appOutDir)
  keepSizeBudget(resources, platform)
  const { framework } = packager.info
  writeSboms(join(resources, 'sbom'), {
    target: { platform, arch: Arch[arch] },
    platform: { name: framework.name, version: framework.version, licence: 'MIT' },
  })
  const list = await makeHashList(resources, (path) => platform === 'linux' || !SIGNED.test(path))
  writeFileSync(join(resources, HASH_LIST), JSON.stringify(list))
}
