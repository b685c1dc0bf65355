import { Option, type Command } from 'commander'
import { resolve } from 'node:path'
import { DATASET_FORMATS, type DatasetFormat } from '../../../contracts/refinement.ts'
import { print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** `dmr dataset list | export | import | remove` */
export function addDatasetCommands(program: Command): void {
  const dataset = program.command('dataset').description('training data in and out')

  dataset
    .command('list')
    .description('the data sets of the library')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, { readOnly: true }, async ({ client }) => {
        const sets = await client.refinement.datasets()
        print(options, sets, () =>
          sets.map(
            ({ name, kind, items, negatives }) => `${name}  (${kind})  ${items} queries, ${negatives} negatives`,
          ),
        )
      })
    })

  dataset
    .command('export')
    .description('write a data set for other tools')
    .argument('<name>')
    .argument('<folder>')
    .addOption(new Option('--format <format>', 'how to write it').choices([...DATASET_FORMATS]).default('jsonl'))
    .action(async (name: string, folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { format: DatasetFormat }>()
      using session = startSession(options)
      await withWorkbench(session, { readOnly: true }, async ({ client }) => {
        const written = await client.refinement.exportDataset({ name, format: options.format, folder: resolve(folder) })
        print(options, written, () => [`${written.items} queries written to ${written.folder}`])
      })
    })

  dataset
    .command('import')
    .description('read training JSON lines, a folder of them, or a BEIR or TREC folder')
    .argument('<path>')
    .option('--name <name>', 'name of the data set (default: that of the file)')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { name?: string }>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client }) => {
        const sets = await client.refinement.importDataset({
          path: resolve(path),
          ...(options.name === undefined ? {} : { name: options.name }),
        })
        print(options, sets, () =>
          sets.map(({ name, items, negatives }) => `${name}: ${items} queries, ${negatives} negatives`),
        )
      })
    })

  dataset
    .command('remove')
    .description('delete a data set from the library')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client }) => {
        await client.refinement.removeDataset({ name })
        print(options, { removed: name }, () => [`${name} is removed`])
      })
    })
}
