import { Option, type Command } from 'commander'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { INTENTS, type Intent } from '../../../contracts/intents.ts'
import type { TextKind } from '../../../contracts/prompts.ts'
import { writeNpy } from '../../../evaluation/index.ts'
import { print, progressBar } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface EmbedOptions extends CommonOptions {
  readonly input?: string
  readonly output?: string
  readonly model?: string
  readonly kind: TextKind
  readonly intent: Intent
}

/** `dmr embed TEXT... | --input FILE.jsonl --output FILE.npy` */
export function addEmbedCommand(program: Command): void {
  program
    .command('embed')
    .description('turn texts into vectors')
    .argument('[text...]', 'texts; or give --input')
    .option('--input <file>', 'JSON lines: strings, or objects with "text" (or "query", "passage")')
    .option('--output <file>', 'NumPy file (.npy) for the vectors, float32, one row a text')
    .option('--model <id>', 'search model (default: the one in use)')
    .addOption(
      new Option('--kind <kind>', 'which wording goes in front').choices(['query', 'passage']).default('query'),
    )
    .addOption(new Option('--intent <intent>', 'wording of queries').choices([...INTENTS]).default('QA'))
    .action(async (texts: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<EmbedOptions>()
      const all = options.input === undefined ? texts : [...texts, ...readTexts(options.input)]
      if (all.length === 0)
        throw new WorkbenchError('BAD_INPUT', `There is nothing to embed. Give texts, or a file with --input.`)
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ library }) => {
        await library.registerBuiltIn()
        const { models } = library
        const id = options.model ?? models.preferredId
        if (id === undefined) throw new WorkbenchError('NO_MODEL', `No model is in use. Name one with --model.`)
        const bar = progressBar(options, 'texts')
        const { kind, intent } = options
        const { vectors, dimensions } = await models.background
          .encode(models.specOf(models.registry.require(id)), all, {
            ...{ kind, intent, signal: session.signal },
            onProgress: (done, total) => bar.show(done, total),
          })
          .finally(() => bar.stop())
        if (options.output !== undefined) writeNpy(options.output, vectors, dimensions)
        const rows = all.map((_, row) => Array.from(vectors.subarray(row * dimensions, (row + 1) * dimensions)))
        // With a file the vectors are there; a million of them on standard output would help nobody.
        const value = options.output === undefined ? { dimensions, vectors: rows } : { dimensions, vectors: all.length }
        print(options, value, () =>
          options.output === undefined
            ? rows.map((row) => row.map((x) => x.toPrecision(6)).join(' '))
            : [`${all.length} vectors of ${dimensions} numbers in ${options.output}`],
        )
      })
    })
}

const inputLine = v.looseObject({
  text: v.optional(v.string()),
  query: v.optional(v.string()),
  passage: v.optional(v.string()),
})

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const parsed = v.safeParse(inputLine, value)
  const text = parsed.success ? (parsed.output.text ?? parsed.output.query ?? parsed.output.passage) : undefined
  if (text === undefined) throw new Error('has no "text", "query" or "passage" that is a string')
  return text
}

/** @throws WorkbenchError BAD_INPUT naming the line. */
function readTexts(path: string): string[] {
  return readFile(path)
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return []
      try {
        return [textOf(JSON.parse(line))]
      } catch (error) {
        throw new WorkbenchError(
          'BAD_INPUT',
          `${path}, line ${index + 1}: ${(error as Error).message}. Each line is a string or an object with "text".`,
          { cause: error },
        )
      }
    })
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new WorkbenchError('BAD_INPUT', `${path} cannot be read (${(error as Error).message}).`, { cause: error })
  }
}
