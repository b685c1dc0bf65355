import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { WorkbenchError } from '../../../contracts/errors.ts'
import type { Settings } from '../../../contracts/system.ts'
import { fetchUpdate } from '../../../platform/updates/index.ts'
import { checkUpdates, requireSource, updateSource } from '../../../services/index.ts'
import { createNodePlatform } from '../../node-platform.ts'
import { defaultLibraryPath } from '../../paths.ts'
import { print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface UpdateOptions extends CommonOptions {
  readonly check: boolean
  readonly from?: string
  readonly key?: string
}

type Source = Pick<Settings, 'updateFolder' | 'updateKey'>

/** `dmr update [--check] [--from FOLDER]` */
export function addUpdateCommand(program: Command): void {
  program
    .command('update')
    .description('take a signed update from a folder or share; nothing is downloaded')
    .option('--check', 'only say whether there is one', false)
    .option('--from <folder>', 'folder of the update (default: that of policy or settings)')
    .option('--key <key>', 'public key it must be signed with (default: that of policy or settings)')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<UpdateOptions>()
      using session = startSession(options)
      const platform = createNodePlatform('cli', options.debug ? 'debug' : 'error')
      const { updateFolder, updateKey } = platform.policy?.values ?? {}
      if (
        (updateFolder !== undefined && options.from !== undefined) ||
        (updateKey !== undefined && options.key !== undefined)
      )
        throw new WorkbenchError(
          'BAD_INPUT',
          `Folder and key of updates are managed by your organisation. Run the command without --from and --key.`,
        )
      const stored = await settingsOf(options)
      // As everywhere: policy, then what a person says, then the settings.
      const source = updateSource(platform, {
        updateFolder: updateFolder ?? (options.from === undefined ? stored.updateFolder : resolve(options.from)),
        updateKey: updateKey ?? options.key ?? stored.updateKey,
      })
      if (options.check) {
        const found = await checkUpdates(source)
        return print(options, found, () => [
          found.reason ??
            (found.state === 'current'
              ? `Version ${found.installed} is the newest in ${found.folder}.`
              : `Version ${found.version} of ${found.released} is in ${found.folder} (installed: ${found.installed}).\n${found.notes}`),
        ])
      }
      const fetched = await fetchUpdate(requireSource(source), platform.paths.data, session.signal)
      print(options, fetched, () => [`Version ${fetched.version} was checked and copied.`, fetched.nextStep])
    })
}

/** Those of the library, where there is one: an update must not make a library. */
async function settingsOf(options: CommonOptions): Promise<Source> {
  const path = options.library ?? defaultLibraryPath(createNodePlatform('cli', 'silent').paths)
  if (!existsSync(path)) return { updateFolder: '', updateKey: '' }
  using session = startSession(options)
  return withWorkbench(session, { readOnly: true }, ({ client }) => client.system.settings())
}
