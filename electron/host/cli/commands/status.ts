import type { Command } from 'commander'
import { print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

const ALL_FILES = 10_000_000

/** `dmr status [--files]` */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('what the library holds, and why a file is not in it')
    .option('--files', 'list every file with its state and reason', false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { files: boolean }>()
      using session = startSession(options)
      await withWorkbench(session, { readOnly: true }, async ({ client, library }) => {
        const overview = await client.library.overview()
        const rows = library.repositories.fileTable.slice({ sort: 'attention', offset: 0, limit: ALL_FILES }).rows
        const models = (await client.models.list()).map(({ id, active, dimensions, state, indexed }) => ({
          ...{ id, active, dimensions, state, indexed },
        }))
        const files = rows.map(({ path, state, reason, pages, passages }) => ({ path, state, reason, pages, passages }))
        print(
          options,
          { library: overview.path, files, models, pages: overview.pages, passages: overview.passages },
          () => [
            `${overview.path}: ${overview.documents} documents, ${overview.pages.searchable} of ${overview.pages.total} pages searchable, ${overview.passages} passages`,
            ...Object.entries(overview.byState).map(([state, count]) => `  ${state}: ${count}`),
            ...models.map(
              ({ id, active, indexed }) =>
                `${active ? '*' : ' '} ${id}: ${indexed ? `${indexed.passages} of ${indexed.total} passages by meaning` : 'no index'}`,
            ),
            ...(options.files
              ? files.map((file) => `${file.state.padEnd(11)} ${file.path}${file.reason ? `  (${file.reason})` : ''}`)
              : []),
          ],
        )
      })
    })
}
