import type { Command } from 'commander'
import { EXIT, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** `dmr doctor` */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check versions, storage and optional helpers')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client, library }) => {
        await library.registerBuiltIn()
        const report = await client.system.doctor()
        print(options, report, () =>
          report.checks.map(
            (check) =>
              `${check.ok ? 'ok   ' : 'FAULT'} ${check.name}: ${check.detail}${check.remedy ? ` ${check.remedy}` : ''}`,
          ),
        )
        process.exitCode = report.ok ? EXIT.done : EXIT.failed
      })
    })
}
