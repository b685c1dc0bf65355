import type { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SupportPreview } from '../../../contracts/support.ts'
import { collectSupport, supportFileName, zipSupport } from '../../../services/index.ts'
import { createNodePlatform } from '../../node-platform.ts'
import { note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface SupportOptions extends CommonOptions {
  readonly preview: boolean
  readonly output?: string
}

/** `dmr support-bundle` */
export function addSupportBundleCommand(program: Command): void {
  program
    .command('support-bundle')
    .description(
      'collect what helps to find a fault into a zip file, with everything private replaced; nothing is sent',
    )
    .option('--preview', 'only show what would be written', false)
    .option('--output <file>', 'zip file (default: in the current folder, with the time in its name)')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SupportOptions>()
      using session = startSession(options)
      const bundle = await collect(session)
      const replaced = bundle.redacted.map(({ kind, count }) => `${kind}: ${count}`).join(', ')
      const summary = `Replaced by placeholders: ${replaced || 'nothing'}`
      if (options.preview)
        return print(options, bundle, () => [
          ...bundle.files.flatMap(({ name, text }) => [`===== ${name} =====`, text]),
          summary,
        ])
      const path = resolve(options.output ?? supportFileName())
      writeFileSync(path, zipSupport(bundle), { mode: 0o600, flag: options.output === undefined ? 'wx' : 'w' })
      const names = bundle.files.map(({ name }) => name)
      print(options, { path, files: names, redacted: bundle.redacted }, () => [
        `Wrote ${path} (${names.join(', ')}). Nothing was sent.`,
        summary,
      ])
    })
}

/** A library that cannot be opened is what a bundle is most wanted for. */
async function collect(session: ReturnType<typeof startSession>): Promise<SupportPreview> {
  try {
    return await withWorkbench(session, { readOnly: true }, ({ client }) => client.support.preview())
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    note(session.options, `Without the library: ${problem}`)
    return collectSupport(createNodePlatform('cli', 'silent'), undefined, problem)
  }
}
