import { Option, type Command } from 'commander'
import { readFileSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { BRIEFING_FORMATS, type BriefingFormat } from '../../../contracts/search.ts'
import { print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** What `dmr search --json` prints, as far as a briefing needs it. */
const searchResult = v.object({ hits: v.pipe(v.array(v.object({ passageId: v.number() })), v.minLength(1)) })

interface BriefingOptions extends CommonOptions {
  readonly hits: string
  readonly format: BriefingFormat
  readonly title: string
  readonly query: string
  readonly output?: string
}

/** `dmr export briefing` */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('outputs to hand on')
    .command('briefing')
    .description('quotes with their sources, from what "dmr search --json" printed')
    .requiredOption('--hits <file>', 'JSON of a search')
    .option('--title <title>', 'title of the briefing', 'Briefing')
    .option('--query <query>', 'what was searched for', '')
    .addOption(new Option('--format <format>').choices(BRIEFING_FORMATS).default('markdown'))
    .option('--output <file>', 'where to write it (default: a file named after the title)')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<BriefingOptions>()
      using session = startSession(options)
      const passageIds = readHits(options.hits)
      await withWorkbench(session, { readOnly: true }, async ({ client }) => {
        const { title, query, format } = options
        const { fileName, text } = await client.search.briefing({ title, query, format, passageIds })
        const path = options.output ?? fileName
        writeFileSync(path, text)
        print(options, { path, quotes: passageIds.length }, () => [`${passageIds.length} quotes written to ${path}`])
      })
    })
}

/** @throws WorkbenchError BAD_INPUT naming the file. */
function readHits(path: string): number[] {
  try {
    return v.parse(searchResult, JSON.parse(readFileSync(path, 'utf8'))).hits.map((hit) => hit.passageId)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new WorkbenchError(
      'BAD_INPUT',
      `${path}: ${reason}. Give the file that "dmr search --json" wrote, with at least one hit.`,
      { cause: error },
    )
  }
}
