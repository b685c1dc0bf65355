import { Option, type Command } from 'commander'
import { resolve } from 'node:path'
import type { ModelCard } from '../../../contracts/models.ts'
import { followJob, note, print, progressBar } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

type ImportOptions = CommonOptions & {
  readonly id?: string
  readonly link: boolean
  readonly precision: 'fp32' | 'int8'
}

/** `dmr models list | import DIR | use ID | remove ID | bench ID` and their kin. */
export function addModelCommands(program: Command): void {
  const models = program.command('models').description('the models that search by meaning')

  models
    .command('list')
    .description('installed models and their indexes in the library')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client }) => {
        const cards = await client.models.list()
        print(options, cards.map(listed), () =>
          cards.length === 0 ? ['No model is installed. Import one: dmr models import FOLDER.'] : cards.map(line),
        )
      })
    })

  models
    .command('import')
    .description('check a Hugging Face folder and copy it')
    .argument('<folder>', 'folder with config.json, tokenizer and weights')
    .option('--id <id>', "name to call it by (default: the folder's)")
    .option('--link', 'use the folder where it is, without copying', false)
    .addOption(
      new Option('--precision <precision>', 'int8 is faster on the processor')
        .choices(['fp32', 'int8'])
        .default('fp32'),
    )
    .action(async (folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client, library }) => {
        const bar = progressBar(options, 'bytes')
        const { id } = await library.models.registry
          .import(resolve(folder), {
            ...{ id: options.id, link: options.link, precision: options.precision, signal: session.signal },
            onProgress: (done, total) => bar.show(done, total),
          })
          .finally(() => bar.stop())
        const card = await client.models.get({ id })
        for (const warning of card.warnings) note(options, warning)
        const next =
          card.kind === 'embedding' ? `Search with it: dmr models use ${id}` : 'Searches with --rerank use it.'
        print(options, listed(card), () => [line(card), next])
      })
    })

  models
    .command('use')
    .description('search with a model; makes its index first where there is none')
    .argument('<id>', 'a model id, or "none" for keywords only')
    .action(async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const { client } = workbench
        if (id === 'none') {
          await client.models.useNone()
          print(options, { active: null }, () => ['Search uses keywords only.'])
          return
        }
        const { jobId } = await client.models.use({ id })
        if (jobId !== null) await followJob(workbench, jobId, options, session.signal)
        const card = await client.models.get({ id })
        print(options, listed(card), () => [line(card)])
      })
    })

  models
    .command('rollback')
    .description('search with the model that was in use before')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async (workbench) => {
        const { active, jobId } = await workbench.client.models.rollBack()
        if (jobId !== null) await followJob(workbench, jobId, options, session.signal)
        print(options, { active }, () => [`Search uses ${active} again.`])
      })
    })

  models
    .command('remove')
    .description('delete a model and its index in the library')
    .argument('<id>')
    .option('--force', 'also when search uses it', false)
    .action(async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { force: boolean }>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client }) => {
        await client.models.remove({ id, evenIfInUse: options.force })
        print(options, { removed: id }, () => [`Removed ${id}.`])
      })
    })

  models
    .command('bench')
    .description('measure a model on every device; the fastest is used from then on')
    .argument('<id>')
    .action(async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>()
      using session = startSession(options)
      await withWorkbench(session, {}, async ({ client }) => {
        const rows = await client.models.bench({ id }, { signal: session.signal })
        print(options, rows, () =>
          rows.map(({ device, precision, tokensPerSecond, textsPerSecond, cosine, reason }) =>
            tokensPerSecond === undefined
              ? `${device} ${precision}: ${reason}`
              : `${device} ${precision}: ${tokensPerSecond} tokens/s, ${textsPerSecond} passages/s${cosine === undefined ? '' : `, cosine ${cosine.toFixed(4)} to fp32`}`,
          ),
        )
      })
    })
}

/** What `--json` gives of a model. */
function listed(card: ModelCard) {
  const { id, kind, architecture, parameters, dimensions, pooling, prompts, active, indexed, state, reason } = card
  const { version, device, precision, warnings, previous } = card
  return {
    ...{ id, kind, architecture, parameters, dimensions, pooling, prompts, active, indexed, state, reason },
    ...{ version, device, precision, warnings, previous },
  }
}

function line({
  id,
  kind,
  architecture,
  parameters,
  dimensions,
  device,
  precision,
  active,
  indexed,
  reason,
}: ModelCard): string {
  const size = parameters > 0 ? `${(parameters / 1e6).toFixed(parameters < 1e7 ? 1 : 0)} M parameters, ` : ''
  const what = kind === 'embedding' ? `${dimensions} dimensions` : 'reranker'
  const index = indexed
    ? `, ${indexed.passages} of ${indexed.total} passages${indexed.recall === null ? '' : `, recall@10 ${indexed.recall.toFixed(4)}`}`
    : ''
  return `${active ? '*' : ' '} ${id}: ${architecture}, ${size}${what}, ${device} ${precision}${index}${reason === null ? '' : `  (${reason})`}`
}
