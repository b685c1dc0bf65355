import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TrainingRun } from '../../../../electron/contracts/training.ts'
import type { Client } from '../../connection/client.ts'
import { NewRun } from './new-run.svelte.ts'
import { levelsOf, levelsText, numberOf, recipeNameOf, settingAt, withSetting } from './recipe-draft.ts'
import { orphanProblems, recipeTitle, settingName } from './recipe-fields.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const RUN = { id: 7, name: 'Run 7' } as TrainingRun

describe('a recipe that is being written', () => {
  const json = { name: 'x', stages: [{ kind: 'instruction', levels: [{ alpha: 0.65, data: 'mtt-0.65' }] }] }

  it('is changed at a path, the rest kept, and without a value goes back to its default', () => {
    const changed = withSetting(json, 'stages.0.gate.maxDrop', 0.01)
    expect(settingAt(changed, 'stages.0.gate')).toEqual({ maxDrop: 0.01 })
    expect(settingAt(changed, 'stages.0.levels.0.data')).toBe('mtt-0.65')
    expect(Array.isArray(changed['stages'])).toBe(true)
    expect(settingAt(withSetting(changed, 'stages.0.gate.maxDrop', undefined), 'stages.0.gate')).toEqual({})
    expect(settingAt(json, 'stages.7.levels')).toBeUndefined()
  })

  it('reads numbers as people write them, and keeps words so that they can be named', () => {
    expect(['3e-4', '0,01', ' ', '−2', 'fast'].map(numberOf)).toEqual([3e-4, 0.01, undefined, -2, 'fast'])
  })

  it('keeps the data of levels that stay', () => {
    const [stage] = json.stages
    expect(levelsText(stage!)).toBe('0.65')
    expect(levelsOf('0.65, 0.8;hard', stage!)).toEqual([
      { alpha: 0.65, data: 'mtt-0.65' },
      { alpha: 0.8 },
      { alpha: NaN },
    ])
  })

  it('is spoken of in words', () => {
    expect(['stages.1.learningRate', 'seed', 'stages.0.tuning.rank'].map(settingName)).toEqual([
      'Stage 2: Learning rate',
      'Seed',
      'Stage 1: tuning.rank',
    ])
    expect(recipeTitle('dmretriever-small')).toBe('DMRetriever small')
  })

  it('has a name that a file may have', () => {
    expect(['County blend 14!', '  ', '.x'].map(recipeNameOf)).toEqual(['county-blend-14', 'my-recipe', 'x'])
  })

  it('shows problems beside their field, and those without one below', () => {
    const at = (path: string): { path: string; message: string } => ({ path, message: 'm' })
    const problems = ['data', 'stages.0.levels.0.alpha', 'stages.0.batch', 'stages.0.tuning', 'plan'].map(at)
    expect(orphanProblems(problems, json).map(({ path }) => path)).toEqual(['stages.0.tuning', 'plan'])
  })
})

describe('the sheet that starts a training', () => {
  const card = {
    ...{ id: 'small', name: 'small', description: '', stages: [], variants: [], problems: [] },
    recipe: {
      name: 'small',
      data: 'sample-library',
      stages: [{ kind: 'contrastive', learningRate: 1, batch: 2, epochs: 3 }],
    },
  }
  function open() {
    const validate = vi.fn().mockResolvedValue({ problems: [], recipe: null, stages: [] })
    const start = vi.fn().mockResolvedValue({ runs: [RUN] })
    const startSeries = vi.fn().mockResolvedValue({ id: 3 })
    const estimate = vi.fn()
    const experiment = (name: string, variants: string[]) => ({ ...card, id: name, name, variants, recipe: { name } })
    const data = [
      { id: 'county', name: 'county', kind: 'MTP' },
      { id: 'sample-library', kind: 'sample', name: 's' },
    ]
    const client = {
      training: {
        ...{ validate, start, estimate },
        recipes: () =>
          Promise.resolve([
            { ...card, id: 'broken', problems: [{ path: '', message: 'm' }] },
            card,
            experiment('levels', ['a', 'b']),
            experiment('filters', ['a', 'b', 'c']),
          ]),
        choices: () => Promise.resolve({ data, models: [{ id: 'mini', name: 'mini', reason: null }] }),
      },
      trainingSeries: { start: startSeries },
    } as unknown as Client
    const onstarted = vi.fn()
    return { creating: new NewRun(client, onstarted), validate, start, startSeries, estimate, onstarted }
  }

  it('offers the first recipe without errors, with the data that it names', async () => {
    const { creating } = open()
    await creating.ask()
    expect([creating.from, creating.dataset, creating.name]).toEqual(['small', 'sample-library', 'small'])
  })

  it('trains where it is faster unless a person says where, and asks whether that can be', async () => {
    const { creating, validate, start } = open()
    await creating.ask()
    await vi.advanceTimersByTimeAsync(300)
    expect(validate.mock.lastCall![0]).toMatchObject({ device: 'auto' })
    creating.chooseDevice('webgpu')
    await vi.advanceTimersByTimeAsync(300)
    expect(validate.mock.lastCall![0]).toMatchObject({ device: 'webgpu' })
    await creating.start()
    expect(start.mock.lastCall![0]).toMatchObject({ device: 'webgpu' })
  })

  it('has every change checked once, and does not start before that', async () => {
    const { creating, validate, start } = open()
    await creating.ask()
    expect(creating.canStart).toBe(false)
    creating.set('stages.0.batch', 4)
    creating.set('stages.0.batch', 48)
    await vi.advanceTimersByTimeAsync(300)
    expect(validate).toHaveBeenCalledTimes(1)
    expect(settingAt(validate.mock.lastCall![0], 'recipe.stages.0.batch')).toBe(48)
    expect(creating.canStart).toBe(true)
    validate.mockResolvedValue({ problems: [{ path: 'stages.0.batch', message: 'too few' }], recipe: null, stages: [] })
    creating.set('stages.0.batch', 0)
    await vi.advanceTimersByTimeAsync(300)
    expect(creating.problemAt('stages.0.batch')).toBe('too few')
    await creating.start()
    expect(start).not.toHaveBeenCalled()
  })

  it('starts with what was chosen and forgets a cost that no longer holds', async () => {
    const { creating, start, estimate, onstarted } = open()
    await creating.ask()
    creating.chooseData('county')
    creating.chooseModel('mini')
    creating.tags = 'pilot, , county '
    await vi.advanceTimersByTimeAsync(300)
    estimate.mockResolvedValue([{ recipe: 'small', stages: [], seconds: 9, peakMemoryBytes: 1 }])
    await creating.estimate()
    expect(creating.estimates?.[0]?.seconds).toBe(9)
    creating.set('seed', 2)
    expect(creating.estimates).toBeNull()
    await vi.advanceTimersByTimeAsync(300)
    await creating.start()
    const [request] = start.mock.lastCall!
    expect(request).toMatchObject({ dataset: 'county', model: 'mini', tags: ['pilot', 'county'], name: 'small' })
    expect(onstarted).toHaveBeenCalledWith({ run: RUN })
    expect(creating.asking).toBe(false)
  })

  it('starts every form of every experiment as one series, and names those that cannot be', async () => {
    const { creating, validate, startSeries, onstarted } = open()
    await creating.ask()
    creating.chooseEverything('All experiments')
    expect([creating.series.map(({ id }) => id), creating.count]).toEqual([['levels', 'filters'], 5])
    validate.mockImplementation(({ recipe }: { recipe: { name: string } }) => ({
      problems: recipe.name === 'filters' ? [{ path: 'data', message: 'no such data' }] : [],
    }))
    await vi.advanceTimersByTimeAsync(300)
    expect(creating.refused).toEqual([{ recipe: 'filters', message: 'no such data' }])
    expect(creating.canStart).toBe(true)
    await creating.start()
    const [request] = startSeries.mock.lastCall!
    expect(request).toMatchObject({ name: 'All experiments', recipes: [{ name: 'levels' }, { name: 'filters' }] })
    expect(onstarted).toHaveBeenCalledWith({ series: { id: 3 } })

    validate.mockResolvedValue({ problems: [{ path: 'data', message: 'no such data' }] })
    creating.chooseEverything('All experiments')
    await vi.advanceTimersByTimeAsync(300)
    expect([creating.canStart, creating.refused]).toEqual([false, []])
  })

  it('starts one form as a run, and all forms of an experiment as a series', async () => {
    const { creating } = open()
    await creating.ask()
    creating.chooseRecipe('levels')
    expect([creating.series.length, creating.count]).toEqual([1, 2])
    creating.chooseVariant('a')
    expect([creating.series.length, creating.count]).toEqual([0, 1])
  })

  it('says nothing about a measurement that was stopped', async () => {
    const { creating, estimate } = open()
    await creating.ask()
    await vi.advanceTimersByTimeAsync(300)
    estimate.mockImplementation(
      (_, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    )
    const measured = creating.estimate()
    creating.stopEstimate()
    await measured
    expect([creating.problem, creating.busy, creating.estimates]).toEqual([null, null, null])
  })
})
