// The Training view's side of the services: real runs in real training processes.
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import type { RouterClient } from '@orpc/server'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RecipeInput } from '../../contracts/recipe.ts'
import { unpackCurves } from '../../contracts/training-curves.ts'
import type { TrainingRun, TrainingRunDetail } from '../../contracts/training.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import type { WorkerEntry, WorkerOptions } from '../../platform/worker-launcher.ts'
import { writeTinyData } from '../../training/testing/tiny-run.ts'
import { openWorkbench, type Workbench } from '../index.ts'
import type { WorkbenchRouter } from '../router.ts'

let folder: string
let data: string
let workbench: Workbench
const launched: { entry: WorkerEntry; pid: number | undefined }[] = []
const said: string[] = []

class WatchedLauncher extends NodeLauncher {
  override launch<In, Out>(entry: WorkerEntry, options: WorkerOptions) {
    const worker = super.launch<In, Out>(entry, options)
    launched.push({ entry, pid: worker.pid })
    return worker
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dmr-training-'))
  data = await writeTinyData(join(folder, 'data'))
  await mkdir(join(folder, 'resources', 'recipes'), { recursive: true })
  await writeFile(join(folder, 'resources', 'recipes', 'good.json'), JSON.stringify(recipe()))
  await writeFile(join(folder, 'resources', 'recipes', 'broken.json'), '{"name": "broken", "stages": [{"kind": "x"}]}')
  workbench = openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources: join(folder, 'resources') },
      launcher: new WatchedLauncher(),
      logger: pino({ level: 'silent' }),
      shell: { notify: ({ body }) => said.push(body) },
    },
    { libraryPath: join(folder, 'library.db'), watch: false, device: 'cpu' },
  )
})
afterAll(async () => {
  await workbench.close()
  await rm(folder, { recursive: true, force: true })
})

const STAGE = { kind: 'contrastive', tuning: 'full', batch: 12, temperature: 0.05, learningRate: 2e-3 } as const

function recipe(changes: Partial<RecipeInput> = {}): RecipeInput {
  return {
    ...{ name: 'good', description: 'A run for tests.', maxTokens: 32, microbatchTokens: 256, saveEvery: 2 },
    model: { architecture: 'bert', layers: 1, hidden: 16, heads: 2, feedForward: 32, vocabulary: 200 },
    dev: { share: 0.2, every: 4 },
    stages: [{ ...STAGE, epochs: 4 }],
    ...changes,
  }
}

const client = () => workbench.client.training
const get = async (id: number): Promise<TrainingRun> => (await client().run({ id })).run

async function until(id: number, condition: (run: TrainingRun) => boolean): Promise<TrainingRun> {
  for await (const { run } of await client().watch({ id })) if (condition(run)) return run
  throw new Error('the events ended')
}

async function train(changes: Partial<RecipeInput>, rest: object = {}): Promise<TrainingRun> {
  const { runs } = await client().start({ recipe: { ...recipe(changes) }, dataset: data, ...rest })
  return until(runs[0]!.id, ({ state }) => state === 'done' || state === 'failed')
}

describe('what a run can be made of', () => {
  it('lists recipes, also those with problems', async () => {
    const [broken, good] = await client().recipes()
    expect(good).toMatchObject({
      id: 'good',
      stages: [{ name: 'contrastive', alpha: null }],
      problems: [],
      variants: [],
    })
    expect(good!.recipe!.stages[0]).toMatchObject({ warmup: 0.01 })
    expect(broken).toMatchObject({ id: 'broken', recipe: null })
    expect(broken!.problems.map(({ path }) => path)).toEqual(expect.arrayContaining(['stages.0.kind', 'description']))
  })

  it('lists data and models, and says which models cannot be trained', async () => {
    await workbench.client.models.import({ path: modelFixture('bert'), id: 'backbone' })
    await workbench.client.models.import({ path: modelFixture('cross-encoder-bert'), id: 'reranker' })
    const { data, models } = await client().choices()
    expect(data).toMatchObject([{ id: 'sample-library', kind: 'sample' }])
    expect(models.find(({ id }) => id === 'backbone')).toMatchObject({ reason: null })
    expect(models.find(({ id }) => id === 'reranker')!.reason).toContain('Choose an embedding model')
  })

  it('names every setting that is wrong, and missing data and models', async () => {
    const settings = recipe({ stages: [{ ...STAGE, epochs: -1, batch: 1.5 }] })
    const wrong = await client().validate({ recipe: { ...settings }, dataset: data })
    expect(wrong.problems.map(({ path }) => path)).toEqual(['stages.0.batch', 'stages.0.epochs'])
    const nowhere = await client().validate({ recipe: { ...recipe() }, dataset: 'nowhere', model: 'nothing' })
    expect(nowhere.problems).toMatchObject([
      { path: 'data', message: expect.stringContaining('nowhere: no such file or folder') },
      { path: 'model', message: expect.stringContaining('There is no model "nothing"') },
    ])
    expect((await client().validate({ recipe: { ...recipe() } })).problems).toMatchObject([{ path: 'data' }])
    const adapting = recipe({
      stages: [
        { ...STAGE, epochs: 1 },
        { kind: 'adaptation', learningRate: 1, batch: 8, epochs: 1 },
      ],
    })
    expect((await client().validate({ recipe: { ...adapting }, dataset: data })).problems).toMatchObject([
      { path: 'stages.1.kind', message: expect.stringContaining('bert does already') },
    ])
    const random = { dataset: data, model: (await client().choices()).models.at(-1)!.id }
    const { model: _, ...withoutModel } = recipe()
    expect((await client().validate({ recipe: withoutModel, dataset: data })).problems).toMatchObject([
      { path: 'model' },
    ])
    expect((await client().validate({ recipe: withoutModel, ...random })).problems).toEqual([])
    const reranker = await client().validate({ recipe: { ...recipe() }, dataset: data, model: 'reranker' })
    expect(reranker.problems).toMatchObject([{ path: 'model' }])
    expect(await client().validate({ recipe: { ...recipe() }, dataset: data })).toMatchObject({ problems: [] })
    await expect(client().start({ recipe: { ...settings }, dataset: data })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
    expect((await client().runs({})).runs).toEqual([])
  })

  it('measures the cost in a process of its own, while the services answer, and can be stopped', async () => {
    const [estimate] = await client().estimate({ recipe: { ...recipe() }, dataset: data })
    expect(estimate).toMatchObject({ recipe: 'good', stages: [{ name: 'contrastive', textsPerStep: 36 }] })
    expect(estimate!.stages[0]!.secondsPerStep).toBeGreaterThan(0)
    expect(estimate!.seconds).toBeCloseTo(estimate!.stages[0]!.seconds, 10)
    expect(estimate!.peakMemoryBytes).toBeGreaterThan(50e6)
    expect(launched.at(-1)!.entry).toBe('train')
    const controller = new AbortController()
    const stopped = client().estimate({ recipe: { ...recipe() }, dataset: data }, { signal: controller.signal })
    setTimeout(() => controller.abort(), 100)
    await expect(stopped).rejects.toThrow()
    await eventually(() => !isAlive(launched.at(-1)!.pid!))
    expect((await readdir(join(folder, 'training'))).filter((name) => name.startsWith('.estimate'))).toEqual([])
  })
})

describe('a run', () => {
  let run: TrainingRun

  it('reports itself until it is done', async () => {
    const { runs } = await client().start({ recipe: { ...recipe() }, dataset: data, name: 'First', tags: ['a', 'b'] })
    const seen: TrainingRunDetail[] = []
    for await (const detail of await client().watch({ id: runs[0]!.id })) {
      seen.push(detail)
      if (detail.run.state === 'done') break
    }
    run = seen.at(-1)!.run
    expect(new Set(seen.map((detail) => detail.run.state))).toContain('running')
    const steps = seen.map((detail) => detail.run.step)
    expect(steps).toEqual(steps.toSorted((a, b) => a - b))
    expect(run).toMatchObject({
      ...{ name: 'First', recipe: 'good', tags: ['a', 'b'], state: 'done', message: null, resumable: false },
      ...{ step: run.totalSteps, alerts: 0, examples: 39, stoppedEarly: false, secondsLeft: null },
      stages: [{ name: 'contrastive', state: 'done', done: run.step, gate: null }],
    })
    const { quality } = run
    expect(quality!.low).toBeLessThanOrEqual(quality!.value)
    expect(quality!.high).toBeGreaterThanOrEqual(quality!.value)
    expect(said.at(-1)).toContain('Training is done')
    const detail = await client().run({ id: run.id })
    expect(detail).toMatchObject({ folder: { exists: true }, output: { exists: true }, checkpoint: { exists: true } })
    expect(detail.evaluations.findLast(({ best }) => best)!.ndcg).toBe(quality!.value)
    const log = await client().log({ id: run.id })
    expect(log.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['state', 'stage', 'evaluation', 'checkpoint']))
    expect(await client().log({ id: run.id, after: log.at(-2)!.id })).toEqual([log.at(-1)])
  })

  it('sends its curves through a port as they are stored', async () => {
    const { port1, port2 } = new MessageChannel()
    new RPCHandler(workbench.router).upgrade(port1, { context: workbench.context })
    port1.start()
    port2.start()
    const remote = createORPCClient<RouterClient<WorkbenchRouter>>(new RPCLink({ port: port2 }))
    const answer = await remote.training.curves({ ids: [run.id, run.id], metric: 'loss', width: 500, smoothing: 0 })
    const [curve, same] = await unpackCurves(answer)
    const points = workbench.library.repositories.trainingPoints.range(run.id, 1)
    expect([...curve!.max]).toEqual(points.map(({ loss }) => loss))
    expect([...curve!.x]).toEqual(points.map(({ point }) => point))
    expect(same).toEqual(curve)
    const [time] = await unpackCurves(
      await remote.training.curves({ ids: [run.id], metric: 'loss', axis: 'time', width: 9 }),
    )
    expect(time!.extent[1]).toBeCloseTo(points.at(-1)!.seconds, 9)
    await expect(remote.training.curves({ ids: [99], metric: 'loss', width: 10 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    port1.close()
  })

  it('is found, renamed and described', async () => {
    await client().update({
      id: run.id,
      name: 'Baseline of May',
      notes: 'Before the new plans',
      tags: ['a', 'keep', 'a'],
    })
    const ids = async (input: object) => (await client().runs(input)).runs.map(({ id }) => id)
    expect(await ids({ search: 'may PLANS' })).toEqual([run.id])
    expect(await ids({ search: 'june' })).toEqual([])
    expect(await ids({ tags: ['keep'] })).toEqual([run.id])
    expect(await ids({ tags: ['keep', 'b'] })).toEqual([])
    expect((await client().runs({})).tags).toEqual(['a', 'keep'])
  })

  it('is compared with others: settings, data, intents', async () => {
    const other = await train({ stages: [{ ...STAGE, epochs: 4, learningRate: 1e-4 }] })
    const bigger = await train({}, { model: 'random tiny encoder', name: 'Bigger' })
    const elsewhere = await writeTinyData(join(folder, 'more-data'), 60)
    const foreign = await train({}, { dataset: elsewhere, name: 'Other data' })
    const same = await client().compare({ ids: [run.id, other.id] })
    expect(same.settings).toEqual([{ path: 'stages.0.learningRate', values: ['0.002', '0.0001'] }])
    expect(same).toMatchObject({ data: [], notComparable: null, baselineId: run.id })
    const [row] = same.intents
    expect(row).toMatchObject({ intent: 'QA', queries: 9 })
    expect(row!.cells[0]).toMatchObject({ runId: run.id, verdict: null, estimate: { value: run.quality!.value } })
    expect(['better', 'worse', 'unclear']).toContain(row!.cells[1]!.verdict)
    const { settings } = await client().compare({ ids: [run.id, bigger.id] })
    expect(settings.find(({ path }) => path === 'model.hidden')).toEqual({ path: 'model.hidden', values: ['16', '64'] })
    expect(bigger.model).toBeNull()
    await client().remove({ id: bigger.id })
    const across = await client().compare({ ids: [run.id, foreign.id], baselineId: foreign.id })
    expect(across.notComparable).toContain('read different data')
    expect(across.data.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['name', 'id', 'examples', 'sets.QA.examples']),
    )
    expect(across.intents[0]!.cells.every(({ verdict }) => verdict === null)).toBe(true)
    await client().remove({ id: foreign.id })
    expect((await client().runs({})).runs.map(({ id }) => id)).toEqual([other.id, run.id])
    expect(existsSync((await client().run({ id: run.id })).folder.path)).toBe(true)
  })

  it('becomes an installed model once, and says when its files are gone', async () => {
    const { modelId, jobId } = await client().promote({ id: run.id, use: true })
    expect(modelId).toBe('baseline-of-may')
    if (jobId !== null) await workbench.library.queue.result(jobId)
    expect(await get(run.id)).toMatchObject({ modelId, model: null })
    expect(await workbench.client.models.get({ id: modelId })).toMatchObject({ name: modelId, state: 'ready' })
    expect(await client().promote({ id: run.id, use: false })).toEqual({ modelId, jobId: null })
    const { output } = await client().run({ id: run.id })
    await rm(output!.path, { recursive: true })
    await expect(client().promote({ id: run.id, modelId: 'second' })).rejects.toMatchObject({
      ...{ code: 'BAD_INPUT', message: expect.stringContaining('is gone: somebody deleted the model') },
    })
  })
})

describe('a run that does not run through', () => {
  const long = { stages: [{ ...STAGE, epochs: 2_000 }] }
  const begin = async (): Promise<TrainingRun> => {
    const { runs } = await client().start({ recipe: { ...recipe(long) }, dataset: data })
    return until(runs[0]!.id, ({ step }) => step > 4)
  }

  it('is paused, resumed, and stopped with the best model so far', async () => {
    const { id } = await begin()
    await client().pause({ id })
    const paused = await until(id, ({ state }) => state === 'paused')
    expect(paused.resumable).toBe(true)
    await eventually(() => !isAlive(launched.at(-1)!.pid!))
    await client().resume({ id })
    const resumed = await until(id, ({ step, state }) => state === 'running' && step > paused.step)
    expect(resumed.secondsLeft).toBeGreaterThan(0)
    expect(resumed.seconds).toBeGreaterThan(paused.seconds)
    await client().stop({ id })
    const done = await until(id, ({ state }) => state === 'done')
    expect(done).toMatchObject({ stoppedEarly: true, stages: [{ state: expect.stringMatching(/done|rolled-back/) }] })
    expect((await client().run({ id })).output!.exists).toBe(true)
    await expect(client().stop({ id })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(client().resume({ id })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('is stopped while it is paused: it is finished from its checkpoint without another step', async () => {
    const { id } = await begin()
    await client().pause({ id })
    await eventually(() => !isAlive(launched.at(-1)!.pid!))
    const { step } = await get(id)
    await client().stop({ id })
    expect(await until(id, ({ state }) => state === 'done')).toMatchObject({ step, stoppedEarly: true })
  })

  it('says that its process died, and goes on from its checkpoint', async () => {
    const { id } = await begin()
    process.kill(launched.at(-1)!.pid!, 'SIGKILL')
    const interrupted = await until(id, ({ state }) => state === 'interrupted')
    expect(interrupted).toMatchObject({ resumable: true, message: expect.stringMatching(/SIGKILL.*resume the run/) })
    await client().resume({ id })
    const resumed = await until(id, ({ step, state }) => state === 'running' && step > interrupted.step)
    expect(resumed.seconds).toBeGreaterThan(interrupted.seconds)
    // Deleted while it runs: the process ends, folder and rows go.
    const { pid } = launched.at(-1)!
    const { path } = (await client().run({ id })).folder
    await client().remove({ id })
    expect(existsSync(path)).toBe(false)
    await eventually(() => !isAlive(pid!))
    await expect(client().run({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('whose folder somebody deleted says so and cannot be resumed', async () => {
    const { id } = await begin()
    await client().pause({ id })
    await eventually(() => !isAlive(launched.at(-1)!.pid!))
    await rm((await client().run({ id })).folder.path, { recursive: true })
    expect(await get(id)).toMatchObject({ resumable: false, message: expect.stringContaining('is gone, and with it') })
    await expect(client().resume({ id })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await client().remove({ id })
  })

  it('that meets NaN fails with an alert and the batch, cannot be resumed, and still gives its best model', async () => {
    const failed = await train({ stages: [{ ...STAGE, epochs: 4, learningRate: 1e30 }] })
    expect(failed).toMatchObject({ state: 'failed', resumable: false, alerts: 1 })
    expect(failed.message).toMatch(/not finite \(data set QA, examples/)
    const { alerts, latest } = await client().run({ id: failed.id })
    expect(alerts).toMatchObject([{ alert: 'nan', level: 'error', step: failed.step }])
    expect(latest!.loss === null || latest!.gradientNorm === null).toBe(true)
    const [curve] = await unpackCurves(await client().curves({ ids: [failed.id], metric: 'gradientNorm', width: 100 }))
    expect(curve).toMatchObject({ points: failed.step, nonFinite: 1 })
    await expect(client().resume({ id: failed.id })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    // What it had before can still be kept.
    await client().stop({ id: failed.id })
    expect(await until(failed.id, ({ state }) => state === 'done')).toMatchObject({ stoppedEarly: true, message: null })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}
