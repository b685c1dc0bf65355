import type { Command } from 'commander'
import type { BuiltDataset, MineResult } from '../../../refinement/index.ts'
import type { Workbench } from '../../../services/index.ts'
import { followJob, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions, type Session } from '../session.ts'
import { numberList, wholeNumber } from './refinement-options.ts'

export interface MineOptions extends CommonOptions {
  readonly alpha: number[]
  readonly keptShare?: number[]
  readonly margin?: number[]
  readonly model?: string
  readonly depth: number
  readonly perQuery: number
  readonly notSameDocument: boolean
  readonly unfiltered?: boolean
}
export type MineOutcome = MineResult & { readonly sets: readonly BuiltDataset[] }

/** `dmr mine --alpha 0.65,0.75,0.85` */
export function addMineCommand(program: Command): void {
  withMineOptions(program.command('mine').description('find passages that are close to the answer and are none'))
    .option('--unfiltered', 'mine for all pairs, not only for those that the newest filter kept', false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<MineOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const result = await mineNegatives(workbench, options, session)
        print(options, mineReport(result), () => mineLines(result))
      })
    })
}

export function withMineOptions(command: Command): Command {
  return command
    .option(
      '--alpha <list>',
      "shares of the positive's score under which negatives lie",
      numberList,
      [0.65, 0.75, 0.85],
    )
    .option('--kept-share <list>', 'shares of candidates to keep, from which alpha is calibrated', numberList)
    .option('--margin <list>', "distances below the positive's score, instead of alpha", numberList)
    .option('--model <id>', 'retriever whose ranking is mined (default: the embedding model in use)')
    .option('--depth <number>', 'passages looked at per query', wholeNumber, 100)
    .option('--per-query <number>', 'negatives per query at most', wholeNumber, 9)
    .option('--not-same-document', "leave out passages of the positive's document", false)
}

export async function mineNegatives(
  workbench: Workbench,
  options: MineOptions,
  session: Session,
): Promise<MineOutcome> {
  await workbench.library.registerBuiltIn()
  const { alpha, keptShare, margin, model, depth, perQuery, notSameDocument, unfiltered } = options
  const { jobId } = await workbench.client.refinement.mine({
    rule: margin ? { kind: 'margin', margins: margin } : { kind: 'percentage', alphas: alpha },
    depth,
    perQuery,
    excludeSameDocument: notSameDocument,
    ...(keptShare ? { keptShares: keptShare } : {}),
    ...(model === undefined ? {} : { retriever: model }),
    ...(unfiltered ? { filterId: null } : {}),
  })
  return (await followJob(workbench, jobId, options, session.signal)) as MineOutcome
}

/** What `--json` prints: the sets by alpha, with the histograms beside them. */
export function mineReport({ sets, summary, retriever, unscored, rule, seconds }: MineOutcome) {
  return {
    sets: sets.map(({ name, alpha, items, negatives, skipped, acrossSplits, bySplit }) => ({
      ...{ name, alpha, pairs: items, negatives, skipped, acrossSplits, bySplit },
    })),
    ...{ retriever, rule, unscored, seconds },
    suspects: summary.suspects,
    excluded: summary.excluded,
    positiveScores: summary.positiveScores,
    candidateScores: summary.candidateScores,
    shares: summary.shares,
  }
}

export function mineLines({ sets, summary, retriever, unscored, seconds }: MineOutcome): string[] {
  return [
    `Mined with ${retriever} in ${seconds.toFixed(1)} s; ${summary.suspects} passages may be answers and wait for review, ${unscored} pairs could not be scored`,
    ...sets.map(
      ({ name, items, negatives, skipped }) =>
        `  ${name}: ${items} queries, ${negatives} hard negatives (${items === 0 ? 0 : (negatives / items).toFixed(1)} each), ${skipped} queries without`,
    ),
  ]
}
