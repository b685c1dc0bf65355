/**
 * What training teaches a model with random weights: dev nDCG@10 before and after each stage, on pairs that are made from a folder of PDFs.
 *
 *     node bench/learning.ts [--pdfs ../shared/data/pdfs] [--layers 2] [--hidden 256]
 *
 * The long form of tests/learning.test.ts: the same path from PDFs to a trained encoder, with every pair that the folder gives. Fixed seed;
 * the dev set are queries held out from training, searched among all passages. Some ten minutes on two cores.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { NodeLauncher } from '../electron/platform/node-launcher.ts'
import { openWorkbench } from '../electron/services/index.ts'
import {
  parseRecipe,
  RunControl,
  runTraining,
  type TrainingEvent,
  writeSamplePairs,
} from '../electron/training/index.ts'
import { ndcg10 } from '../electron/training/testing/tiny-run.ts'
import { loadKernels } from '../native/index.ts'
import { printTable } from './support/measure.ts'

const { values: args } = parseArgs({
  options: {
    pdfs: { type: 'string', default: '../shared/data/pdfs' },
    layers: { type: 'string', default: '2' },
    hidden: { type: 'string', default: '256' },
  },
})

const hidden = Number(args.hidden)
const shared = { tuning: 'full', temperature: 0.05, warmup: 0.1 }
const hard = { kind: 'instruction', ...shared, batch: 16, epochs: 0.5, negatives: 9 }
const RECIPE = {
  name: 'learning',
  description: 'An encoder with random weights on pairs of its own library.',
  model: {
    architecture: 'bert',
    layers: Number(args.layers),
    hidden,
    heads: 4,
    feedForward: 2 * hidden,
    vocabulary: 8000,
  },
  ...{ seed: 7, maxTokens: 128, microbatchTokens: 4096, saveEvery: 1000 },
  dev: { share: 0.1, queries: 500, every: 50 },
  stages: [
    { kind: 'contrastive', ...shared, learningRate: 1e-3, batch: 64, epochs: 2, negatives: 1 },
    { ...hard, learningRate: 3e-4, levels: [{ alpha: 0.65 }] },
    { ...hard, learningRate: 2e-4, levels: [{ alpha: 0.75 }] },
    { ...hard, learningRate: 1e-4, levels: [{ alpha: 0.85 }] },
  ],
}

const folder = mkdtempSync(join(tmpdir(), 'dmr-learning-'))
try {
  const pairs = await makePairs(args.pdfs, join(folder, 'library.db'), join(folder, 'data', 'QA.jsonl'))
  console.log(`${pairs} pairs from ${args.pdfs}`)
  const events: TrainingEvent[] = []
  const { seconds } = await runTraining({
    recipe: parseRecipe('learning', JSON.stringify(RECIPE)),
    folder: join(folder, 'run'),
    data: join(folder, 'data'),
    measure: ndcg10,
    kernels: await loadKernels(),
    control: new RunControl(),
    emit: (event) => events.push(event),
  })
  printTable(['stage', 'steps', 'dev nDCG@10 before', 'best', 'kept'], rowsOf(events))
  console.log(`${seconds.toFixed(0)} s`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Reads the PDFs into a library of their own and makes pairs of its passages. */
async function makePairs(pdfs: string, library: string, file: string): Promise<number> {
  const workbench = openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources: folder },
      launcher: new NodeLauncher(),
      logger: pino({ level: 'silent' }),
      shell: {},
    },
    { libraryPath: library, watch: false },
  )
  try {
    const source = await workbench.library.addSource(pdfs, { watched: false })
    await workbench.library.queue.result(workbench.library.index({ sourceIds: [source.id], withoutEmbedding: true }))
  } finally {
    await workbench.close()
  }
  const db = new Database(library, { readonly: true })
  try {
    return await writeSamplePairs(db, file)
  } finally {
    db.close()
  }
}

function rowsOf(events: readonly TrainingEvent[]): string[][] {
  return events
    .filter((event) => event.kind === 'stage')
    .map(({ stage, name }) => {
      const steps = events.filter((event) => event.kind === 'step' && event.stage === stage).length
      const scores = events.flatMap((event) =>
        event.kind === 'evaluation' && event.stage === stage ? [event.ndcg] : [],
      )
      const gate = events.find((event) => event.kind === 'gate' && event.stage === stage)
      const kept = gate?.kind === 'gate' && !gate.passed ? 'no' : 'yes'
      return [name, String(steps), scores[0]!.toFixed(3), Math.max(...scores).toFixed(3), kept]
    })
}
