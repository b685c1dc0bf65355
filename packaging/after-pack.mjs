// electron-builder's hook after it has laid out an application: adds the bills of materials and the list of what was packed,
// for the check at start and the self-test.
import { Arch } from 'electron-builder'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HASH_LIST, makeHashList } from '../electron/platform/hash-list.ts'
import { writeSboms } from './sbom.ts'

/** Signing rewrites the libraries on macOS and Windows, and the system checks its signatures itself. */
const SIGNED = /\.(node|dylib|dll|so)$/u

/** @param {import('electron-builder').AfterPackContext} context */
export default async function afterPack({ appOutDir, arch, electronPlatformName, packager }) {
  const resources = packager.getResourcesDir(appOutDir)
  const { framework } = packager.info
  writeSboms(join(resources, 'sbom'), {
    target: { platform: electronPlatformName, arch: Arch[arch] },
    platform: { name: framework.name, version: framework.version, licence: 'MIT' },
  })
  const list = await makeHashList(resources, (path) => electronPlatformName === 'linux' || !SIGNED.test(path))
  writeFileSync(join(resources, HASH_LIST), JSON.stringify(list))
}
