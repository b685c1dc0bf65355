/**
 * What the embedded model is worth beside keyword search, measured with the application's own retrievers.
 *
 *     node bench/default-model.ts [--model resources/models/dmr-static-en] [--data ../shared/data] [--write]
 *
 * nDCG@10 on the dev benchmarks, and how often the right page of a question is among the first ten hits. `--write` puts the tables into the
 * model's card.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { NodeLauncher } from '../electron/platform/node-launcher.ts'
import { openWorkbench } from '../electron/services/index.ts'
import { modelCard, readTrainingFacts } from '../resources/default-model/model-card.ts'
import { measureBenchmarks } from '../resources/default-model/measure-benchmarks.ts'
import { measurePages } from '../resources/default-model/measure-pages.ts'

const { values: args } = parseArgs({
  options: {
    model: { type: 'string', default: 'resources/models/dmr-static-en' },
    data: { type: 'string', default: '../shared/data' },
    write: { type: 'boolean', default: false },
  },
})

const scratch = mkdtempSync(join(tmpdir(), 'dmr-default-model-'))
const workbench = openWorkbench(
  {
    kind: 'cli',
    paths: { data: scratch, resources: join(scratch, 'no-resources') },
    launcher: new NodeLauncher(),
    logger: pino({ level: 'error' }),
    shell: {},
  },
  { libraryPath: join(scratch, 'library.db'), watch: false, device: 'cpu' },
)
try {
  const model = await workbench.library.models.registry.import(args.model, { link: true })
  const benchmarks = await measureBenchmarks(join(args.data, 'benchmarks'), model, {
    models: workbench.library.models,
    cacheFolder: join(scratch, 'cache'),
  })
  const pages = await measurePages(workbench, model.id, join(args.data, 'pdfs'), join(args.data, 'queries-dev.jsonl'))
  const facts = await readTrainingFacts(args.model)
  const card = modelCard({ ...facts, benchmarks, pages })
  console.log(card.slice(card.indexOf('## Results'), card.indexOf('## Make it again')))
  if (args.write) await writeFile(join(args.model, 'README.md'), card)
} finally {
  await workbench.close()
  rmSync(scratch, { recursive: true, force: true })
}
