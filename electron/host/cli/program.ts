import { Command, CommanderError, Option } from 'commander'
import { ORPCError } from '@orpc/server'
import { WorkbenchError } from '../../contracts/errors.ts'
import { DEVICES } from '../../ml/session/index.ts'
import { APP_VERSION } from '../../services/version.ts'
import { addDatasetCommands } from './commands/dataset.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addEmbedCommand } from './commands/embed.ts'
import { addDevSetCommand } from './commands/dev-set.ts'
import { addEvaluateCommand, addMetricsCommand } from './commands/evaluate.ts'
import { addExportCommand } from './commands/export.ts'
import { addFilterCommand } from './commands/filter.ts'
import { addIndexCommand } from './commands/index-folders.ts'
import { addLibraryCommands } from './commands/library.ts'
import { addMineCommand } from './commands/mine.ts'
import { addModelCommands } from './commands/models.ts'
import { addPolicyCommand } from './commands/policy.ts'
import { addRefineCommand } from './commands/refine.ts'
import { addReviewCommands } from './commands/review.ts'
import { addSearchCommands } from './commands/search.ts'
import { addSelfTestCommand } from './commands/selftest.ts'
import { addServeCommand } from './commands/serve.ts'
import { addStatusCommand } from './commands/status.ts'
import { addSynthesizeCommand } from './commands/synthesize.ts'
import { addTrainCommand } from './commands/train.ts'
import { addSupportBundleCommand } from './commands/support-bundle.ts'
import { addUpdateCommand } from './commands/update.ts'
import { EXIT } from './output.ts'

export function createProgram(): Command {
  const program = new Command('dmr')
    .description('DMRetriever Workbench on the command line: the same services as the window')
    .version(APP_VERSION)
    .option('--library <file>', "library file (default: the user's data folder)")
    .option('--json', 'one JSON value on standard output and nothing else', false)
    .addOption(new Option('--device <device>', 'where models run').choices(['auto', ...DEVICES]).default('auto'))
    .option('--quiet', 'no progress and no notes', false)
    .option('--debug', 'stack traces and a detailed log', false)
    .showHelpAfterError('Run "dmr help" to see the commands.')
    .exitOverride()
  addIndexCommand(program)
  addStatusCommand(program)
  addSearchCommands(program)
  addModelCommands(program)
  addEmbedCommand(program)
  addEvaluateCommand(program)
  addDevSetCommand(program)
  addMetricsCommand(program)
  addSynthesizeCommand(program)
  addFilterCommand(program)
  addMineCommand(program)
  addDatasetCommands(program)
  addRefineCommand(program)
  addReviewCommands(program)
  addTrainCommand(program)
  addServeCommand(program)
  addExportCommand(program)
  addLibraryCommands(program)
  addDoctorCommand(program)
  addPolicyCommand(program)
  addSelfTestCommand(program)
  addSupportBundleCommand(program)
  addUpdateCommand(program)
  acceptCommonOptionsAnywhere(program)
  return program
}

/** `dmr search X --json` and `dmr --json search X` mean the same. */
function acceptCommonOptionsAnywhere(program: Command): void {
  const visit = (command: Command): void => {
    for (const child of command.commands) {
      for (const option of program.options) {
        if (option.long === '--version' || child.options.some((own) => own.long === option.long)) continue
        const copy = Object.assign(Object.create(Object.getPrototypeOf(option) as object) as typeof option, option)
        copy.defaultValue = undefined
        child.addOption(copy.hideHelp())
      }
      child.exitOverride().copyInheritedSettings(program)
      visit(child)
    }
  }
  visit(program)
}

/** Runs `dmr` with these arguments. @returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const debug = args.includes('--debug')
  try {
    process.exitCode = EXIT.done
    await createProgram().parseAsync([...args], { from: 'user' })
    return Number(process.exitCode)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    process.stderr.write(`dmr: ${debug && error instanceof Error ? error.stack : messageOf(error)}\n`)
    return codeOf(error) === 'CANCELLED' || (error instanceof Error && error.name === 'AbortError')
      ? EXIT.cancelled
      : codeOf(error) === 'BAD_INPUT' || codeOf(error) === 'QUERY_SYNTAX'
        ? EXIT.usage
        : EXIT.failed
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof WorkbenchError || error instanceof ORPCError ? String(error.code) : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
