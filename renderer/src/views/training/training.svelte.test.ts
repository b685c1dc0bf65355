import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Recipe } from '../../../../electron/contracts/recipe.ts'
import { packCurves, type Curve as CurveColumns } from '../../../../electron/contracts/training-curves.ts'
import type { TrainingEvaluation, TrainingRun, TrainingRunDetail } from '../../../../electron/contracts/training.ts'
import { ChartGroup } from '../../charts/chart-group.svelte.ts'
import { Curve } from '../../charts/curve.ts'
import type { Client } from '../../connection/client.ts'
import { TrainingAlerts } from '../../state/training-alerts.ts'
import { chanceLines } from './chart-contents.ts'
import { CurveShelf, smoothingFor } from './curve-shelf.svelte.ts'
import { gateOf, intentProgress } from './gates.ts'
import { RunComparison } from './run-comparison.svelte.ts'
import { gainOf, matches, sortRuns } from './run-list.ts'
import { logText, plannedName, runLook, runShare } from './run-looks.ts'
import { RunPage } from './run-page.svelte.ts'
import { SelfChecks } from './self-checks.svelte.ts'

function runOf(id: number, change: Partial<TrainingRun> = {}): TrainingRun {
  return {
    ...{ id, name: `Run ${id}`, recipe: 'small', state: 'done', message: null, resumable: false, stoppedEarly: false },
    ...{
      tags: [],
      notes: '',
      createdAt: id,
      endedAt: null,
      seconds: 10,
      secondsLeft: null,
      step: 100,
      totalSteps: 200,
    },
    ...{ stages: [], data: 'county', examples: 10, model: null, quality: null, byIntent: {}, startQuality: null },
    ...{ alerts: 0, jobId: null, modelId: null },
    ...change,
  } as TrainingRun
}

const evaluationOf = (stage: number, step: number, QA: number, FactCheck: number): TrainingEvaluation => ({
  ...{
    stage,
    step,
    seconds: step,
    tokens: step * 100,
    ndcg: (QA + FactCheck) / 2,
    byIntent: { QA, FactCheck },
    best: true,
  },
})

function columnsOf(runId: number, from: number, to: number, value = (x: number): number => x): CurveColumns {
  const x = Float64Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const y = x.map(value)
  return { runId, x, min: y, max: y, smoothed: y, points: x.length, nonFinite: 0, extent: [from, to] }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the curves of runs', () => {
  function shelfOf(answer: (input: { ids: number[]; from?: number; to?: number }) => CurveColumns[]) {
    const curves = vi.fn((input) => Promise.resolve(packCurves(answer(input))))
    const group = new ChartGroup()
    const shelf = new CurveShelf({ training: { curves } } as unknown as Client, group, () => ['loss', 'learningRate'])
    return { shelf, group, curves }
  }

  it('come whole, and again for the part that is looked at', async () => {
    const { shelf, group, curves } = shelfOf(({ from = 1, to = 1_000 }) => [
      columnsOf(1, Math.max(1, from), Math.min(1_000, to)),
    ])
    await shelf.open([1])
    expect(group.range).toEqual({ from: 1, to: 1_000 })
    group.show({ from: 400, to: 500 })
    shelf.rangeChanged()
    await vi.advanceTimersByTimeAsync(500)
    expect(curves.mock.lastCall![0]).toMatchObject({ from: 300, to: 600 })
    expect(shelf.curves('loss')[0]?.curve.extent).toEqual({ from: 300, to: 600 })
    group.show({ from: 100, to: 200 })
    expect(shelf.curves('loss')[0]?.curve.extent).toEqual({ from: 1, to: 1_000 })
  })

  it('are not averaged where they are set, not measured', async () => {
    const { shelf, curves } = shelfOf(() => [])
    shelf.smooth(0.99)
    await shelf.open([1])
    const asked = curves.mock.calls.map(([{ metric, smoothing }]) => [metric, smoothing])
    expect(asked).toEqual([
      ['loss', 0.99],
      ['learningRate', 0],
    ])
  })

  it('of a run that is not shown any more are dropped, and a live one is read once a second at most', async () => {
    let release: (() => void) | undefined
    const { shelf, curves } = shelfOf(({ ids }) => [columnsOf(ids[0]!, 1, 10)])
    curves.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => (release = resolve))
      return packCurves([columnsOf(1, 1, 10)])
    })
    const first = shelf.open([1])
    await shelf.open([2])
    release?.()
    await first
    expect(shelf.curves('loss')[0]?.runId).toBe(2)
    const before = curves.mock.calls.length
    for (let event = 0; event < 5; event += 1) shelf.changed()
    await vi.advanceTimersByTimeAsync(1_100)
    expect(curves.mock.calls.length - before).toBe(2)
  })

  it('show the last points of a run, also when they came while it was being read', async () => {
    let end = 10
    const { shelf, curves } = shelfOf(({ ids }) => [columnsOf(ids[0]!, 1, end)])
    await shelf.open([1])
    shelf.changed()
    curves.mockImplementationOnce(async () => {
      end = 20
      shelf.changed()
      return packCurves([columnsOf(1, 1, 10)])
    })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(shelf.curves('loss')[0]?.curve.extent?.to).toBe(20)
  })

  it('say why they are not there', async () => {
    const { shelf } = shelfOf(() => {
      throw new Error('the run is gone')
    })
    await shelf.open([1])
    expect(shelf.problem?.message).toBe('the run is gone')
  })

  it('give the loss of guessing one level line for each number of candidates', () => {
    const columns = columnsOf(1, 1, 100, (x) => Math.log(x <= 40 ? 128 : 10))
    const curve = {
      ...{ runId: 1, points: 100, nonFinite: 0 },
      extent: { from: 1, to: 100 },
      curve: new Curve({ x: columns.x, line: columns.smoothed }),
    }
    expect(chanceLines([curve]).map(({ from, to, label }) => [from, to, label])).toEqual([
      [1, 40, 'guessing 4.85'],
      [41, 100, 'guessing 2.3'],
    ])
  })
})

describe('the average of a curve', () => {
  it('is as long as lets the shape of the run be seen', () => {
    expect([0, 20, 75, 150, 400, 1_000_000].map(smoothingFor)).toEqual([0, 0, 0.6, 0.9, 0.97, 0.97])
  })
})

describe('a run that is watched', () => {
  it('reads its log on where it stopped, and shows what a command answered at once', async () => {
    const log = vi.fn(({ after }: { after: number }) =>
      Promise.resolve([1, 2, 3].filter((id) => id > after).map((id) => ({ id, text: `line ${id}` }))),
    )
    const client = { training: { log, curves: () => Promise.resolve(packCurves([])) } } as unknown as Client
    const page = new RunPage(client)
    const detail = { run: runOf(1, { state: 'running' }), evaluations: [], alerts: [] } as unknown as TrainingRunDetail
    page.accept(detail)
    await vi.advanceTimersByTimeAsync(0)
    page.accept(detail)
    await vi.advanceTimersByTimeAsync(0)
    expect(log.mock.calls.map(([{ after }]) => after)).toEqual([0, 3])
    expect(page.log).toHaveLength(3)
    page.accept(detail)
    page.accept(detail)
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toHaveBeenCalledTimes(4)
    page.acceptRun(runOf(1, { state: 'paused' }))
    expect(page.detail?.run.state).toBe('paused')
    page.acceptRun(runOf(2))
    expect(page.detail?.run.id).toBe(1)
  })
})

describe('a line of the log', () => {
  it('names stages as the plan does', () => {
    const levels = [0.6, 0.65].map((alpha) => ({ name: `instruction-${alpha}`, kind: 'instruction', alpha }) as const)
    expect(logText('Began instruction-0.65: 25 steps.', levels)).toBe('Began Negatives 0.65: 25 steps.')
    expect(logText('Back to instruction-0.6.', levels)).toBe('Back to Negatives 0.6.')
  })
})

describe('the gate before the next level', () => {
  const stage = { kind: 'instruction', alpha: 0.75, name: 'instruction-0.75', before: null, best: null, gate: null }
  const stages = [
    { ...stage, alpha: 0.65, state: 'done', gate: { passed: true, reason: 'up' } },
    { ...stage, state: 'running' },
    { ...stage, alpha: 0.85, state: 'waiting' },
  ] as unknown as TrainingRun['stages']
  const recipe = {
    stages: [0.01, 0.02].map((maxIntentDrop, index) => ({
      ...{ kind: 'instruction', gate: { maxDrop: 0, maxIntentDrop } },
      levels: [{ alpha: 0.65 }, { alpha: 0.75 }].slice(index),
    })),
  } as unknown as Recipe

  it('looks at the best of the level against the best before it', () => {
    const gate = gateOf(stages, recipe, [
      evaluationOf(0, 10, 0.5, 0.5),
      evaluationOf(1, 20, 0.6, 0.47),
      evaluationOf(1, 30, 0.5, 0.5),
    ])
    expect(gate?.index).toBe(1)
    expect(gate?.rules.map(({ change, holds }) => [change?.toFixed(3), holds])).toEqual([
      ['0.035', true],
      ['-0.030', false],
    ])
    expect(gate?.rules[1]).toMatchObject({ intent: 'FactCheck', allowed: 0.01 })
  })

  it('says nothing before there is something to compare, and has none without levels', () => {
    expect(gateOf(stages, recipe, [])?.rules.map(({ change }) => change)).toEqual([null, null])
    expect(gateOf([], recipe, [])).toBeUndefined()
  })

  it('follows each intent from its start, in the order of the intents', () => {
    const [first, second] = intentProgress([
      evaluationOf(0, 1, 0.4, 0.5),
      evaluationOf(0, 2, 0.6, 0.55),
      evaluationOf(0, 3, 0.5, 0.6),
    ])
    expect([first?.intent, first?.change.toFixed(2), first?.belowBest.toFixed(2)]).toEqual(['QA', '0.10', '0.10'])
    expect([second?.intent, second?.belowBest]).toEqual(['FactCheck', 0])
  })
})

describe('the list of runs', () => {
  const runs = [
    runOf(1, { name: 'Straight', tags: ['pilot'], quality: { value: 0.6, low: 0.5, high: 0.7 }, startQuality: 0.5 }),
    runOf(2, { name: 'Blend', notes: 'without the filter', seconds: 90, quality: { value: 0.4, low: 0.3, high: 0.5 } }),
    runOf(3, { name: 'Apart' }),
  ]

  it('finds all the words anywhere in what people wrote', () => {
    const found = (find: string, tag: string | null = null): number[] =>
      runs.filter((run) => matches(run, find, tag)).map(({ id }) => id)
    expect([found(''), found('FILTER blend'), found('filter pilot'), found('', 'pilot')]).toEqual([
      [1, 2, 3],
      [2],
      [],
      [1],
    ])
  })

  it('sorts by what is asked, runs without a score last', () => {
    expect(sortRuns(runs, 'quality').map(({ id }) => id)).toEqual([1, 2, 3])
    expect(sortRuns(runs, 'seconds')[0]?.id).toBe(2)
    expect(sortRuns(runs, 'name').map(({ name }) => name)).toEqual(['Apart', 'Blend', 'Straight'])
    expect(runs.map(gainOf)).toEqual([expect.closeTo(0.1), null, null])
  })

  it('names what a run is to search before its own state', () => {
    expect(runLook(runOf(1, { modelId: 'm' }), 'm').label).toBe('In use')
    expect(runLook(runOf(1, { state: 'interrupted' }), 'm').tone).toBe('warn')
    expect(runShare(runOf(1, { state: 'running' }))).toBe(0.5)
    expect(runShare(runOf(1, { state: 'running', totalSteps: null }))).toBe(0)
    expect(plannedName('instruction-0.65')).toBe('Negatives 0.65')
  })
})

describe('comparing runs', () => {
  it('asks once for the same runs, and again for another baseline', async () => {
    const compare = vi.fn(({ ids, baselineId = ids[0] }) => Promise.resolve({ baselineId, runs: [], intents: [] }))
    const run = vi.fn(({ id }) => Promise.resolve({ run: runOf(id), evaluations: [] }))
    const client = { training: { compare, run, curves: () => Promise.resolve(packCurves([])) } } as unknown as Client
    const comparison = new RunComparison(client)
    await comparison.open([1, 2], undefined)
    await comparison.open([1, 2], undefined)
    expect(compare).toHaveBeenCalledTimes(1)
    expect(comparison.details).toHaveLength(2)
    await comparison.open([1, 2], 2)
    expect([compare.mock.calls.length, run.mock.calls.length, comparison.comparison?.baselineId]).toEqual([2, 2, 2])
  })

  it('shows curves alone of more runs than stand side by side', async () => {
    const compare = vi.fn()
    const client = { training: { compare, curves: () => Promise.resolve(packCurves([])) } } as unknown as Client
    const comparison = new RunComparison(client)
    await comparison.open(
      Array.from({ length: 9 }, (_, index) => index),
      undefined,
    )
    expect(compare).not.toHaveBeenCalled()
    comparison.toggle(3)
    expect(comparison.hidden).toEqual(new Set([3]))
    comparison.toggle(3)
    expect(comparison.hidden.size).toBe(0)
  })
})

describe('news of trainings', () => {
  it('are told once, and not those that were there before', async () => {
    const tell = vi.fn()
    const run = vi.fn(() => Promise.resolve({ alerts: [{ text: 'The loss is not a number.' }] }))
    const alerts = new TrainingAlerts({ training: { run } } as unknown as Client, tell)
    await alerts.accept([runOf(1, { alerts: 3, state: 'running' }), runOf(2, { state: 'running' })])
    expect(tell).not.toHaveBeenCalled()
    await alerts.accept([runOf(1, { alerts: 4, state: 'running' }), runOf(2, { state: 'done' }), runOf(3)])
    await alerts.accept([runOf(1, { alerts: 4, state: 'running' }), runOf(2, { state: 'done' }), runOf(3)])
    expect(tell.mock.calls).toEqual([
      ['Run 1: The loss is not a number.', 1],
      ['Run 2: Done', 2],
    ])
  })
})

describe('self-checks', () => {
  it('show each state as it comes, and stop when told to', async () => {
    async function* states() {
      yield [{ check: 'gradients', state: 'running', detail: '' }]
      yield [{ check: 'gradients', state: 'passed', detail: 'ok' }]
    }
    const run = vi.fn(() => Promise.resolve(states()))
    const checks = new SelfChecks({ selfChecks: { run } } as unknown as Client)
    await checks.run('mini')
    expect(run).toHaveBeenCalledWith({ model: 'mini' }, expect.anything())
    expect(checks.checks).toMatchObject([{ state: 'passed' }])
    expect(checks.seconds).not.toBeNull()
    run.mockRejectedValue(new Error('no such model'))
    await checks.run(null)
    expect([checks.problem?.message, checks.running]).toEqual(['no such model', false])
  })
})
