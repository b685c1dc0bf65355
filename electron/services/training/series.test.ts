// Series of training runs: real runs in real training processes, and a library that is closed and opened in between.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecipeInput } from '../../contracts/recipe.ts'
import type { TrainingSeries } from '../../contracts/training-series.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import { writeTinyData } from '../../training/testing/tiny-run.ts'
import { openWorkbench, type Workbench } from '../index.ts'

const STAGE = { kind: 'contrastive', tuning: 'full', batch: 12, temperature: 0.05, learningRate: 2e-3 } as const

let folder: string
let data: string
let workbench: Workbench

function open(): Workbench {
  return openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources: folder },
      launcher: new NodeLauncher(),
      logger: pino({ level: 'silent' }),
      shell: { notify: () => undefined },
    },
    { libraryPath: join(folder, 'library.db'), watch: false, device: 'cpu' },
  )
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dmr-series-'))
  data = await writeTinyData(join(folder, 'data'))
  workbench = open()
})
afterEach(async () => {
  await workbench.close()
  await rm(folder, { recursive: true, force: true })
})

/** An experiment that compares learning rates; `NaN` stands for one at which training breaks. */
function experiment(name: string, forms: Readonly<Record<string, Partial<RecipeInput>>>): Record<string, unknown> {
  return {
    ...{ name, description: 'For tests.', maxTokens: 32, microbatchTokens: 256, saveEvery: 2 },
    model: { architecture: 'bert', layers: 1, hidden: 16, heads: 2, feedForward: 32, vocabulary: 200 },
    ...{ data, dev: { share: 0.2, every: 4 }, stages: [{ ...STAGE, epochs: 2 }] },
    published: { better: 'slow', than: 'fast', points: 1, source: 'A paper' },
    variants: Object.entries(forms).map(([form, changes]) => ({ name: form, ...changes })),
  }
}
const rate = (learningRate: number, epochs = 2): Partial<RecipeInput> => ({
  stages: [{ ...STAGE, learningRate, epochs }],
})

async function until(id: number, condition: (series: TrainingSeries) => boolean): Promise<TrainingSeries> {
  for await (const all of await workbench.client.trainingSeries.watch()) {
    const series = all.find((one) => one.id === id)
    if (series && condition(series)) return series
  }
  throw new Error('the events ended')
}
const runs = async (): Promise<{ name: string; state: string }[]> =>
  (await workbench.client.training.runs({})).runs.map(({ name, state }) => ({ name, state })).reverse()

describe('a series of trainings', () => {
  it('goes on when one run fails, says which, and reports what there is at any time', async () => {
    const { client } = workbench
    const forms = { slow: rate(1e-3), broken: rate(1e35), fast: rate(4e-3) }
    const { id } = await client.trainingSeries.start({ recipes: [experiment('rates', forms)], name: 'Rates' })
    const { html } = await client.trainingSeries.report({ id })
    expect(html).toContain('0 of 3 runs done')
    const ended = await until(id, ({ state }) => state === 'done')
    expect(ended).toMatchObject({ name: 'Rates', done: 2, failed: 1, secondsLeft: 0, skipped: [] })
    expect(await runs()).toEqual([
      { name: 'Rates: slow', state: 'done' },
      { name: 'Rates: broken', state: 'failed' },
      { name: 'Rates: fast', state: 'done' },
    ])
    expect(await client.trainingSeries.verdicts({ id })).toMatchObject([
      { experiment: 'rates', published: { better: 'slow', than: 'fast' }, queries: expect.any(Number) },
    ])
    expect((await client.trainingSeries.report({ id })).html).toMatch(/2 of 3 runs done[^]*<td>failed: /u)
  }, 120_000)

  it('skips what cannot be started, and is refused when nothing can', async () => {
    const { client } = workbench
    const mixed = [experiment('rates', { slow: rate(1e-3) }), { ...experiment('other', { a: {} }), data: 'nowhere' }]
    const series = await client.trainingSeries.start({ recipes: mixed })
    expect(series.runIds).toHaveLength(1)
    expect(series.name).toBe('rates, other')
    expect(series.skipped).toMatchObject([{ recipe: 'other.a', message: expect.stringContaining('nowhere: no such') }])
    await expect(client.trainingSeries.start({ recipes: [mixed[1]!] })).rejects.toThrow('nowhere: no such')
    for await (const all of await client.trainingSeries.watch()) {
      expect(all.map(({ id }) => id)).toEqual([series.id])
      break
    }
  }, 60_000)

  it('is paused as one, survives the end of the application, goes on, and can be ended early', async () => {
    const forms = { slow: rate(1e-3, 400), fast: rate(4e-3, 400), third: rate(1e-3, 400) }
    const { id } = await workbench.client.trainingSeries.start({ recipes: [experiment('rates', forms)] })
    await until(id, ({ state, seconds }) => state === 'running' && seconds > 0)
    expect((await until(id, ({ secondsLeft }) => secondsLeft !== null)).secondsLeft).toBeGreaterThan(0)
    await workbench.client.trainingSeries.pause({ id })
    await until(id, ({ state }) => state === 'paused')

    await workbench.close()
    workbench = open()
    expect(await until(id, () => true)).toMatchObject({ state: 'paused', runIds: [1, 2, 3] })
    await workbench.client.trainingSeries.resume({ id })
    await until(id, ({ state }) => state === 'running')
    await workbench.client.trainingSeries.end({ id })
    const ended = await until(id, ({ state }) => state === 'done')
    expect(ended).toMatchObject({ done: 1, failed: 0, runIds: [1] })
    expect(ended.skipped.map(({ recipe }) => recipe)).toEqual(['rates.third', 'rates.fast'])
    await workbench.client.trainingSeries.remove({ id })
    expect(await runs()).toEqual([{ name: 'rates.slow', state: 'done' }])
  }, 120_000)
})
