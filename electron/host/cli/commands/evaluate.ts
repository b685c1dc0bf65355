import { Option, type Command } from 'commander'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { INTENTS, type Intent } from '../../../contracts/intents.ts'
import { SEARCH_MODES, type SearchMode } from '../../../contracts/search.ts'
import {
  compareRuns,
  evaluate,
  EvaluationInputError,
  MEASURE_NAMES,
  metricsOf,
  readQrels,
  readRun,
  runLines,
  storeEvaluation,
  writeLines,
  type MeasureName,
  type MeasureValues,
  type MetricsReport,
  type RunComparison,
} from '../../../evaluation/index.ts'
import { note, print, stagedBar } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface EvaluateOptions extends CommonOptions {
  readonly dataset: string
  readonly split?: string
  readonly intent?: Intent
  readonly mode: SearchMode
  readonly model?: string
  readonly rerank: boolean
  readonly ignoreUnjudged: boolean
  readonly run?: string
  readonly perQuery: boolean
}

/** What people look at first; --json gives all. */
const SHOWN: readonly MeasureName[] = ['nDCG@10', 'nDCG@10(exp)', 'RR@10', 'R@100', 'AP', 'P@10', 'Judged@10']

/** `dmr evaluate --dataset DIR` */
export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measure search on a benchmark: a BEIR folder or DisastIR files')
    .requiredOption('--dataset <folder>', 'corpus.jsonl, queries.jsonl and qrels/, or DisastIR files')
    .option('--split <name>', 'judgements to use (BEIR; default: test)')
    .addOption(new Option('--intent <intent>', 'what the queries are (default: by the set)').choices([...INTENTS]))
    .addOption(new Option('--mode <mode>', 'how to search').choices([...SEARCH_MODES]).default('dense'))
    .option('--model <id>', 'search model (default: the one in use)')
    .option('--rerank', 'read the top again with the installed cross-encoder', false)
    .option('--ignore-unjudged', 'leave out documents that nobody judged', false)
    .option('--run <file>', 'also write the rankings as a TREC run')
    .option('--per-query', 'add the values of every query to --json', false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<EvaluateOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ library }) => {
        await library.registerBuiltIn()
        const { dataset, split, intent, mode, model, rerank } = options
        const params = {
          ...{ dataset, split, intent, mode, model, rerank },
          unjudged: options.ignoreUnjudged ? 'ignore' : 'zero-fill',
        } as const
        const progress = stagedBar(options)
        const evaluated = await evaluate(params, library.evaluation, {
          signal: session.signal,
          onProgress: ({ stage, ...counts }) => progress.show({ stage: String(stage), ...counts }),
        }).finally(progress.stop)
        const { benchmark, report } = evaluated
        for (const text of report.notes) note(options, text)
        if (options.run !== undefined) await writeLines(options.run, runLines(report.run, `dmr-${mode}`))
        const evaluationId = library.readOnly
          ? null
          : storeEvaluation(library.repositories.evaluations, params, evaluated)
        const { queries, metrics, byIntent, perQuery, seconds, notes } = report
        const value = {
          ...{ dataset: benchmark.name, split: benchmark.split, queries, mode, model: evaluated.model?.id ?? null },
          ...{ unjudged: params.unjudged, metrics, byIntent, seconds, evaluationId, notes },
          ...(options.perQuery ? { perQuery } : {}),
        }
        print(options, value, () => [
          `${benchmark.name}: ${queries} queries, ${value.model ?? 'keywords'} (${mode}), ${seconds.toFixed(1)} s`,
          ...measureLines(metrics),
          ...Object.entries(byIntent).map(
            ([name, measures]) => `${name}: nDCG@10(exp) ${measures['nDCG@10(exp)'].toFixed(4)}`,
          ),
        ])
      })
    })
}

interface MetricsOptions extends CommonOptions {
  readonly qrels: string
  readonly run: string
  readonly compare?: string
  readonly measure: MeasureName
  readonly ignoreUnjudged: boolean
  readonly missingAsZero: boolean
}

/** `dmr metrics --qrels FILE --run FILE [--compare RUN2]`; needs no library. */
export function addMetricsCommand(program: Command): void {
  program
    .command('metrics')
    .description('score a TREC run as trec_eval does, and compare it with another')
    .requiredOption('--qrels <file>', 'judgements, TREC or BEIR form')
    .requiredOption('--run <file>', 'TREC run')
    .option('--compare <file>', 'another run on the same judgements')
    .addOption(new Option('--measure <name>', 'what is compared').choices([...MEASURE_NAMES]).default('nDCG@10'))
    .option('--ignore-unjudged', 'leave out documents that nobody judged (trec_eval -J)', false)
    .option('--missing-as-zero', 'count judged queries that the run lacks as 0 (trec_eval -c)', false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<MetricsOptions>()
      const value = await metrics(options)
      if (value.mean['Judged@100'] === 0)
        note(
          options,
          `No document of ${options.run} is judged in ${options.qrels}. Check that both are of one data set.`,
        )
      print(options, value, () => [
        ...measureLines(value.mean),
        ...(value.compare
          ? [
              `${value.compare.measure}: ${signed(value.compare.difference.value)} against ${options.compare}, 95 % interval ${signed(value.compare.difference.low)} to ${signed(value.compare.difference.high)}`,
              `${value.compare.wins} queries better, ${value.compare.losses} worse, ${value.compare.ties} the same; one-tailed Wilcoxon p ${value.compare.wilcoxonP.toPrecision(3)}`,
            ]
          : []),
      ])
    })
}

async function metrics(options: MetricsOptions): Promise<MetricsReport & { readonly compare?: RunComparison }> {
  const { measure, ignoreUnjudged, missingAsZero } = options
  const scoring = {
    unjudged: ignoreUnjudged ? 'ignore' : 'zero-fill',
    missingQueries: missingAsZero ? 'zero' : 'skip',
  } as const
  try {
    const qrels = await readQrels(options.qrels)
    const run = await readRun(options.run)
    return options.compare === undefined
      ? metricsOf(qrels, run, scoring)
      : compareRuns(qrels, run, await readRun(options.compare), { ...scoring, measure })
  } catch (error) {
    if (error instanceof EvaluationInputError) throw new WorkbenchError('BAD_INPUT', error.message, { cause: error })
    if (error instanceof RangeError)
      throw new WorkbenchError('BAD_INPUT', `${options.run} and ${options.qrels}: ${error.message}`, {
        cause: error,
      })
    throw error
  }
}

function measureLines(values: MeasureValues): string[] {
  return SHOWN.map((name) => `  ${name.padEnd(14)}${values[name].toFixed(4)}`)
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
