import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startDmr } from '../../support/dmr.ts'
import { tinyTraining } from '../../support/tiny-training.ts'
import { faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { killDuring, measureLives } from '../support/victims.ts'

/** What one run left: the weights of its model, and the loss of every step as the library keeps it. */
interface Trained {
  readonly weights: string
  readonly losses: readonly unknown[]
}

/** A training run, resumed from its last checkpoint after each kill. */
export const training: Scenario = {
  kills: { host: [2, 16], train: [2, 16] },
  prepare: async (folder) => {
    const library = join(folder, 'training.db')
    const env = { DMR_DATA: join(folder, 'own') }
    const common = ['--library', library, '--json', '--quiet']
    const start = [...(await tinyTraining(folder)), ...common]
    const { outcome, lifeOf } = await measureLives(start, ['train'], env)
    expect(outcome.code, outcome.stderr).toBe(0)
    const expected = resultOf(library)
    rmSync(library)

    const run = (): string[] => (hasRun(library) ? ['train', '--resume', '1', ...common] : start)
    /** A run that has come to its end, whoever heard of it, is the undisturbed one; the next kill finds a new one. */
    const compare = (): void => {
      expect(resultOf(library)).toEqual(expected)
      rmSync(library)
    }
    return {
      kill: async (victim, random) => {
        const { struck, outcome } = await killDuring(run(), victim, lifeOf(victim) * random(), env)
        expect(faultsOf(library)).toBe('')
        if (victim === 'train' && struck && outcome.code !== 0)
          expect(outcome.stderr).toMatch(
            /training process was ended by SIGKILL.*last checkpoint is kept: resume the run/u,
          )
        const steps = hasRun(library) ? `after step ${stepsIn(library)}` : 'before the first step'
        if (hasRun(library) && resultOf(library) !== undefined) compare()
        return struck ? steps : undefined
      },
      finish: async () => {
        const outcome = await startDmr(run(), env).outcome
        expect(outcome.code, outcome.stderr).toBe(0)
        compare()
      },
    }
  },
}

/** What the run left in the library and beside it; undefined while it has not ended. */
function resultOf(library: string): Trained | undefined {
  return readLibrary(library, (db) => {
    const result = db.prepare<[], string | null>('SELECT result FROM training_run').pluck().get()
    if (typeof result !== 'string') return undefined
    const { model } = JSON.parse(result) as { model: string }
    const weights = createHash('sha256').update(readFileSync(join(model, 'model.safetensors')))
    const steps = db.prepare('SELECT stage, step, loss, gradient_norm FROM training_metric ORDER BY stage, step').all()
    return { weights: weights.digest('hex'), losses: steps }
  })
}

function hasRun(library: string): boolean {
  if (!existsSync(library)) return false
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
