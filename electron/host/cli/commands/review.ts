import { Option, type Command } from 'commander'
import { resolve } from 'node:path'
import {
  FILTER_VERDICTS,
  QUEUE_ORDERS,
  RESOLUTION_POLICIES,
  type AgreementReport,
  type FilterVerdict,
  type QueueOrder,
  type ResolutionPolicy,
} from '../../../contracts/curation.ts'
import type { Intent } from '../../../contracts/intents.ts'
import type { RateResult } from '../../../curation/index.ts'
import type { Workbench } from '../../../services/index.ts'
import { EXIT, followJob, note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions, type Session } from '../session.ts'
import { intentList, wholeNumber } from './refinement-options.ts'

interface ExportOptions extends CommonOptions {
  readonly name?: string
  readonly intent?: Intent[]
  readonly filterVerdict?: FilterVerdict
  readonly dataset?: string
  readonly suspects: boolean
  readonly order: QueueOrder
  readonly limit?: number
  readonly open: boolean
}

/** `dmr review status | export | import | decisions | merge | agreement | rate | build | check` */
export function addReviewCommands(program: Command): void {
  const review = program.command('review').description('vetted pairs: work packages, agreement, grades by a model')

  action(review.command('status').description('how far reviewing is'), true, async ({ client }, options) => {
    const { curation } = client
    const [overview, judges, packages] = [
      await curation.overview({}),
      await curation.judges(),
      await curation.packages(),
    ]
    const decided = await Promise.all(
      judges.map(async (judge) => ({ ...judge, ...(await curation.progress({ judgeId: judge.id })) })),
    )
    print(options, { ...overview, judges: decided, packages }, () => [
      `${overview.pairs} pairs, ${overview.suspects} suspected passages, ${overview.disagreements} disagreements`,
      ...decided.map(({ name, kind, decided: n, skipped }) => `${name} (${kind}): ${n} decided, ${skipped} skipped`),
      ...packages.map(
        (one) => `package ${one.id} "${one.name}" (${one.direction}): ${one.decided} of ${one.items} decided`,
      ),
    ])
  })

  action(
    review
      .command('export')
      .description('write pairs into one file, to be judged elsewhere')
      .argument('<file>')
      .option('--name <name>', 'name of the package')
      .option('--intent <list>', 'only these intents', intentList)
      .addOption(new Option('--filter-verdict <verdict>', 'of the newest filter run').choices([...FILTER_VERDICTS]))
      .option('--dataset <name>', 'only pairs of this data set')
      .option('--suspects', 'only pairs with passages that may be unmarked answers', false)
      .addOption(new Option('--order <order>').choices([...QUEUE_ORDERS]).default('shuffled'))
      .option('--limit <number>', 'pairs at most', wholeNumber)
      .option('--open', 'say who wrote the pairs and what mining found; not blind', false),
    false,
    async ({ client }, options: ExportOptions, _session, [file]) => {
      const { name, intent, filterVerdict, dataset, suspects, order, limit, open } = options
      const written = await client.curation.exportPackage({
        path: resolve(file!),
        ...{ name, order, limit, blind: !open },
        filter: { intents: intent, filterVerdict, dataset, ...(suspects ? { suspects } : {}) },
      })
      print(options, written, () => [`${written.package.items} pairs written to ${written.path}`])
    },
  )

  action(
    review.command('import').description('take in a package of another library').argument('<file>'),
    false,
    async ({ client }, options, _session, [file]) => {
      const taken = await client.curation.importPackage({ path: resolve(file!) })
      print(options, taken, () => [
        `"${taken.package.name}" from ${taken.package.libraryName}: ${taken.added} pairs added, ${taken.known} known`,
      ])
    },
  )

  action(
    review
      .command('decisions')
      .description('write what was decided into one file, to be merged elsewhere')
      .argument('<file>')
      .option('--package <id>', 'only decisions on this package ("review status" lists them)', wholeNumber),
    false,
    async ({ client }, options: CommonOptions & { package?: number }, _session, [file]) => {
      const written = await client.curation.exportDecisions({ path: resolve(file!), packageId: options.package })
      print(options, written, () => [`${written.decisions} decisions written to ${written.path}`])
    },
  )

  action(
    review
      .command('merge')
      .description('take in decisions made elsewhere; a second time changes nothing')
      .argument('<file>')
      .requiredOption('--judge <name>', 'who merges; a new name is added')
      .addOption(
        new Option('--on-conflict <side>', 'where the same judge decided otherwise here')
          .choices(['here', 'there'])
          .default('here'),
      )
      .option('--foreign', 'take decisions meant for another library, for pairs of the same content', false),
    false,
    mergeDecisions,
  )

  action(
    review
      .command('agreement')
      .description('how far judges, filter and language model agree')
      .option('--no-intents', 'over all intents only'),
    true,
    async ({ client }, options: CommonOptions & { intents: boolean }) => {
      const report = await client.curation.agreement({ intents: options.intents })
      print(options, report, () => agreementLines(report))
    },
  )

  action(
    review
      .command('rate')
      .description('have the configured language model grade pairs, as a judge marked as a machine')
      .option('--intent <list>', 'only these intents', intentList)
      .option('--suspects', 'grade suspected passages too', false)
      .option('--limit <number>', 'pairs and passages at most', wholeNumber),
    false,
    async (workbench, options: CommonOptions & { intent?: Intent[]; suspects: boolean; limit?: number }, session) => {
      const { intent: intents, suspects, limit } = options
      const { jobId } = await workbench.client.curation.rate({ intents, suspects, limit })
      const result = (await followJob(workbench, jobId, options, session.signal)) as RateResult
      print(options, result, () => [
        `${result.rated} graded, ${result.failed} failed in ${result.seconds.toFixed(1)} s`,
      ])
      return result.failed > 0 ? EXIT.someFailed : EXIT.done
    },
  )

  action(
    review
      .command('build')
      .description('build the newest data sets again with what reviewing settled')
      .addOption(new Option('--policy <policy>').choices([...RESOLUTION_POLICIES]).default('majority'))
      .option('--prefix <text>', 'in front of every name', 'reviewed-'),
    false,
    async ({ client }, options: CommonOptions & { policy: ResolutionPolicy; prefix: string }) => {
      const sets = await client.curation.buildDatasets({ policy: options.policy, prefix: options.prefix })
      print(options, sets, () =>
        sets.map(
          ({ name, items, negatives, review: { rejected, rescued, edited, falseNegatives } }) =>
            `${name}: ${items} queries, ${negatives} negatives (${rejected} rejected, ${rescued} rescued, ${edited} edited, ${falseNegatives} false negatives)`,
        ),
      )
    },
  )

  action(
    review.command('check').description('derive every decision from its log anew, and mend what differs'),
    false,
    async ({ curation }, options) => {
      const mended = curation.decisions.rebuild()
      print(options, { mended }, () => [mended === 0 ? 'All decisions are as logged.' : `${mended} decisions mended.`])
    },
  )
}

async function mergeDecisions(
  { client }: Workbench,
  options: CommonOptions & { judge: string; onConflict: 'here' | 'there'; foreign: boolean },
  _session: Session,
  [file]: readonly string[],
): Promise<number> {
  const known = (await client.curation.judges()).find(
    ({ kind, name }) => kind === 'person' && name.toLowerCase() === options.judge.toLowerCase(),
  )
  const judge = known ?? (await client.curation.saveJudge({ name: options.judge }))
  if (!known) note(options, `${judge.name} is new as a judge here.`)
  const { onConflict, foreign } = options
  const report = await client.curation.mergeDecisions({ path: resolve(file!), judgeId: judge.id, onConflict, foreign })
  print(options, report, () => [
    `${report.applied} decisions taken in, ${report.known} were here, ${report.unknown} about pairs that are not here`,
    ...(report.newDisagreements > 0 ? [`Judges now differ on ${report.newDisagreements} more.`] : []),
    ...report.conflicts.map(
      ({ judge: { name }, query, here, there, taken }) =>
        `conflict: ${name} on "${query.slice(0, 60)}": here ${here.outcome ?? 'open'}, there ${there.outcome ?? 'open'}; took ${taken}`,
    ),
  ])
  return report.conflictCount > 0 || report.unknown > 0 ? EXIT.someFailed : EXIT.done
}

function agreementLines({ judges, rows }: AgreementReport): string[] {
  const names = new Map(judges.map(({ id, name }) => [id, name]))
  if (rows.length === 0) return ['Nothing to compare yet: two judges, or a judge and a filter run, are needed.']
  return rows.map(({ between, judgeIds, intent, scale, units, coefficients }) => {
    const who = judgeIds.length === 0 ? 'settled' : judgeIds.map((id) => names.get(id) ?? id).join(', ')
    const values = coefficients.flatMap(({ name, estimate }) =>
      estimate
        ? [`${name} ${estimate.value.toFixed(3)} [${estimate.low.toFixed(3)}, ${estimate.high.toFixed(3)}]`]
        : [],
    )
    return `${between} (${who})  ${intent ?? 'all'}  ${scale}  n=${units}  ${values.join('  ')}`
  })
}

/** Gives a command its session and library. @param run may return an exit code. */
function action<Options extends CommonOptions>(
  command: Command,
  readOnly: boolean,
  run: (workbench: Workbench, options: Options, session: Session, args: readonly string[]) => Promise<unknown>,
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Options>()
    using session = startSession(options)
    const code = await withWorkbench(session, { readOnly }, (workbench) =>
      run(workbench, options, session, command.args),
    )
    if (typeof code === 'number') process.exitCode = code
  })
}
