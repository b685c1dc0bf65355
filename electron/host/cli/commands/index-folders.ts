import type { Command } from 'commander'
import { resolve } from 'node:path'
import type { IndexResult } from '../../../ingestion/index.ts'
import type { JobRecord } from '../../../storage/index.ts'
import { EXIT, followJob, note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** States that mean "this file did not become searchable as it should". */
const FAILURES = ['encrypted', 'damaged', 'failed'] as const

interface IndexOptions extends CommonOptions {
  readonly watch: boolean
  readonly include: string[]
  readonly exclude: string[]
  readonly embed: boolean
}

/** `dmr index FOLDER...` */
export function addIndexCommand(program: Command): void {
  const collect = (value: string, previous: string[]): string[] => [...previous, value]
  program
    .command('index')
    .description('read folders of PDFs into the library, or update it')
    .argument('<folder...>', 'folders to read, with everything below them')
    .option('--watch', 'stay and follow changes', false)
    .option('--include <glob>', 'only files that match (repeatable)', collect, [])
    .option('--exclude <glob>', 'leave out files that match (repeatable)', collect, [])
    .option('--no-embed', 'keyword search only')
    .action(async (folders: string[], _options, command: Command) => {
      process.exitCode = await indexFolders(folders, command.optsWithGlobals<IndexOptions>())
    })
}

async function indexFolders(folders: readonly string[], options: IndexOptions): Promise<number> {
  using session = startSession(options)
  return withWorkbench(session, { watch: options.watch }, async (workbench) => {
    const sourceIds: number[] = []
    for (const folder of folders) {
      const source = await workbench.library.addSource(resolve(folder), {
        watched: true,
        ...(options.include.length > 0 ? { include: options.include } : {}),
        ...(options.exclude.length > 0 ? { exclude: options.exclude } : {}),
      })
      sourceIds.push(source.id)
    }
    const result = (await followJob(
      workbench,
      workbench.library.index(options.embed ? { sourceIds } : { sourceIds, withoutEmbedding: true }),
      options,
      session.signal,
    )) as IndexResult
    const embedding = options.embed ? workbench.library.repositories.jobs.unfinished().find(isEmbedding) : undefined
    if (embedding) await followJob(workbench, embedding.id, options, session.signal)
    print(options, result, () => [summary(result)])
    if (options.watch) {
      note(
        options,
        `Watching ${folders.length === 1 ? folders[0] : `${folders.length} folders`} for changes. Ctrl-C ends it.`,
      )
      await new Promise<void>((done) => session.signal.addEventListener('abort', () => done()))
    }
    const failed = FAILURES.reduce((sum, state) => sum + (result.files[state] ?? 0), 0)
    if (failed > 0)
      note(
        options,
        `${failed} ${failed === 1 ? 'file needs' : 'files need'} attention: "dmr status --files" lists them with reasons.`,
      )
    return failed > 0 ? EXIT.someFailed : EXIT.done
  })
}

function isEmbedding({ kind, state }: JobRecord): boolean {
  return kind === 'embed' && state !== 'paused'
}

function summary({ files, pages, passages, seconds }: IndexResult): string {
  const changed = files.total - files.unchanged
  return `${files.total} files, ${changed} new or changed, ${pages} pages read, ${passages} passages in ${seconds.toFixed(1)} s`
}
