import Database from 'better-sqlite3'
import { afterEach, expect, it, vi } from 'vitest'
import type { ProgressUpdate } from '../../jobs/index.ts'
import {
  migrate,
  TrainingEventRepository,
  TrainingPointRepository,
  TrainingRunRepository,
} from '../../storage/index.ts'
import type { Recipe } from '../recipe.ts'
import type { StepEvent, TrainingEvent } from '../run/events.ts'
import { plannedStages } from '../run/stage-plan.ts'
import { tinyRecipe } from '../testing/tiny-run.ts'
import { EventRecorder } from './event-recorder.ts'

afterEach(() => vi.useRealTimers())

function open() {
  const db = new Database(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db)
  const [runs, points, events] = [
    new TrainingRunRepository(db),
    new TrainingPointRepository(db),
    new TrainingEventRepository(db),
  ]
  const run = runs.add({ name: 'r', recipe: tinyRecipe('bert'), data: 'd', model: null }, () => '/runs/r')
  const said: string[] = []
  const reported: ProgressUpdate[] = []
  let free = 1e12
  const start = () =>
    new EventRecorder(
      { runs, points, events, freeBytes: () => Promise.resolve(free), notify: ({ body }) => said.push(body) },
      run,
      { report: (update) => reported.push(update), log: () => {} },
    )
  return { runs, points, events, run, said, reported, start, fill: (left: number) => (free = left) }
}

const stage = (number: number, steps = 100, parameters = 1_000): TrainingEvent => ({
  ...{ kind: 'stage', stage: number, name: `stage ${number}`, steps, parameters, device: 'cpu' },
})
const step = (stageNumber: number, number: number, values: Partial<StepEvent> = {}): StepEvent => ({
  ...{ kind: 'step', stage: stageNumber, step: number, loss: 1, chance: 3, learningRate: 1e-3, gradientNorm: 1 },
  ...{
    positiveSimilarity: NaN,
    hardestNegativeSimilarity: NaN,
    tokensPerSecond: 1,
    memoryBytes: 1,
    seconds: 2,
    tokens: 10,
  },
  ...values,
})
const evaluation = (number: number, byIntent: { QA: number }): TrainingEvent => ({
  ...{ kind: 'evaluation', stage: 0, step: number, ndcg: byIntent.QA, byIntent, best: number === 0 },
  ...{ queries: [['k', 'QA', byIntent.QA]], interval: undefined, seconds: 5 },
})

it('time goes on by what steps and evaluations took, whatever the clock does and however often the run is resumed', () => {
  vi.useFakeTimers({ now: 1_000_000_000_000, toFake: ['Date'] })
  const { points, run, start } = open()
  const first = start()
  for (const event of [stage(0), evaluation(0, { QA: 0.5 }), step(0, 1), step(0, 2)]) first.record(event)
  vi.setSystemTime(10) // Set back by decades.
  first.record(step(0, 3, { seconds: -7 }))
  first.record(evaluation(3, { QA: 0.5 }))
  first.flush()
  expect(points.range(run.id, 1).map(({ seconds }) => seconds)).toEqual([7, 9, 9])

  vi.setSystemTime(9_000_000_000_000)
  const second = start()
  // From a checkpoint after step 2, though step 3 had been taken.
  for (const event of [stage(0), step(0, 3), evaluation(3, { QA: 0.5 })]) second.record(event)
  second.flush()
  const third = start()
  for (const event of [stage(0), step(0, 4), stage(1), step(1, 1)]) third.record(event)
  third.flush()
  const rows = points.range(run.id, 1)
  expect(rows.map(({ point, stage, step, seconds, tokens }) => [point, stage, step, seconds, tokens])).toEqual([
    [1, 0, 1, 7, 10],
    [2, 0, 2, 9, 20],
    [3, 0, 3, 11, 30],
    [4, 0, 4, 18, 40],
    [5, 1, 1, 20, 50],
  ])
})

it('progress names the stages to come, so that the end of the first is not taken for the end of the run', () => {
  const { run, reported, start } = open()
  const recorder = start()
  for (const event of [stage(0, 2), step(0, 1), step(0, 2)]) recorder.record(event)
  const planned = plannedStages(run.recipe as Recipe).map(({ name }) => name)
  expect(planned.length).toBeGreaterThan(1)
  expect(reported.at(-1)!.stages).toMatchObject(
    planned.map((name, index) => ({ name, done: index === 0 ? 2 : 0, total: index === 0 ? 2 : null })),
  )
})

it('alerts are kept in the log, told once, and not again after the run is resumed', async () => {
  const { events, run, said, start, fill } = open()
  const first = start()
  for (const event of [stage(0, 100, 1e9), evaluation(0, { QA: 0.5 }), step(0, 1), evaluation(1, { QA: 0.4 })])
    first.record(event)
  fill(20e9)
  const checkpoint: TrainingEvent = { kind: 'checkpoint', stage: 0, step: 1, folder: '/runs/r/checkpoint' }
  first.record(checkpoint)
  await vi.waitFor(() => expect(said).toHaveLength(2))
  expect(events.alerts(run.id)).toMatchObject([
    { kind: 'alert', alert: 'intent-regression', level: 'warning', point: 1, intent: 'QA' },
    { kind: 'alert', alert: 'disk', level: 'warning', point: 1, text: expect.stringContaining('20.0 GB left') },
  ])
  const second = start()
  for (const event of [stage(0, 100, 1e9), step(0, 2), evaluation(2, { QA: 0.3 }), checkpoint]) second.record(event)
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(said).toHaveLength(2)
  expect(events.alertCount(run.id)).toBe(2)
})
