import type { Command } from 'commander'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { IndexResult } from '../../../ingestion/index.ts'
import { EXIT, followJob, note, print } from '../output.ts'
import { startSession, withWorkbench } from '../session.ts'
import { filterLines, filterPairs, withFilterOptions, type FilterOptions } from './filter.ts'
import { mineLines, mineNegatives, mineReport, withMineOptions, type MineOptions } from './mine.ts'
import { synthesisLines, synthesize, withSynthesizeOptions, type SynthesizeOptions } from './synthesize.ts'

type RefineOptions = SynthesizeOptions & FilterOptions & MineOptions & { readonly export?: string }

/** `dmr refine [FOLDER...]`: from PDFs to training data in one command. */
export function addRefineCommand(program: Command): void {
  const command = program
    .command('refine')
    .description('from documents to filtered, mined training data: index, synthesize, filter, mine, export')
    .argument('[folder...]', 'folders of PDFs to read first')
  withMineOptions(withFilterOptions(withSynthesizeOptions(command)))
    .option('--export <folder>', 'write every data set there, a folder each')
    .action(async (folders: string[], _options, action: Command) => {
      process.exitCode = await refine(folders, action.optsWithGlobals<RefineOptions>())
    })
}

async function refine(folders: readonly string[], options: RefineOptions): Promise<number> {
  using session = startSession(options)
  return withWorkbench(session, {}, async (workbench) => {
    const { library, client } = workbench
    await library.registerBuiltIn()
    const index = folders.length > 0 ? await readFolders() : undefined
    // Reading queues this by itself; a library that was filled without a model gets its vectors here.
    const embedding = library.queue.unfinishedOf('embed')?.id ?? library.embedMissing()
    if (embedding !== undefined) await followJob(workbench, embedding, options, session.signal)
    const synthesis = await synthesize(workbench, options, session)
    const filter = await filterPairs(workbench, options, session)
    const mining = await mineNegatives(workbench, options, session)
    const names = [filter.dataset.name, ...mining.sets.map(({ name }) => name)]
    const exported: string[] = []
    if (options.export !== undefined) {
      mkdirSync(resolve(options.export), { recursive: true })
      for (const name of names) {
        const folder = join(resolve(options.export), name)
        await client.refinement.exportDataset({ name, format: 'jsonl', folder })
        exported.push(folder)
      }
    }
    print(options, { ...(index ? { index } : {}), synthesis, filter, mining: mineReport(mining), exported }, () => [
      ...synthesisLines(synthesis),
      ...filterLines(filter),
      ...mineLines(mining),
      ...exported.map((folder) => `Written to ${folder}`),
    ])
    if (synthesis.failed > 0) note(options, `${synthesis.failed} passages failed; run it again to try them once more.`)
    return synthesis.failed > 0 ? EXIT.someFailed : EXIT.done

    async function readFolders(): Promise<IndexResult> {
      const sourceIds: number[] = []
      for (const folder of folders) sourceIds.push((await library.addSource(resolve(folder), { watched: true })).id)
      return (await followJob(workbench, library.index({ sourceIds }), options, session.signal)) as IndexResult
    }
  })
}
