import { Option, type Command } from 'commander'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { WorkbenchError } from '../../../contracts/errors.ts'
import type { Intent } from '../../../contracts/intents.ts'
import { GENERATORS, openAiSettings, type GeneratorId } from '../../../contracts/refinement.ts'
import type { SynthesizeResult } from '../../../refinement/index.ts'
import type { Workbench } from '../../../services/index.ts'
import { EXIT, followJob, note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions, type Session } from '../session.ts'
import { anyWholeNumber, intentList, wholeNumber } from './refinement-options.ts'

export interface SynthesizeOptions extends CommonOptions {
  readonly intent?: Intent[]
  readonly generator: GeneratorId
  readonly limit?: number
  readonly perPassage?: number
  readonly seed?: number
  readonly trainingProfile: boolean
  readonly baseUrl?: string
  readonly generatorModel?: string
  readonly keyVariable?: string
  readonly modelFile?: string
  readonly llamaFolder?: string
}

/** `dmr synthesize` */
export function addSynthesizeCommand(program: Command): void {
  withSynthesizeOptions(program.command('synthesize').description("write queries for the library's passages")).action(
    async (_options, command: Command) => {
      const options = command.optsWithGlobals<SynthesizeOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const result = await synthesize(workbench, options, session)
        print(options, result, () => synthesisLines(result))
        if (result.failed > 0) {
          note(options, `${result.failed} passages failed; run it again to try them once more.`)
          process.exitCode = EXIT.someFailed
        }
      })
    },
  )
}

export function withSynthesizeOptions(command: Command): Command {
  return command
    .option('--intent <list>', 'search intents, separated by commas, or all (default: all)', intentList)
    .addOption(
      new Option(
        '--generator <generator>',
        'cloze: rules, built in; openai: a server that speaks its protocol; gguf: a model file on this computer',
      )
        .choices([...GENERATORS])
        .default('cloze'),
    )
    .option('--limit <number>', 'passages per intent at most', wholeNumber)
    .option('--per-passage <number>', 'queries per passage and intent at most (default: 1)', wholeNumber)
    .option('--seed <number>', 'draws passages, methods and attributes (default: 1)', anyWholeNumber)
    .option('--training-profile', 'leave out passages that the training profile of cleaning mostly drops', false)
    .option('--base-url <url>', 'address of the server, stored for the next time')
    .option('--generator-model <name>', 'its model, stored for the next time')
    .option('--key-variable <name>', 'environment variable that holds the key, stored for the next time')
    .option('--model-file <path>', 'GGUF file of a local model, stored for the next time')
    .option('--llama-folder <path>', 'folder in which node-llama-cpp was installed, stored for the next time')
}

export async function synthesize(
  workbench: Workbench,
  options: SynthesizeOptions,
  session: Session,
): Promise<SynthesizeResult> {
  const { generator, intent, limit, perPassage, seed, trainingProfile } = options
  const { client } = workbench
  if (options.baseUrl !== undefined || options.generatorModel !== undefined || options.keyVariable !== undefined) {
    const known = await client.refinement.languageModel()
    const settings = v.safeParse(openAiSettings, {
      ...known,
      baseUrl: options.baseUrl ?? known?.baseUrl,
      model: options.generatorModel ?? known?.model,
      ...(options.keyVariable === undefined ? {} : { keyVariable: options.keyVariable }),
    })
    if (!settings.success) {
      const [issue] = settings.issues
      throw new WorkbenchError(
        'BAD_INPUT',
        `The language model is not fully named (${v.getDotPath(issue) ?? ''}: ${issue.message}) Give --base-url and --generator-model together once.`,
      )
    }
    await client.refinement.setLanguageModel(settings.output)
  }
  if (options.modelFile !== undefined || options.llamaFolder !== undefined) {
    const known = await client.refinement.localModel()
    const file = options.modelFile === undefined ? known?.file : resolve(options.modelFile)
    if (file === undefined)
      throw new WorkbenchError(
        'BAD_INPUT',
        `No model file is known. Give --model-file together with --llama-folder once.`,
      )
    await client.refinement.setLocalModel({
      ...known,
      file,
      ...(options.llamaFolder === undefined ? {} : { packageFolder: resolve(options.llamaFolder) }),
    })
  }
  const { jobId } = await client.refinement.synthesize({
    generator,
    trainingProfile,
    ...(intent ? { intents: intent } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(perPassage === undefined ? {} : { perPassage }),
    ...(seed === undefined ? {} : { seed }),
  })
  return (await followJob(workbench, jobId, options, session.signal)) as SynthesizeResult
}

export function synthesisLines({ pairs, added, failed, byIntent, usage, seconds }: SynthesizeResult): string[] {
  const { requests, inputTokens, outputTokens, cost } = usage
  return [
    `${pairs} queries written (${added} new), ${failed} passages failed, ${seconds.toFixed(1)} s`,
    ...Object.entries(byIntent).map(([intent, count]) => `  ${intent}: ${count.pairs} from ${count.passages} passages`),
    ...(requests > 0
      ? [
          `  ${requests} requests, ${inputTokens} tokens in, ${outputTokens} out${cost === undefined ? '' : `, cost ${cost.toFixed(2)}`}`,
        ]
      : []),
  ]
}
