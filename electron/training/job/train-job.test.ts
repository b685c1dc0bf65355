// Training as people start it: a job of the library, in a process of its own, interrupted and taken up again.
import Database from 'better-sqlite3'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JobQueue } from '../../jobs/index.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import type { WorkerEntry, WorkerOptions } from '../../platform/worker-launcher.ts'
import {
  JobRepository,
  migrate,
  TrainingEventRepository,
  TrainingPointRepository,
  TrainingRunRepository,
} from '../../storage/index.ts'
import type { Recipe } from '../recipe.ts'
import { tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { CRASHED, isResumable, TrainJob, type TrainResult } from './train-job.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-train-job-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Knows the process it started last, and may let processes end as a graphics driver does now and then. */
class WatchedLauncher extends NodeLauncher {
  pid: number | undefined
  crashesAtExit = false
  override launch<In, Out>(entry: WorkerEntry, options: WorkerOptions) {
    const worker = super.launch<In, Out>(entry, options)
    this.pid = worker.pid
    return this.crashesAtExit ? { ...worker, kill: () => void process.kill(worker.pid!, 'SIGSEGV') } : worker
  }
}

function open() {
  const db = new Database(':memory:')
  migrate(db)
  const runs = new TrainingRunRepository(db)
  const queue = new JobQueue(new JobRepository(db), pino({ level: 'silent' }))
  const points = new TrainingPointRepository(db)
  const events = new TrainingEventRepository(db)
  const launcher = new WatchedLauncher()
  const said: string[] = []
  const notify = ({ body }: { body: string }) => said.push(body)
  const trainJob = new TrainJob({ launcher, runs, points, events, notify })
  queue.register(trainJob)
  const start = (name: string, recipe: Recipe, data: string) => {
    const run = runs.add({ name, recipe, data, model: null }, (id) => join(root, `${name}-${id}`))
    return { run, job: queue.enqueue('train', { runId: run.id, tensorBoard: join(root, `${name}-events`) }) }
  }
  return { launcher, runs, points, events, said, trainJob, queue, start }
}

it('keeps curves, evaluations, gates and the result; a pause goes on where it was', async () => {
  const data = await writeTinyData(join(root, 'data'))
  const { runs, points, events, said, queue, start: begin } = open()
  const { run, job } = begin('tiny', tinyRecipe('bert'), data)
  await new Promise<void>((resolve) => {
    const stop = queue.onChange(() => {
      if (!runs.checkpoint(run.id)) return
      stop()
      resolve()
    })
  })
  queue.pause(job.id)
  await expect(queue.result(job.id)).rejects.toThrow('was stopped')
  while (queue.get(job.id).state !== 'paused') await new Promise((resolve) => setTimeout(resolve, 20))
  queue.resume(job.id)
  const result = (await queue.result(job.id)) as TrainResult
  expect(result).toMatchObject({ run: run.id, bestMetric: expect.any(Number) as number })
  expect(runs.byId(run.id)!.result).toEqual(result)

  const stages = runs.stages(run.id)
  expect(stages.map(({ name }) => name)).toEqual(['contrastive', 'instruction-0.65'])
  expect(stages[1]!.passed).not.toBeNull()
  // Every step once, whatever was computed twice.
  const rows = points.range(run.id, 1)
  expect(rows.map(({ point }) => point)).toEqual(Array.from({ length: result.steps }, (_, i) => i + 1))
  expect(rows[0]).toMatchObject({ stage: 0, step: 1, chance: Math.log(24) })
  const second = rows.findIndex(({ stage }) => stage === 1)
  expect(stages.map(({ firstPoint }) => firstPoint)).toEqual([0, second])
  // Time and tokens only ever rise, over stages, evaluations and the pause.
  for (const [i, row] of rows.entries()) {
    expect(row.seconds).toBeGreaterThan(rows[i - 1]?.seconds ?? 0)
    expect(row.tokens).toBeGreaterThan(rows[i - 1]?.tokens ?? 0)
  }
  const { facts } = runs.byId(run.id)!
  expect(facts).toMatchObject({ examples: 48 - facts!.devQueries, sets: [{ name: 'QA', examples: 48 }] })
  const scores = runs.queryScores(run.id, 0, 0)!
  expect(scores).toHaveLength(facts!.devQueries)
  const start = runs.evaluations(run.id)[0]!
  expect(scores.reduce((sum, [, , value]) => sum + value, 0) / scores.length).toBeCloseTo(start.ndcg, 12)
  const lines = events.list(run.id).map(({ text }) => text)
  expect(lines[0]).toBe('Started.')
  expect(lines).toEqual(expect.arrayContaining(['Paused.', 'Resumed from the last checkpoint.', 'Saved a checkpoint.']))
  expect(said.at(-1)).toMatch(/^Training is done\. nDCG@10/)
  expect(runs.evaluations(run.id)[0]!.byIntent.QA).toBeGreaterThan(0)
  expect((await readdir(join(root, 'tiny-events')))[0]).toMatch(/^events\.out\.tfevents\./)
  await queue.close()
}, 120_000)

it('bad data fails the job with the place in the file', async () => {
  const { queue, start } = open()
  const { job } = start('bad', tinyRecipe('bert'), join(root, 'nowhere.jsonl'))
  await expect(queue.result(job.id)).rejects.toThrow('nowhere.jsonl: there is no such file or folder')
  await queue.close()
}, 60_000)

it('a process that crashes when it ends has lost nothing', async () => {
  const data = await writeTinyData(join(root, 'data'))
  const { launcher, runs, said, queue, start } = open()
  launcher.crashesAtExit = true
  const { run, job } = start('crashing', tinyRecipe('bert'), data)
  await until(() => runs.checkpoint(run.id))
  queue.pause(job.id)
  await expect(queue.result(job.id)).rejects.toThrow('was stopped')
  await until(() => queue.get(job.id).state === 'paused')
  expect(runs.byId(run.id)!.failure).toBeNull()
  queue.resume(job.id)
  const result = (await queue.result(job.id)) as TrainResult
  expect(runs.byId(run.id)).toMatchObject({ result, failure: null })
  expect(await readdir(result.model)).toContain('model.safetensors')
  expect(said).toHaveLength(1)
  await queue.close()
}, 120_000)

async function until(condition: () => unknown): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

it('a killed process leaves a run that says so and goes on; a deleted folder one that says that', async () => {
  const data = await writeTinyData(join(root, 'data'))
  const { launcher, runs, points, events, said, queue, start } = open()
  const { run, job } = start('killed', tinyRecipe('bert'), data)
  await until(() => runs.checkpoint(run.id))
  process.kill(launcher.pid!, 'SIGKILL')
  await expect(queue.result(job.id)).rejects.toThrow(/was ended by SIGKILL.*resume the run/)
  expect(runs.byId(run.id)).toMatchObject({ failure: { code: CRASHED }, result: null })
  expect(isResumable(runs.byId(run.id)!.failure!)).toBe(true)
  expect(said).toHaveLength(1)

  const { step } = runs.checkpoint(run.id)!
  queue.resume(job.id)
  await until(() => (points.last(run.id)?.step ?? 0) > step)
  await rm(run.folder, { recursive: true, force: true })
  const firstLoss = await queue.result(job.id).catch((error: Error) => error.message)
  // Noticed by what needed a file next, or only when it is taken up again.
  if (typeof firstLoss === 'string') expect(firstLoss).toMatch(/killed-\d.*(gone|cannot be read)/)
  await rm(run.folder, { recursive: true, force: true })
  await expect(queue.result(queue.enqueue('train', { runId: run.id }).id)).rejects.toThrow(
    /killed-1\/checkpoint is gone.*Start a new run/,
  )
  expect(isResumable(runs.byId(run.id)!.failure!)).toBe(false)
  expect(events.list(run.id).at(-1)).toMatchObject({ kind: 'state', level: 'error' })
  await queue.close()
}, 120_000)
