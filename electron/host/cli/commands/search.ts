import { InvalidArgumentError, Option, type Command } from 'commander'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { INTENTS, type Intent } from '../../../contracts/intents.ts'
import { SEARCH_MODES, searchFilters, type SearchFilters, type SearchMode } from '../../../contracts/search.ts'
import { runLines, writeLines, type ScoredDocument } from '../../../evaluation/index.ts'
import { note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

interface SearchOptions extends CommonOptions {
  readonly intent: 'auto' | Intent
  readonly k: number
  readonly mode: SearchMode
  readonly model?: string
  readonly rerank: boolean
  readonly filter: SearchFilters
}

const YES_OR_NO = new Map([
  ['yes', true],
  ['true', true],
  ['no', false],
  ['false', false],
])
const FILTER_KEYS = ['source', 'folder', 'document', 'since', 'until', 'hazard', 'language', 'ocr']

/** `dmr search QUERY` and `dmr batch-search`. */
export function addSearchCommands(program: Command): void {
  withSearchOptions(
    program.command('search').description('find the passages that answer a question').argument('<query>'),
    10,
  ).action(async (query: string, _options, command: Command) => {
    const options = command.optsWithGlobals<SearchOptions>()
    using session = startSession(options)
    await withWorkbench(session, { readOnly: true }, async ({ client, library }) => {
      await library.registerBuiltIn()
      const response = await client.search.query(requestOf(query, options))
      if (response.notice) note(options, response.notice)
      print(options, response, () =>
        response.hits.length === 0
          ? ['Nothing found. Try other words, or look at "dmr status --files" for files that could not be read.']
          : response.hits.map(
              (hit) =>
                `${String(hit.rank).padStart(3)}  ${hit.title}, page ${hit.page}  (${hit.file})\n     ${hit.snippet.text.replace(/\s+/gu, ' ')}`,
            ),
      )
    })
  })

  withSearchOptions(
    program
      .command('batch-search')
      .description('answer many queries into a TREC run')
      .requiredOption('--queries <file>', 'JSON lines with id and query')
      .requiredOption('--run <file>', 'where to write the run'),
    100,
  ).action(async (_options, command: Command) => {
    const options = command.optsWithGlobals<SearchOptions & { queries: string; run: string }>()
    using session = startSession(options)
    await withWorkbench(session, { readOnly: true }, async ({ client, library }) => {
      await library.registerBuiltIn()
      const queries = readQueries(options.queries)
      const started = performance.now()
      const run = new Map<string, ScoredDocument[]>()
      for (const { id, query, intent } of queries) {
        session.signal.throwIfAborted()
        const { hits } = await client.search.query({ ...requestOf(query, options), ...(intent ? { intent } : {}) })
        run.set(
          id,
          hits.map((hit) => ({ docId: String(hit.passageId), score: hit.score })),
        )
      }
      await writeLines(options.run, runLines(run, 'dmr'))
      const seconds = (performance.now() - started) / 1_000
      print(options, { queries: queries.length, seconds }, () => [
        `${queries.length} queries in ${seconds.toFixed(1)} s, written to ${options.run}`,
      ])
    })
  })
}

function withSearchOptions(command: Command, k: number): Command {
  return command
    .addOption(new Option('--intent <intent>', 'what kind of search').choices(['auto', ...INTENTS]).default('auto'))
    .option('--k <number>', 'how many hits', wholeNumber, k)
    .addOption(new Option('--mode <mode>', 'how to search').choices([...SEARCH_MODES]).default('hybrid'))
    .option('--model <id>', 'search model (default: the one in use)')
    .option('--rerank', 'read the top again with the installed cross-encoder', false)
    .option(
      '--filter <key=value>',
      `restrict to ${FILTER_KEYS.join(', ')} (repeatable); dates are days, months or years`,
      addFilter,
      {},
    )
}

function requestOf(query: string, options: SearchOptions) {
  return {
    query,
    intent: options.intent,
    k: options.k,
    mode: options.mode,
    rerank: options.rerank,
    filters: options.filter,
    ...(options.model === undefined ? {} : { model: options.model }),
  }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.')
  return value
}

function addFilter(text: string, filters: SearchFilters): SearchFilters {
  const [, key = '', value = ''] = /^(\w+)=(.*)$/u.exec(text) ?? []
  const list = value.split(',')
  const added: Record<string, unknown> = {
    source: { sourceIds: list.map(Number) },
    folder: { folder: value },
    document: { documentIds: list.map(Number) },
    since: { since: value },
    until: { until: value },
    hazard: { hazards: list },
    language: { languages: list },
    ocr: { ocr: YES_OR_NO.get(value) ?? value },
  }
  if (!(key in added)) throw new InvalidArgumentError(`Write key=value with one of ${FILTER_KEYS.join(', ')}.`)
  const parsed = v.safeParse(searchFilters, { ...filters, ...(added[key] as object) })
  if (!parsed.success) throw new InvalidArgumentError(parsed.issues[0].message)
  return parsed.output
}

/** @throws WorkbenchError BAD_INPUT naming the line. */
function readQueries(path: string): { id: string; query: string; intent?: Intent }[] {
  const line = v.object({
    id: v.union([v.string(), v.pipe(v.number(), v.transform(String))]),
    query: v.string(),
    intent: v.optional(v.picklist(INTENTS)),
  })
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      if (text.trim() === '') return []
      try {
        const { intent, ...rest } = v.parse(line, JSON.parse(text))
        return [intent === undefined ? rest : { ...rest, intent }]
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new WorkbenchError(
          'BAD_INPUT',
          `${path}, line ${index + 1}: ${reason}. Each line is an object with "id" and "query".`,
          { cause: error },
        )
      }
    })
}
