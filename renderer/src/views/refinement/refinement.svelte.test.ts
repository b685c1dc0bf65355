import { describe, expect, it, vi } from 'vitest'
import type {
  NegativeProfile,
  RefinementFunnel,
  RefinementSample,
  ScoreHistogram,
} from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import { candidateBars, countBelow, countsAt, median, occupied, ticks } from './cut.ts'
import { DatasetExchange } from './dataset-exchange.svelte.ts'
import { LanguageModel } from './language-model.svelte.ts'
import { LocalModel } from './local-model.svelte.ts'
import { lineageRows } from './lineage-rows.ts'
import { numbers, rankRanges, RunSteps, scoreRanges } from './run-steps.svelte.ts'
import { reasonOf } from './sample-reasons.ts'
import { SampleDecisions } from './sample-decisions.svelte.ts'
import { Samples } from './samples.svelte.ts'
import { settingsInWords } from './settings-in-words.ts'

const histogram = (counts: number[], change: Partial<ScoreHistogram> = {}): ScoreHistogram => ({
  ...{ min: 0, max: 1, below: 0, above: 0 },
  counts,
  ...change,
})

describe('counts at a threshold', () => {
  const ten = histogram([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { below: 100, above: 1_000 })

  it('are exact at the edges of the bins, and count what lies outside the range', () => {
    expect([0, 0.1, 0.3, 1].map((cut) => countBelow(ten, cut))).toEqual([100, 101, 106, 155])
    expect([-1, 2].map((cut) => countBelow(ten, cut))).toEqual([0, 1_155])
    // 0.15 + 0.15 is a little under 0.3 in floating point.
    expect(countBelow(ten, 0.15 + 0.15)).toBe(106)
  })

  it('add up over intents; a gap is measured down from the right answer', () => {
    const cut = (scale: number) => ({
      all: histogram([9 * scale]),
      kept: histogram([4 * scale, 3 * scale]),
      first: histogram([2 * scale, 0]),
      full: histogram([0, scale]),
    })
    const down = (scale: number) => ({
      ...cut(scale),
      kept: histogram([5 * scale, 2 * scale], { min: -1, max: 0 }),
      first: histogram([scale, scale], { min: -1, max: 0 }),
      full: histogram([0, scale], { min: -1, max: 0 }),
    })
    const profiles: NegativeProfile[] = [1, 10].map((scale) => ({
      queries: 3 * scale,
      share: cut(scale),
      difference: down(scale),
    }))
    expect(countsAt(profiles, 'share', 0.5)).toEqual({ negatives: 44, queries: 33, ready: 22, full: 0 })
    expect(countsAt(profiles, 'gap', 0.5)).toEqual({ negatives: 55, queries: 33, ready: 11, full: 0 })
    expect(countsAt(profiles, 'gap', 0)).toEqual({ negatives: 77, queries: 33, ready: 22, full: 11 })
  })

  it('are drawn in wider bars than they are counted in', () => {
    const all = histogram(Array.from({ length: 240 }, () => 1))
    const part = { all, kept: all, first: all, full: all }
    const bars = candidateBars([{ queries: 1, share: part, difference: part }], 'share')!
    expect([bars.counts.length, bars.counts[0]]).toEqual([60, 4])
    expect(candidateBars([], 'share')).toBeNull()
  })
})

describe('axes', () => {
  it('leave out what is empty at both ends', () => {
    const { low, high } = occupied([
      histogram([0, 0, 0, 5, 5, 0, 0, 0, 0, 0]),
      histogram([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
    ])
    expect([low, high].map((value) => value.toFixed(2))).toEqual(['0.20', '0.70'])
  })

  it('have round numbers', () => {
    expect(ticks(0.13, 0.95, 5)).toEqual([0.2, 0.4, 0.6, 0.8])
    expect(ticks(0, 23_000, 4)).toEqual([0, 10_000, 20_000])
    expect(ticks(1, 1, 4)).toEqual([])
  })

  it('know the middle of a distribution', () => {
    expect(median(histogram([10, 10, 10, 10]))).toBeCloseTo(0.5)
    expect(median(histogram([0, 0], { above: 3 }))).toBe(1)
    expect(median(histogram([0, 0]))).toBeNull()
  })
})

function stepsOf() {
  const calls: [string, unknown][] = []
  const call = (name: string) =>
    vi.fn((input: unknown) => (calls.push([name, input]), Promise.resolve({ jobId: 1, jobIds: [1, 2, 3] })))
  const refinement = {
    synthesize: call('synthesize'),
    filter: call('filter'),
    mine: call('mine'),
    refine: call('refine'),
  }
  const started = vi.fn()
  return { steps: new RunSteps({ refinement } as unknown as Client, started), calls, started, refinement }
}

describe('the settings of the steps', () => {
  it('read lists as people type them, and nothing else', () => {
    expect(numbers('0.65, 0.75 0.85;')).toEqual([0.65, 0.75, 0.85])
    expect(numbers('0.65, high')).toBeUndefined()
    expect(numbers(' ')).toBeUndefined()
    expect(rankRanges('10-50, 50 – 100')).toEqual([
      { first: 10, last: 50 },
      { first: 50, last: 100 },
    ])
    expect(scoreRanges('0.2-0.5, -1 to -0.5')).toEqual([
      { low: 0.2, high: 0.5 },
      { low: -1, high: -0.5 },
    ])
    expect(scoreRanges('0.5-0.2')).toBeUndefined()
    expect(rankRanges('0-5')).toBeUndefined()
    expect(rankRanges('50-10')).toBeUndefined()
  })

  it('name the field that cannot be used and send nothing', async () => {
    const { steps, calls } = stepsOf()
    expect(steps.wrong('all')).toEqual([])
    Object.assign(steps, { alphas: '0.65, 1.2', limit: '2.5', topN: '', perQuery: '0' })
    expect(steps.wrong('all')).toEqual(['limit', 'topN', 'percentage', 'perQuery'])
    steps.kind = 'margin'
    steps.voters = ['lexical']
    expect(steps.wrong('filter')).toEqual(['topN', 'voters'])
    steps.rule = 'cbf'
    expect(steps.wrong('filter')).toEqual(['topN'])
    await steps.start('mine')
    expect(calls).toEqual([])
    expect(steps.asking).toBe('mine')
  })

  it('start one step or all of them with what was chosen', async () => {
    const { steps, calls, started } = stepsOf()
    steps.toggleIntent('STS')
    steps.limit = '500'
    steps.ask('synthesize')
    await steps.start()
    steps.toggleVoter('latent-semantic', ['lexical', 'latent-semantic', 'small'])
    steps.addLevel('percentage', 0.7)
    steps.miner = 'small'
    await steps.start('all')
    expect(steps.asking).toBeNull()
    expect(started).toHaveBeenCalledTimes(2)
    const synthesize = {
      ...{ generator: 'cloze', intents: ['QA', 'QAdoc', 'Twitter', 'FactCheck', 'NLI'] },
      ...{ limit: 500, perPassage: 1, trainingProfile: false },
    }
    const filter = { rule: 'agree-and-equals-source', topN: 1, retrievers: ['lexical', 'small'] }
    const rule = { kind: 'percentage', alphas: [0.65, 0.7, 0.75, 0.85] }
    const mine = { rule, depth: 100, perQuery: 9, excludeSameDocument: false, retriever: 'small' }
    expect(calls).toEqual([
      ['synthesize', synthesize],
      ['refine', { synthesize, filter, mine }],
    ])
  })

  it('open their dialog when the services refuse', async () => {
    const { steps, refinement } = stepsOf()
    refinement.filter.mockRejectedValueOnce(new Error('There are no pairs to filter.'))
    await steps.start('filter')
    expect(steps.asking).toBe('filter')
    expect(steps.problem?.message).toContain('no pairs to filter')
  })

  it('read as sentences', () => {
    const { steps } = stepsOf()
    const desk = {
      steps,
      modelOf: () => 'qwen3',
      usualVoters: ['lexical', 'latent-semantic', 'small'],
      usualMiner: 'small',
    }
    expect(settingsInWords('synthesize', desk)).toBe(
      'By rules, without a language model, from every passage, all six search intents.',
    )
    steps.generator = 'gguf'
    steps.limit = '500'
    expect(settingsInWords('synthesize', desk)).toBe('By qwen3, from 500 passages each, all six search intents.')
    expect(settingsInWords('filter', desk)).toBe('Keywords, Words used together and small all put the source first.')
    expect(settingsInWords('mine', desk)).toBe(
      'Below 65%, 75%, 85% of the right answer’s score; small, at most 9 each.',
    )
  })
})

const vote = (retriever: string, sourceRank: number | null, page = 4): RefinementSample['votes'][number] => ({
  retriever,
  sourceRank,
  first: { page, documentHash: 'h', documentId: 1, title: 'Plan' },
})
const sampleOf = (outcome: string, ...votes: RefinementSample['votes']) => ({ outcome, votes }) as RefinementSample

describe('samples', () => {
  it('say why', () => {
    const rule = 'agree-and-equals-source'
    expect(reasonOf(sampleOf('kept', vote('lexical', 1), vote('small', 1)), rule).before).toBe(
      'Kept: all 2 put the source first.',
    )
    const dropped = reasonOf(sampleOf('no-agreement', vote('lexical', 1), vote('small', 4, 61)), rule)
    expect([dropped.before, dropped.page?.page, dropped.after]).toEqual(['Dropped: small put', 61, 'first.'])
    expect(reasonOf(sampleOf('agreed-on-other', vote('lexical', 2, 7), vote('small', null, 7)), rule).page?.page).toBe(
      7,
    )
    expect(reasonOf(sampleOf('not-retrieved', vote('lexical', null)), 'cbf').before).toMatch(/source was not found/)
  })

  it('belong to the kind that was asked for last', async () => {
    const answers: ((rows: unknown) => void)[] = []
    const wait = (): Promise<never> => new Promise<never>((resolve) => answers.push(resolve as (rows: unknown) => void))
    const client = { refinement: { samples: vi.fn(wait), suspects: vi.fn(wait) } } as unknown as Client
    const samples = new Samples(client)
    const funnel = {
      filter: { id: 3, retrievers: ['lexical', 'small'] },
      mining: { id: 5, suspects: 7 },
    } as unknown as RefinementFunnel
    const first = samples.draw(funnel)
    samples.kind = 'kept'
    const second = samples.draw(funnel)
    answers[1]!([{ pairId: 2, votes: [vote('small', 1), vote('lexical', 2)] }])
    await second
    answers[0]!([{ pairId: 1, votes: [] }])
    await first
    expect(samples.pairs?.map(({ pairId }) => pairId)).toEqual([2])
    // They are there: coming back draws no others.
    await samples.show(funnel)
    expect(samples.pairs?.[0]?.votes.map(({ retriever }) => retriever)).toEqual(['lexical', 'small'])
    expect(vi.mocked(client.refinement.samples).mock.calls.map(([input]) => input.outcomes)).toEqual([
      ['no-agreement', 'agreed-on-other', 'not-retrieved', 'too-few-results'],
      ['kept'],
    ])
  })
})

describe('data sets in and out', () => {
  it('are written into a folder of their name each, and stop at the first that fails', async () => {
    const exportDataset = vi.fn(({ name, folder }: { name: string; folder: string }) =>
      name === 'C' ? Promise.reject(new Error('disk full')) : Promise.resolve({ folder }),
    )
    const ended = vi.fn()
    const exchange = new DatasetExchange({ refinement: { exportDataset } } as unknown as Client, ended)
    exchange.askExport(['A', 'B'])
    exchange.folder = ' "D:\\Out\\" '
    await exchange.export()
    expect(ended).toHaveBeenCalledWith({ exported: ['D:\\Out\\A', 'D:\\Out\\B'] })
    expect(exchange.asking).toBeNull()
    exchange.askExport(['A', 'C'])
    exchange.folder = '/srv/out/'
    await exchange.export()
    expect(exchange.problem?.message).toContain('disk full')
    expect(exportDataset.mock.calls.map(([{ folder }]) => folder).slice(2)).toEqual(['/srv/out/A', '/srv/out/C'])
    expect([exchange.asking, exchange.done]).toEqual(['export', null])
  })

  it('tell how they were made', () => {
    const lineage = {
      generators: { cloze: 5, 'openai: qwen3:4b': 2 },
      filter: { rule: 'agree-and-equals-source', topN: 1, retrievers: [{ id: 'lexical' }, { id: 'small' }] },
      mining: { retriever: 'small', rule: { kind: 'percentage', alphas: [0.65] } },
      split: { seed: 1 },
      level: '0.65',
    }
    expect(lineageRows({ lineage }).map(({ value }) => value)).toEqual([
      'rules, no language model, qwen3:4b',
      'they agree on its source, first 1',
      'Keywords, small',
      'below 65% of the right answer’s score',
      'small',
      'by document, seed 1',
    ])
    expect(lineageRows({ lineage: { imported: 'flood.jsonl' } })).toEqual([
      { name: 'Imported from', value: 'flood.jsonl' },
    ])
  })
})

describe('a data set that is dropped', () => {
  const exchanging = (importDataset = vi.fn()) => ({
    importDataset,
    exchange: new DatasetExchange({ refinement: { importDataset } } as unknown as Client, () => {}),
  })

  it('is asked about before it replaces one of its name, wherever it lies', async () => {
    const { exchange, importDataset } = exchanging()
    const upload = vi.fn(() => Promise.resolve('/tmp/dropped/set'))
    await exchange.dropped({ path: 'D:\\Sets\\flood', upload })
    expect([exchange.asking, exchange.path]).toEqual(['import', 'D:\\Sets\\flood'])
    expect(upload).not.toHaveBeenCalled()
    await exchange.dropped({ path: '', upload })
    expect([exchange.path, exchange.busy]).toEqual(['/tmp/dropped/set', false])
    expect(importDataset).not.toHaveBeenCalled()
  })

  it('says in the dialog why it could not be brought here', async () => {
    const { exchange } = exchanging()
    await exchange.dropped({ path: '', upload: () => Promise.reject(new Error('disk full')) })
    expect([exchange.asking, exchange.problem?.message, exchange.busy]).toEqual(['import', 'disk full', false])
  })
})

describe('a decision about a sample', () => {
  function deciding(judgeId: number | null = 7) {
    const log: { actionId: number; undone: boolean }[] = []
    const decide = vi.fn((input: object) => {
      log.push({ actionId: log.length + 1, undone: false })
      return Promise.resolve({ entry: log.at(-1), ...input })
    })
    const undo = vi.fn(() => {
      log.findLast(({ undone }) => !undone)!.undone = true
      return Promise.resolve({ pairIds: [5] })
    })
    const item = () => Promise.resolve({ decision: { comment: 'mine' } })
    const curation = { decide, undo, item, history: () => Promise.resolve({ entries: log }) }
    const said: { text: string; run: (() => void) | undefined }[] = []
    const decisions = new SampleDecisions({
      client: { curation },
      judges: { current: judgeId === null ? undefined : { id: judgeId } },
      router: { go: () => {} },
      toasts: { show: (text: string, action?: { run: () => void }) => void said.push({ text, run: action?.run }) },
    } as unknown as ConstructorParameters<typeof SampleDecisions>[0])
    return { decisions, decide, undo, said, log }
  }

  it('is one of whoever judges, and the same as in Review', async () => {
    const { decisions, decide } = deciding()
    await decisions.decide(5, 'keep')
    await decisions.decide(6, 'leaveOut')
    expect(decide.mock.calls.map(([input]) => input)).toEqual([
      { judgeId: 7, pairId: 5, change: { verdict: 'accept' } },
      { judgeId: 7, pairId: 6, change: { verdict: 'reject' } },
    ])
    expect([decisions.of(5), decisions.of(6), decisions.of(7)]).toEqual(['keep', 'leaveOut', undefined])
  })

  it('that sends a pair to review opens it again, and keeps a comment that is there', async () => {
    const { decisions, decide } = deciding()
    await decisions.decide(5, 'send')
    expect(decide.mock.calls[0]![0]).toMatchObject({ change: { verdict: null, grade: null, comment: 'mine' } })
  })

  it('is taken back while it is the last one, and never another in its place', async () => {
    const { decisions, undo, said, log } = deciding()
    await decisions.decide(5, 'keep')
    said[0]!.run!()
    await expect.poll(() => decisions.of(5)).toBeUndefined()
    await decisions.decide(5, 'keep')
    log.push({ actionId: 99, undone: false })
    said[1]!.run!()
    await expect.poll(() => said.length).toBe(3)
    expect(undo).toHaveBeenCalledTimes(1)
    expect(decisions.of(5)).toBe('keep')
  })

  it('is made by nobody without a name', async () => {
    const { decisions, decide, said } = deciding(null)
    await decisions.decide(5, 'keep')
    expect(decide).not.toHaveBeenCalled()
    expect(said[0]!.text).toMatch(/who judges/)
  })
})

describe('the model on this computer', () => {
  it('is taken into use when its file can be read; what is wrong with it stays in the dialog', async () => {
    const info = { name: 'Small', architecture: 'llama', parameters: 1, bytes: 2 }
    const setLocalModel = vi.fn((settings: object | null) => Promise.resolve(settings && { ...settings, ...info }))
    const refinement = { localModel: () => Promise.resolve(null), setLocalModel }
    const saved = vi.fn()
    const setup = new LocalModel({ refinement } as unknown as Client, saved)
    await setup.ask()
    expect(setup.complete).toBe(false)
    setup.file = '"D:\\Models\\small.gguf"'
    setLocalModel.mockRejectedValueOnce(new Error('it does not begin with "GGUF"'))
    await setup.save()
    expect([setup.asking, setup.problem?.message]).toEqual([true, expect.stringContaining('GGUF')])
    await setup.save()
    expect(setLocalModel).toHaveBeenLastCalledWith({
      ...{ file: 'D:\\Models\\small.gguf', packageFolder: null, contextTokens: 4_096, gpu: false },
    })
    expect([setup.asking, setup.known?.name]).toEqual([false, 'Small'])
    await setup.remove()
    expect(saved.mock.calls).toEqual([['Small'], [null]])
  })
})

describe('the language model', () => {
  it('keeps what is not shown, and forgets all of it on demand', async () => {
    const stored = {
      ...{ baseUrl: 'http://127.0.0.1:1/v1', model: 'm', keyVariable: 'K', parallel: 2, requestsPerMinute: 30 },
      ...{ timeoutSeconds: 9, prices: { input: 1, output: 2 } },
    }
    const setLanguageModel = vi.fn(() => Promise.resolve({}))
    const refinement = { languageModel: () => Promise.resolve(stored), setLanguageModel }
    const saved = vi.fn()
    const setup = new LanguageModel({ refinement } as unknown as Client, saved)
    await setup.ask()
    setup.model = 'other'
    setup.perMinute = ''
    await setup.save()
    expect(setLanguageModel).toHaveBeenLastCalledWith({ ...stored, model: 'other', requestsPerMinute: null })
    await setup.remove()
    expect(setLanguageModel).toHaveBeenLastCalledWith(null)
    expect(saved.mock.calls).toEqual([['other'], [null]])
  })
})
