import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { TRAINING_DEVICES, type TrainingDevice } from '../../../contracts/training.ts'
import type { Device } from '../../../ml/session/index.ts'
import { experimentReport } from '../../../services/training/experiment-report.ts'
import { RunViews } from '../../../services/training/run-views.ts'
import { TrainingDesk, type StartedRun } from '../../../services/training/training-desk.ts'
import type { RunEstimate, TrainResult } from '../../../training/index.ts'
import { EXIT, followJob, note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'
import { experimentNames, followSeries } from './train-series.ts'
import { runSelfChecks } from './self-check.ts'

interface TrainOptions extends CommonOptions {
  readonly recipe: readonly string[]
  readonly experiments: boolean
  readonly variant?: string
  readonly dataset?: string
  readonly model?: string
  readonly resume?: string
  readonly resumeSeries?: string
  readonly dryRun: boolean
  readonly exportCluster?: string
  readonly tensorboard?: string
  readonly report?: string
  readonly selfCheck?: string | true
}

/** `dmr train RECIPE` */
export function addTrainCommand(program: Command): void {
  const collect = (value: string, previous: string[]): string[] => [...previous, value]
  program
    .command('train')
    .description('train a retriever by a recipe')
    .argument('[recipe]', 'recipe file (.json)')
    .option('--recipe <name>', 'a recipe that comes with the application, such as smoke (repeatable)', collect, [])
    .option('--experiments', 'every recipe that compares variants, one after the other', false)
    .option('--variant <name>', 'one of the runs that the recipe compares (default: all of them)')
    .option('--dataset <data>', 'data set of the library, .jsonl file, or folder of them')
    .option('--model <id>', 'installed model or model folder to start from')
    .option('--resume <run>', 'go on with an interrupted run')
    .option('--resume-series <series>', 'go on with an interrupted series of runs')
    .option('--dry-run', 'measure three steps of every stage and print what the run would cost', false)
    .option('--export-cluster <folder>', 'write data and launch scripts for a GPU cluster instead of training')
    .option('--tensorboard <folder>', 'also write TensorBoard event files')
    .option('--report <file>', 'compare the runs of the recipe on a page of HTML')
    .option('--self-check [model]', 'check gradients, attention, adapters and checkpoints on an installed model')
    .action(async (file: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<TrainOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const desk = new TrainingDesk(workbench.library)
        await workbench.library.registerBuiltIn()
        const device = trainingDevice(options.device)
        if (options.selfCheck !== undefined) {
          const model = options.selfCheck === true ? undefined : options.selfCheck
          return runSelfChecks(workbench, model, options, session.signal)
        }
        const follow = async ({ run, jobId }: StartedRun): Promise<TrainResult> => {
          try {
            return (await followJob(workbench, jobId, options, session.signal)) as TrainResult
          } finally {
            for (const { level, text } of workbench.library.repositories.trainingEvents.alerts(run.id))
              note(options, `${level}: ${text}`)
          }
        }
        const isGiven = command.getOptionValueSourceWithGlobals('device') === 'cli'
        const changes = { tensorBoard: options.tensorboard, device: isGiven ? device : undefined }
        if (options.resume !== undefined) {
          const result = await follow(desk.resume(numberOf('--resume', 'a run', options.resume), changes))
          return print(options, result, () => [summary(result)])
        }
        const runSeries = async (begin: Parameters<typeof followSeries>[1]): Promise<void> => {
          const task = { workbench, desk, options, signal: session.signal, follow }
          const { results, failed } = await followSeries(task, begin)
          print(options, results, () => results.map(summary))
          if (failed > 0) process.exitCode = EXIT.someFailed
        }
        if (options.resumeSeries !== undefined) {
          const id = numberOf('--resume-series', 'a series', options.resumeSeries)
          return runSeries((series) => ({ series: series.require(id), runs: series.resume(id, changes) }))
        }
        const named = options.experiments
          ? await experimentNames(desk)
          : [...(file === undefined ? [] : [file]), ...options.recipe]
        if (named.length === 0)
          throw new WorkbenchError('BAD_INPUT', `Name a recipe file, --recipe NAME, or --experiments for all of them.`)
        const recipes = (await Promise.all(named.map((name) => desk.inputs.recipes(name, options.variant)))).flat()
        const { dataset, model } = options
        if (options.exportCluster !== undefined) {
          const [recipe] = recipes
          const examples = await desk.exportForCluster({ recipe: recipe!, dataset, model }, options.exportCluster)
          return print(options, { folder: options.exportCluster, examples }, () => [
            `${examples} examples and the launch scripts are in ${options.exportCluster}`,
          ])
        }
        if (options.dryRun) {
          const estimates: (RunEstimate & { recipe: string })[] = []
          for (const recipe of recipes)
            estimates.push({
              recipe: recipe.name,
              ...(await desk.estimate({ recipe, dataset, model, device }, session.signal)),
            })
          return print(options, recipes.length === 1 ? estimates[0] : estimates, () => estimates.flatMap(estimateLines))
        }
        const tensorBoard = options.tensorboard
        if (recipes.length > 1)
          return runSeries((series) => series.start(recipes, { tensorBoard }, { dataset, model, device }))
        const started = await desk.start({ recipe: recipes[0]!, dataset, model, device }, { tensorBoard })
        const { id, name } = started.run
        note(options, `Run ${id} (${name}). Ctrl-C pauses it; --resume ${id} goes on.`)
        const result = await follow(started)
        if (options.report !== undefined) {
          const { library } = workbench
          const run = { record: desk.require(id), shown: new RunViews(library, desk).run(desk.require(id)) }
          await writeFile(options.report, experimentReport(library.repositories.trainingRuns, [run], id).html)
          note(options, `The report is in ${options.report}.`)
        }
        print(options, result, () => [summary(result)])
      })
    })
}

function trainingDevice(device: Device | 'auto'): TrainingDevice {
  const known = TRAINING_DEVICES.find((name) => name === device)
  if (known !== undefined) return known
  throw new WorkbenchError('BAD_INPUT', `Training runs on ${TRAINING_DEVICES.join(', ')}; ${device} only runs models.`)
}

function numberOf(option: string, what: string, text: string): number {
  const id = Number(text)
  if (Number.isInteger(id) && id > 0) return id
  throw new WorkbenchError('BAD_INPUT', `${option} takes the number of ${what}, not "${text}".`)
}

function summary({ run, steps, seconds, bestMetric, model }: TrainResult): string {
  const metric = bestMetric === null ? '' : `, dev nDCG@10 ${bestMetric.toFixed(4)}`
  return `run ${run}: ${steps} steps in ${seconds.toFixed(0)} s${metric}. Model: ${model}`
}

function estimateLines({ recipe, stages, seconds, peakMemoryBytes }: RunEstimate & { recipe: string }): string[] {
  return [
    `${recipe}: about ${duration(seconds)} without evaluations, ${(peakMemoryBytes / 2 ** 30).toFixed(2)} GiB memory`,
    ...stages.map(
      (stage) =>
        `  ${stage.name}: ${stage.steps} steps of ${stage.textsPerStep} texts (${Math.round(stage.tokensPerStep)} tokens), ${stage.secondsPerStep.toFixed(2)} s each, ${duration(stage.seconds)} on ${stage.device}; ${stage.trainedParameters} parameters trained`,
    ),
  ]
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
