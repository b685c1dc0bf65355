import type { Command } from 'commander'
import { checkInstalledFiles, runSelfTest } from '../../../services/index.ts'
import { createNodePlatform } from '../../node-platform.ts'
import { EXIT, print } from '../output.ts'
import type { CommonOptions } from '../session.ts'

/** `dmr selftest`: whether this installation can do its work, tried on a library of its own. */
export function addSelfTestCommand(program: Command): void {
  program
    .command('selftest')
    .description('try every part of this installation on a trial library; your own is not opened')
    .option('--files', 'only compare the installed files with the list made when they were packed', false)
    .action(async (own: { files: boolean }, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      const platform = createNodePlatform('cli', options.debug ? 'debug' : 'silent')
      if (own.files) {
        const detail = await checkInstalledFiles(platform.paths.resources)
        return print(options, { ok: true, detail }, () => [detail])
      }
      const report = await runSelfTest(platform)
      print(options, report, () =>
        report.steps.map(
          ({ ok, name, detail, remedy, milliseconds }) =>
            `${ok ? 'ok   ' : 'FAULT'} ${name} (${milliseconds} ms): ${detail}${remedy ? `. ${remedy}` : ''}`,
        ),
      )
      process.exitCode = report.ok ? EXIT.done : EXIT.failed
    })
}
