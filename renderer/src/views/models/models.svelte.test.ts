import { describe, expect, it, vi } from 'vitest'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import type { SearchResponse } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { responseOf } from '../search/testing.ts'
import { ANSWERS, BlindComparison, signTest } from './blind-comparison.svelte.ts'
import { ImportModel } from './import-model.svelte.ts'
import { badgeOf, indexLook, isBehind, parameterCount } from './model-looks.ts'
import { promotionSteps, signed } from './promotion-steps.ts'

function cardOf(change: Partial<ModelCard> = {}): ModelCard {
  return {
    ...{ id: 'county', name: 'County 33M', kind: 'embedding', origin: 'copy', state: 'ready', reason: null },
    ...{ architecture: 'bert', parameters: 33_000_000, dimensions: 384, pooling: 'cls', maxTokens: 512 },
    prompts: { query: { QA: '', QAdoc: '', Twitter: '', FactCheck: '', NLI: '', STS: '' }, passage: '' },
    ...{ version: 'v1', bytes: 130_000_000, addedAt: 1, path: '/m', device: 'cpu', precision: 'fp32' },
    ...{ devices: [], warnings: [], active: false, previous: false, indexed: null, quality: null },
    ...change,
  }
}

const indexed = (change: Partial<NonNullable<ModelCard['indexed']>> = {}): ModelCard['indexed'] => ({
  ...{ passages: 100, total: 100, complete: true, bytes: 1, recall: null, jobId: null, switches: false },
  ...change,
})

function jobOf(change: Partial<Job> = {}): Job {
  return {
    ...{ id: 7, kind: 'embed', title: 'Embed', state: 'running', current: null, secondsLeft: 120, itemsFailed: 0 },
    stages: [{ name: 'Make searchable', unit: 'passages', done: 62, total: 100, rate: 1 }],
    ...{ message: null, pausable: true, createdAt: 1, startedAt: 1, endedAt: null },
    ...change,
  }
}

describe('the state of an index', () => {
  it('counts what is missing of a complete one, and offers to bring it up to date', () => {
    const behind = cardOf({ indexed: indexed({ passages: 94 }) })
    expect(indexLook(behind, undefined, 100)).toMatchObject({ text: 'Index is 6 passages behind', bar: 'warn' })
    expect(isBehind(behind)).toBe(true)
    expect(isBehind(cardOf({ indexed: indexed({ passages: 94, jobId: 7 }) }))).toBe(false)
  })

  it('never calls an index ready that was not complete once', () => {
    const half = cardOf({ indexed: indexed({ complete: false }) })
    expect(indexLook(half, undefined, 100).text).toBe('Index is not finished')
  })

  it('shows the job that builds it: its figures, and that it is paused', () => {
    const card = cardOf({ indexed: indexed({ passages: 60, complete: false, jobId: 7 }) })
    const look = indexLook(card, jobOf(), 100)
    expect(look).toMatchObject({ text: 'Building beside the one in use', share: 0.62, bar: 'running' })
    expect(look.figure).toBe('62 of 100, about 2 min left')
    expect(indexLook(card, jobOf({ state: 'paused' }), 100)).toMatchObject({ text: 'Paused', figure: '62 of 100' })
    expect(badgeOf(card, jobOf())?.label).toBe('Candidate')
    expect(badgeOf({ ...card, active: true }, jobOf())?.label).toBe('In use')
  })

  it('names sizes as models are named', () => {
    expect([20_128, 33_360_000, 596_049_920, 4_021_774_336].map(parameterCount)).toEqual([
      '20,128',
      '33M',
      '596M',
      '4.0B',
    ])
  })
})

describe('a promotion', () => {
  const quality = (dataset: string, value: number) => ({ evaluationId: 1, dataset, measure: 'nDCG@10(exp)', value })
  const inUse = cardOf({ id: 'old', active: true, quality: quality('county', 0.589) })

  it('compares qualities of one data set only', () => {
    const textOf = (card: ModelCard): string | undefined => promotionSteps(card, inUse, undefined, 0)[0]?.text
    expect(textOf(cardOf({ quality: quality('county', 0.6) }))).toBe('+1.1 on county')
    expect(textOf(cardOf({ quality: quality('scifact', 0.6) }))).toBe('60.0 on scifact')
    expect(textOf(cardOf())).toBe('Not measured yet')
  })

  it('goes from building to switched', () => {
    const states = (card: ModelCard, job?: Job): string[] =>
      promotionSteps(card, inUse, job, 0).map(({ state }) => state)
    expect(states(cardOf({ indexed: indexed({ complete: false, jobId: 7 }) }), jobOf())).toEqual([
      'open',
      'running',
      'open',
      'open',
      'open',
    ])
    expect(states(cardOf({ indexed: indexed(), active: true }))).toEqual(['open', 'done', 'open', 'done', 'open'])
  })

  it('writes differences with a real minus sign, and none for nothing', () => {
    expect([1.06, -0.42, -0.01].map((value) => signed(value))).toEqual(['+1.1', '−0.4', '0.0'])
  })
})

describe('importing', () => {
  const refused = (code: string) => Object.assign(new Error('refused'), { code, data: {} }) as Error

  it('passes on what was chosen, and closes', async () => {
    const call = vi.fn().mockResolvedValue(cardOf())
    const done = vi.fn()
    const importing = new ImportModel({ models: { import: call } } as unknown as Client, done)
    importing.ask('"/models/county 33M"')
    importing.name = ' county '
    importing.precision = 'int8'
    await importing.run()
    expect(call.mock.calls[0]?.[0]).toEqual({
      path: '/models/county 33M',
      id: 'county',
      link: false,
      precision: 'int8',
    })
    expect(importing.asking).toBe(false)
    expect(done).toHaveBeenCalledOnce()
  })

  it('stays open with the reason when it is refused, and forgets it with the next try', async () => {
    const call = vi.fn().mockRejectedValue(refused('MODEL_INVALID'))
    const importing = new ImportModel({ models: { import: call } } as unknown as Client, vi.fn())
    importing.ask('/models/vision')
    await importing.run()
    expect(importing.problem).not.toBeNull()
    expect(importing.asking).toBe(true)
    importing.ask('/models/other')
    expect(importing.problem).toBeNull()
  })

  it('is stopped by closing, without a complaint', async () => {
    let signal: AbortSignal | undefined
    const call = (_input: unknown, options: { signal: AbortSignal }) => {
      signal = options.signal
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    }
    const importing = new ImportModel({ models: { import: call } } as unknown as Client, vi.fn())
    importing.ask('/models/county')
    const run = importing.run()
    expect(importing.busy).toBe(true)
    importing.cancel()
    await run
    expect(signal?.aborted).toBe(true)
    expect(importing.busy).toBe(false)
    expect(importing.problem).toBeNull()
  })
})

describe('a blind comparison', () => {
  function comparisonOf(random: () => number): BlindComparison {
    const query = ({ model }: { model: string }): Promise<SearchResponse> => Promise.resolve(responseOf([], { model }))
    const comparison = new BlindComparison({ search: { query } } as unknown as Client, random)
    comparison.open('old', 'new')
    return comparison
  }
  async function ask(comparison: BlindComparison): Promise<void> {
    comparison.query = 'boil water'
    await comparison.search()
  }

  it('counts for the model, whichever side it stood on', async () => {
    let toss = 0.9
    const comparison = comparisonOf(() => toss)
    await ask(comparison)
    expect(comparison.lists?.left.model).toBe('new')
    comparison.vote('left')
    toss = 0.1
    await ask(comparison)
    expect(comparison.lists?.left.model).toBe('old')
    comparison.vote('right')
    expect(comparison.score).toEqual({ first: 0, equal: 0, second: 2 })
    expect(comparison.answersAbout('new', 'old')).toBe(2)
  })

  it('takes one answer for one search', async () => {
    const comparison = comparisonOf(() => 0)
    await ask(comparison)
    comparison.vote('equal')
    comparison.vote('equal')
    expect(comparison.answers).toBe(1)
  })

  it('tells the names after enough answers, or when asked', async () => {
    const comparison = comparisonOf(() => 0)
    for (let answer = 1; answer < ANSWERS; answer++) {
      await ask(comparison)
      comparison.vote('left')
    }
    expect(comparison.revealed).toBe(false)
    await ask(comparison)
    comparison.vote('left')
    expect(comparison.revealed).toBe(true)
    comparison.open('old', 'third')
    expect(comparison.answers).toBe(0)
    comparison.reveal()
    expect(comparison.revealed).toBe(true)
  })

  it('calls a difference clear as the sign test does', () => {
    expect(signTest(0, 0)).toBe(1)
    expect(signTest(5, 5)).toBe(1)
    // 2 * (1 + 10 + 45) / 1024
    expect(signTest(8, 2)).toBeCloseTo(0.109375, 12)
    expect(signTest(0, 10)).toBeCloseTo(2 / 1024, 12)
  })
})
