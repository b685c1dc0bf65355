import { existsSync } from 'node:fs'
import { WorkbenchError } from '../contracts/errors.ts'
import type { Settings } from '../contracts/system.ts'
import type { UpdateCheck } from '../contracts/updates.ts'
import { said, Wording } from '../contracts/wording.ts'
import type { HostPlatform } from '../platform/host-platform.ts'
import { checkForUpdate, fetchUpdate, type UpdateSource } from '../platform/updates/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { APP_VERSION } from './version.ts'

/** Signed updates from a folder, see [Note: signed updates]. Off until a folder and a key are set, and nothing is looked at unasked. */
export function updatesService(library: Library) {
  const { platform } = library
  const source = (): UpdateSource | Wording => updateSource(platform, library.settings.get())
  return {
    check: os.updates.check.handler(() => checkUpdates(source())),
    fetch: os.updates.fetch.handler(({ signal }) => fetchUpdate(requireSource(source()), platform.paths.data, signal)),
  }
}

/** @returns why there is nothing to look at, as a sentence for people. */
export function updateSource(
  platform: Pick<HostPlatform, 'kind' | 'policy'>,
  { updateFolder, updateKey }: Pick<Settings, 'updateFolder' | 'updateKey'>,
): UpdateSource | Wording {
  if (platform.policy?.values.updatesOff === true) return said`Updates are turned off by your organisation.`
  if (updateFolder === '') return said`No folder of updates is named, so none are looked for.`
  if (updateKey === '')
    return said`Updates need a key: without it nobody can tell who made them. Ask your administrator for it.`
  return {
    folder: updateFolder,
    publicKey: updateKey,
    installed: APP_VERSION,
    installation: {
      host: platform.kind,
      platform: process.platform,
      arch: process.arch,
      appImage: process.env['APPIMAGE'] !== undefined,
      debian: existsSync('/etc/debian_version'),
    },
  }
}

/** @throws WorkbenchError, see checkForUpdate. */
export async function checkUpdates(source: UpdateSource | Wording): Promise<UpdateCheck> {
  if (!(source instanceof Wording)) return checkForUpdate(source)
  const nothing = { folder: null, version: null, released: null, notes: null, bytes: null }
  return { state: 'off', installed: APP_VERSION, ...nothing, reason: String(source) }
}

/** @throws WorkbenchError NOT_AVAILABLE. */
export function requireSource(source: UpdateSource | Wording): UpdateSource {
  if (!(source instanceof Wording)) return source
  throw new WorkbenchError('NOT_AVAILABLE', source)
}
