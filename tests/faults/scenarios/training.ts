import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeTinyData } from '../../../electron/training/testing/tiny-run.ts'
import { startDmr, type Outcome } from '../../support/dmr.ts'
import { faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { killDuring, measureLives } from '../support/victims.ts'

/** Two stages, a checkpoint every second step. */
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

/** What one run left: the weights of its model, and the loss of every step as the library keeps it. */
interface Trained {
  readonly weights: string
  readonly losses: readonly unknown[]
}

/** A training run, resumed from its last checkpoint after each kill. */
export const training: Scenario = {
  kills: { host: [2, 16], train: [2, 16] },
  prepare: async (folder) => {
    mkdirSync(folder, { recursive: true })
    const data = await writeTinyData(join(folder, 'data'))
    const recipe = join(folder, 'tiny.json')
    writeFileSync(recipe, JSON.stringify(RECIPE))
    const library = join(folder, 'training.db')
    const env = { DMR_DATA: join(folder, 'own') }
    const common = ['--library', library, '--json', '--quiet']
    const start = ['train', recipe, '--dataset', data, ...common]
    const { outcome, lives } = await measureLives(start, ['train'], env)
    const expected = trained(library, outcome)
    rmSync(library)

    let isUnderWay = false
    const run = (): string[] => (isUnderWay ? ['train', '--resume', '1', ...common] : start)
    return {
      kill: async (victim, random) => {
        const { struck, outcome } = await killDuring(run(), victim, lives[victim] * random(), env)
        expect(faultsOf(library)).toBe('')
        isUnderWay = hasRun(library)
        if (outcome.code === 0) {
          expect(trained(library, outcome)).toEqual(expected)
          rmSync(library)
          isUnderWay = false
        } else if (victim === 'train' && struck) {
          expect(outcome.stderr).toMatch(
            /training process was ended by SIGKILL.*last checkpoint is kept: resume the run/u,
          )
        }
        return struck ? (isUnderWay ? `after step ${stepsIn(library)}` : 'before the first step') : undefined
      },
      finish: async () => {
        const outcome = await startDmr(run(), env).outcome
        expect(outcome.code, outcome.stderr).toBe(0)
        expect(trained(library, outcome)).toEqual(expected)
        rmSync(library)
        isUnderWay = false
      },
    }
  },
}

function trained(library: string, { json, stderr }: Outcome): Trained {
  const { model } = (json ?? {}) as { model?: string }
  if (model === undefined) throw new Error(`the training gave no model: ${stderr}`)
  return {
    weights: createHash('sha256')
      .update(readFileSync(join(model, 'model.safetensors')))
      .digest('hex'),
    losses: readLibrary(library, (db) =>
      db.prepare('SELECT stage, step, loss, gradient_norm FROM training_metric ORDER BY stage, step').all(),
    ),
  }
}

function hasRun(library: string): boolean {
  return readLibrary(
    library,
    (db) =>
      db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'training_run'").get() !== undefined &&
      db.prepare('SELECT 1 FROM training_run').get() !== undefined,
  )
}

function stepsIn(library: string): number {
  return readLibrary(library, (db) => db.prepare<[], number>('SELECT count(*) FROM training_metric').pluck().get()!)
}
