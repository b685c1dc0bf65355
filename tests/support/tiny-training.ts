import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeTinyData } from '../../electron/training/testing/tiny-run.ts'

/** Two stages, a checkpoint every second step, seconds on any machine. */
const RECIPE = {
  name: 'tiny',
  description: 'A run for tests.',
  model: { architecture: 'bert', layers: 2, hidden: 16, heads: 2, feedForward: 32, vocabulary: 200 },
  maxTokens: 32,
  microbatchTokens: 256,
  saveEvery: 2,
  dev: { share: 0.2, every: 4 },
  stages: [
    { kind: 'contrastive', tuning: 'full', batch: 12, temperature: 0.05, learningRate: 2e-3, epochs: 3 },
    {
      ...{ kind: 'instruction', tuning: 'full', batch: 12, temperature: 0.05, learningRate: 5e-4, epochs: 2 },
      ...{ negatives: 3, levels: [{ alpha: 0.65 }] },
    },
  ],
}

/** Writes data and a recipe of a tiny training run. @returns the arguments of `dmr` that train it. */
export async function tinyTraining(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const data = await writeTinyData(join(folder, 'data'))
  const recipe = join(folder, 'tiny.json')
  writeFileSync(recipe, JSON.stringify(RECIPE))
  return ['train', recipe, '--dataset', data]
}
