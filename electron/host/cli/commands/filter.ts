import { Option, type Command } from 'commander'
import type { Intent } from '../../../contracts/intents.ts'
import { FILTER_RULES, type FilterRule } from '../../../contracts/refinement.ts'
import type { BuiltDataset, FilterResult } from '../../../refinement/index.ts'
import type { Workbench } from '../../../services/index.ts'
import { followJob, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions, type Session } from '../session.ts'
import { wholeNumber, wordList } from './refinement-options.ts'

export interface FilterOptions extends CommonOptions {
  readonly retrievers?: string[]
  readonly topN: number
  readonly rule: FilterRule
  readonly quorum?: number
  readonly intent?: Intent[]
}
export type FilterOutcome = FilterResult & { readonly dataset: BuiltDataset }

/** `dmr filter` */
export function addFilterCommand(program: Command): void {
  withFilterOptions(
    program.command('filter').description('keep the pairs on whose passage several retrievers agree'),
  ).action(async (_options, command: Command) => {
    const options = command.optsWithGlobals<FilterOptions>()
    using session = startSession(options)
    await withWorkbench(session, {}, async (workbench) => {
      const result = await filterPairs(workbench, options, session)
      print(options, result, () => filterLines(result))
    })
  })
}

export function withFilterOptions(command: Command): Command {
  return command
    .option('--retrievers <list>', 'retrievers that must agree, separated by commas (default: three kinds)', wordList)
    .option('--top-n <number>', 'how many passages from the top must be the same', wholeNumber, 1)
    .addOption(
      new Option('--rule <rule>', 'what counts as agreement')
        .choices([...FILTER_RULES])
        .default('agree-and-equals-source'),
    )
    .option('--quorum <number>', 'how many retrievers must agree (default: all)', wholeNumber)
}

/** Waits for the filter job. `intent` restricts it, where the command has that option. */
export async function filterPairs(
  workbench: Workbench,
  options: FilterOptions,
  session: Session,
): Promise<FilterOutcome> {
  await workbench.library.registerBuiltIn()
  const { retrievers, topN, rule, quorum, intent } = options
  const { jobId } = await workbench.client.refinement.filter({
    topN,
    rule,
    ...(retrievers ? { retrievers } : {}),
    ...(quorum === undefined ? {} : { quorum }),
    ...(intent ? { intents: intent } : {}),
  })
  return (await followJob(workbench, jobId, options, session.signal)) as FilterOutcome
}

export function filterLines(result: FilterOutcome): string[] {
  const percent = (kept: number, total: number): string => `${total === 0 ? 0 : ((100 * kept) / total).toFixed(1)} %`
  return [
    `${result.kept} of ${result.in} pairs kept (${percent(result.kept, result.in)}) by ${result.retrievers.join(', ')}, ${result.seconds.toFixed(1)} s`,
    ...Object.entries(result.byIntent).map(
      ([intent, { in: total, kept }]) => `  ${intent}: ${kept} of ${total} (${percent(kept, total)})`,
    ),
    'With other rules:',
    ...result.yields.map(
      ({ rule, topN, kept, in: total }) => `  ${rule}, N = ${topN}: ${kept} (${percent(kept, total)})`,
    ),
    `Data set ${result.dataset.name}: ${result.dataset.items} pairs`,
  ]
}
