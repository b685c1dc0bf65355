import type { Command } from 'commander'
import { resolve } from 'node:path'
import { integrityCheck, keywordIndexCheck, passageTextCheck, restoreLibrary } from '../../../services/index.ts'
import { createNodePlatform } from '../../node-platform.ts'
import { defaultLibraryPath } from '../../paths.ts'
import { EXIT, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** `dmr library backup FILE | restore FILE | check | repair` */
export function addLibraryCommands(program: Command): void {
  const library = program.command('library').description('care for the library file')

  library
    .command('backup')
    .description('copy the library to a file, also while it is in use')
    .argument('<file>')
    .action(async (file: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, { readOnly: true }, async ({ client }) => {
        const backup = await client.system.backup({ path: resolve(file) })
        print(options, backup, () => [`Copied to ${backup.path} (${(backup.bytes / 2 ** 20).toFixed(1)} MB)`])
      })
    })

  library
    .command('restore')
    .description('put a backup in the place of the library; what was there is kept beside it')
    .argument('<file>')
    .action((file: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      // The library is not opened: it may be too damaged for that.
      const path = options.library ?? defaultLibraryPath(createNodePlatform('cli', 'silent').paths)
      const restored = restoreLibrary(resolve(path), resolve(file))
      print(options, restored, () => [
        `Restored ${restored.path}.`,
        ...(restored.keptAs === null ? [] : [`What was there is kept as ${restored.keptAs}.`]),
      ])
    })

  library
    .command('check')
    .description('look for faults in every part of the file')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const checks = [
          integrityCheck(workbench.library, true),
          keywordIndexCheck(workbench.library),
          passageTextCheck(workbench.library),
        ]
        const ok = checks.every((check) => check.ok)
        print(options, { ok, checks }, () =>
          checks.map(
            (check) =>
              `${check.ok ? 'ok   ' : 'FAULT'} ${check.name}: ${check.detail}${check.remedy ? ` ${check.remedy}` : ''}`,
          ),
        )
        process.exitCode = ok ? EXIT.done : EXIT.failed
      })
    })

  library
    .command('repair')
    .description('build the keyword index again from the stored text')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ library: open }) => {
        open.requireWritable()
        open.db.exec("INSERT INTO passage_fts(passage_fts) VALUES ('rebuild')")
        const check = keywordIndexCheck(open)
        print(options, check, () => [`${check.name}: ${check.detail}`])
      })
    })
}
