import { describe, expect, it } from 'vitest'
import type { StepEvent, TrainingEvent } from '../run/events.ts'
import { ALERT_LIMITS, diskAlert, NO_ALERTS, observe, type TrainingAlert } from './alerts.ts'

const STAGE = { kind: 'stage', stage: 0, name: 'contrastive', steps: 1_000, parameters: 1, device: 'cpu' } as const
const CHANCE = Math.log(24)

function step(number: number, values: Partial<StepEvent> = {}): StepEvent {
  return {
    ...{ kind: 'step', stage: 0, step: number, loss: 1, chance: CHANCE, learningRate: 1e-3, gradientNorm: 1 },
    ...{ positiveSimilarity: 0.8, hardestNegativeSimilarity: 0.4, tokensPerSecond: 1, memoryBytes: 1 },
    ...{ seconds: 1, tokens: 1, ...values },
  }
}

function evaluation(number: number, ndcg: number, best: boolean, byIntent = { QA: ndcg }): TrainingEvent {
  return {
    kind: 'evaluation',
    stage: 0,
    step: number,
    ndcg,
    byIntent,
    best,
    queries: [],
    interval: undefined,
    seconds: 1,
  }
}

/** @param intentDrop of the stage's gate */
function alertsOf(events: readonly TrainingEvent[], intentDrop?: number): TrainingAlert[] {
  let state = NO_ALERTS
  return [STAGE, ...events].flatMap((event) => {
    const seen = observe(state, event, { intentDrops: [intentDrop] })
    state = seen.state
    return seen.alerts
  })
}

const steps = (count: number, values: (number: number) => Partial<StepEvent>): StepEvent[] =>
  Array.from({ length: count }, (_, i) => step(i + 1, values(i + 1)))
const falling = (number: number) => ({ loss: CHANCE * Math.exp(-number / 200) })

describe('alerts', () => {
  it('are silent while a run learns', () => {
    expect(alertsOf([...steps(1_000, falling), evaluation(0, 0.5, true), evaluation(50, 0.6, true)])).toEqual([])
  })

  it.each([
    ['loss', { loss: NaN }],
    ['loss', { loss: Infinity }],
    ['gradient', { gradientNorm: NaN }],
  ])('say that the %s is not a number', (what, values) => {
    const [alert, ...rest] = alertsOf([...steps(3, falling), step(4, values), step(5, values)])
    expect(alert).toMatchObject({ kind: 'nan', level: 'error', step: 4 })
    expect(String(alert!.text)).toContain(`The ${what} of step 4 is not a number`)
    expect(rest).toEqual([])
  })

  it('see a loss that stays where guessing is, once, and not in its first steps', () => {
    const alerts = alertsOf(steps(900, (number) => ({ loss: CHANCE + 0.01 * Math.sin(number) })))
    expect(alerts.filter(({ kind }) => kind === 'collapse')).toHaveLength(1)
    expect(alerts[0]!.step).toBe(ALERT_LIMITS.settlingSteps + ALERT_LIMITS.persistence - 1)
    // A slow start is no collapse.
    expect(alertsOf(steps(600, (number) => (number < 150 ? { loss: CHANCE } : falling(number))))).toEqual([])
  })

  it('see right and wrong passages become alike', () => {
    const converging = (number: number) => ({
      ...falling(number),
      positiveSimilarity: 0.99,
      hardestNegativeSimilarity: 0.5 + 0.485 * (1 - Math.exp(-number / 50)),
    })
    const alerts = alertsOf(steps(800, converging))
    expect(alerts.map(({ kind }) => kind)).toEqual(['collapse'])
    expect(String(alerts[0]!.text)).toContain('look alike')
    // Close together, but far from everything being one: hard data, not collapse.
    expect(
      alertsOf(
        steps(800, (number) => ({ ...falling(number), positiveSimilarity: 0.4, hardestNegativeSimilarity: 0.39 })),
      ),
    ).toEqual([])
  })

  it('do not take a stage without similarities for collapsed', () => {
    const nothing = { positiveSimilarity: NaN, hardestNegativeSimilarity: NaN }
    expect(alertsOf(steps(900, (number) => ({ ...falling(number), ...nothing })))).toEqual([])
  })

  it('see a plateau in the evaluations, and another one after a better one only in the next stage', () => {
    const flat = (from: number) => [1, 2, 3, 4, 5, 6].map((i) => evaluation(from + i, 0.59, false))
    const alerts = alertsOf([evaluation(0, 0.6, true), ...flat(0)])
    expect(alerts).toMatchObject([{ kind: 'plateau', step: 5 }])
    expect(alertsOf([evaluation(0, 0.5, true), ...flat(0).slice(0, 4), evaluation(9, 0.7, true)])).toEqual([])
  })

  it('see a plateau of the loss where there are no evaluations', () => {
    const flattening = (number: number) => ({ loss: 1 + Math.exp(-number / 40) })
    expect(alertsOf(steps(1_000, flattening))).toMatchObject([{ kind: 'plateau' }])
    expect(alertsOf([evaluation(0, 0.5, true), ...steps(1_000, flattening)])).toEqual([])
  })

  it('see an intent that falls below where the stage began, by the limit of its gate', () => {
    const intents = (qa: number, fact: number) => ({ QA: qa, FactCheck: fact })
    const events = [evaluation(0, 0.5, true, intents(0.5, 0.5)), evaluation(50, 0.52, true, intents(0.58, 0.46))]
    expect(alertsOf(events)).toMatchObject([{ kind: 'intent-regression', intent: 'FactCheck', step: 50 }])
    expect(alertsOf(events, 0.05)).toEqual([])
  })

  it('say when a checkpoint will not fit', () => {
    const at = { stage: 0, step: 5, folder: '/data/run' }
    expect(diskAlert({ freeBytes: 3e9, neededBytes: 1e9 }, at)).toBeUndefined()
    const alert = diskAlert({ freeBytes: 1.5e9, neededBytes: 1e9 }, at)!
    expect(alert).toMatchObject({ kind: 'disk', level: 'warning', stage: 0, step: 5 })
    expect(String(alert.text)).toContain('1.5 GB left; a checkpoint takes 1.0 GB')
  })
})
