// Learning, shown rather than assumed: an encoder with random weights on the sample library's own pairs.
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  parseRecipe,
  RunControl,
  runTraining,
  type TrainingEvent,
  writeSamplePairs,
} from '../electron/training/index.ts'
import { ndcg10 } from '../electron/training/testing/tiny-run.ts'
import { loadKernels } from '../native/index.ts'
import { dmr } from './support/dmr.ts'

const SAMPLE = fileURLToPath(new URL('../resources/sample-library/pdfs', import.meta.url))
const shared = { tuning: 'full', temperature: 0.05, warmup: 0.1, epochs: 20 }
/** One layer, but wide: what words mean is most of what can be learned from 2,000 pairs. One thread, so that the numbers repeat. */
const RECIPE = {
  name: 'learning',
  description: 'The short form of the smoke recipe.',
  model: { architecture: 'bert', layers: 1, hidden: 192, heads: 4, feedForward: 384, vocabulary: 4000 },
  seed: 7,
  ...{ maxTokens: 96, microbatchTokens: 4096, saveEvery: 1000, threads: 1 },
  dev: { share: 0.15, every: 20 },
  stages: [
    { kind: 'contrastive', ...shared, learningRate: 2e-3, batch: 64, maxSteps: 40, negatives: 1 },
    {
      kind: 'instruction',
      ...shared,
      learningRate: 5e-4,
      batch: 16,
      maxSteps: 40,
      negatives: 9,
      levels: [{ alpha: 0.65 }],
    },
  ],
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-learning-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('an encoder learns to search from in-batch negatives, and further from hard ones', async () => {
  const library = join(folder, 'library.db')
  // 3: two of its files are locked or damaged on purpose.
  expect((await dmr('index', SAMPLE, '--library', library, '--no-embed', '--quiet')).code).toBe(3)
  const db = new Database(library, { readonly: true })
  const pairs = await writeSamplePairs(db, join(folder, 'data', 'QA.jsonl'), 6)
  db.close()
  expect(pairs).toBeGreaterThan(2000)

  const events: TrainingEvent[] = []
  const result = await runTraining({
    recipe: parseRecipe('learning', JSON.stringify(RECIPE)),
    folder: join(folder, 'run'),
    data: join(folder, 'data'),
    measure: ndcg10,
    kernels: await loadKernels(),
    control: new RunControl(),
    emit: (event) => events.push(event),
  })
  const evaluations = events.filter((event) => event.kind === 'evaluation')
  const of = (stage: number) => evaluations.filter((event) => event.stage === stage).map(({ ndcg }) => ndcg)
  const [start, second, third] = [of(0)[0]!, Math.max(...of(0)), Math.max(...of(1))]
  console.log(
    `dev nDCG@10: ${start.toFixed(3)} at random weights, ${second.toFixed(3)} after stage 2, ${third.toFixed(3)} after stage 3`,
  )
  // Measured: .483, .613, .624. Other processors round otherwise; the margins are wider than that.
  expect(start).toBeLessThan(0.52)
  expect(second).toBeGreaterThan(0.58)
  expect(third).toBeGreaterThan(second + 0.003)
  expect(events.find((event) => event.kind === 'gate')).toMatchObject({ passed: true })
  expect(result.bestMetric).toBe(third)
}, 180_000)
