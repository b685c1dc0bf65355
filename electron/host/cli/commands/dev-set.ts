import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { buildDevSet } from '../../../evaluation/index.ts'
import { print, stagedBar } from '../output.ts'
import { anyWholeNumber, share, wholeNumber } from './refinement-options.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface DevSetOptions extends CommonOptions {
  readonly dataset: string
  readonly split?: string
  readonly output: string
  readonly queries: number
  readonly poolDepth: number
  readonly fillShare: number
  readonly seed: number
}

/** `dmr dev-set --dataset DIR --output DIR` */
export function addDevSetCommand(program: Command): void {
  program
    .command('dev-set')
    .description('make a small development set from a benchmark, and measure how well it stands in for it')
    .requiredOption('--dataset <folder>', 'corpus.jsonl, queries.jsonl and qrels/, or DisastIR files')
    .option('--split <name>', 'judgements to use (BEIR; default: test)')
    .requiredOption('--output <folder>', 'a new folder')
    .option('--queries <n>', 'queries to draw', wholeNumber, 100)
    .option('--pool-depth <n>', 'documents from the top of each ranking, per query', wholeNumber, 20)
    .option('--fill-share <share>', 'random documents, as a share of the corpus', share, 0.02)
    .option('--seed <n>', 'of the draw', anyWholeNumber, 1)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<DevSetOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ library }) => {
        await library.registerBuiltIn()
        const progress = stagedBar(options)
        const report = await buildDevSet(options, library.evaluation, {
          signal: session.signal,
          onProgress: ({ set, system, stage, ...counts }) =>
            progress.show({ ...counts, stage: `${set}, ${system}: ${stage}` }),
        }).finally(progress.stop)
        if (!library.readOnly)
          library.repositories.devSets.add(basename(options.output), resolve(options.output), report)
        print(options, report, () => [
          `${report.queries} queries, ${report.smallTexts} of ${report.fullTexts} texts; Kendall's tau-b ${report.kendallTauB?.toFixed(2) ?? '-'}`,
          ...report.systems.map(
            ({ name, full, small, fullSeconds, smallSeconds }) =>
              `${name}: ${report.measure} ${full.toFixed(4)} full, ${small.toFixed(4)} small; ${fullSeconds.toFixed(1)} s and ${smallSeconds.toFixed(1)} s`,
          ),
        ])
      })
    })
}
