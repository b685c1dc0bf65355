// Training as people start it: a job of the library, in a process of its own, interrupted and taken up again.
import Database from 'better-sqlite3'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JobQueue } from '../../jobs/index.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import { JobRepository, migrate, TrainingRunRepository } from '../../storage/index.ts'
import type { Recipe } from '../recipe.ts'
import { tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { TrainJob, type TrainResult } from './train-job.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-train-job-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

function open() {
  const db = new Database(':memory:')
  migrate(db)
  const runs = new TrainingRunRepository(db)
  const queue = new JobQueue(new JobRepository(db), pino({ level: 'silent' }))
  queue.register(new TrainJob({ launcher: new NodeLauncher(), runs }))
  const start = (name: string, recipe: Recipe, data: string) => {
    const run = runs.add({ name, recipe, data, model: null }, (id) => join(root, `${name}-${id}`))
    return { run, job: queue.enqueue('train', { runId: run.id, tensorBoard: join(root, `${name}-events`) }) }
  }
  return { runs, queue, start }
}

it('keeps curves, evaluations, gates and the result; a pause goes on where it was', async () => {
  const data = await writeTinyData(join(root, 'data'))
  const { runs, queue, start } = open()
  const { run, job } = start('tiny', tinyRecipe('bert'), data)
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
  const metrics = runs.metrics(run.id)
  // Every step once, whatever was computed twice.
  expect(metrics).toHaveLength(result.steps)
  expect(metrics[0]).toMatchObject({ stage: 0, step: 1, chance: Math.log(24) })
  expect(runs.metrics(run.id, { stage: 0, step: 2 })).toEqual(metrics.slice(2))
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
