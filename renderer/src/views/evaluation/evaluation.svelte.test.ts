import { describe, expect, it, vi } from 'vitest'
import type { Evaluation, EvaluationTable, QueryDifference } from '../../../../electron/contracts/evaluation.ts'
import type { Client } from '../../connection/client.ts'
import { columnsOf, dataSetsOf, MAX_COLUMNS } from './evaluation-list.ts'
import { tableAsCsv, tableAsMarkdown } from './export-table.ts'
import { probability, scaleOf, signedPoints } from './figures.ts'
import { movesOf } from './moves.ts'
import { PairComparison } from './pair-comparison.svelte.ts'
import { RunEvaluation } from './run-evaluation.svelte.ts'
import { drawnOf, MAX_DRAWN, nearest, pointOf } from './scatter.ts'

function evaluationOf(id: number, change: Partial<Evaluation> = {}): Evaluation {
  return {
    ...{ id, name: `model ${id}`, dataset: 'county', datasetHash: 'abc', split: 'test', mode: 'dense' },
    ...{ modelId: `m${id}`, modelVersion: 'v1', unjudged: 'zero-fill', queries: 10, seconds: 1 },
    ...{ metrics: {}, byIntent: {}, createdAt: id },
    ...change,
  } as Evaluation
}

const differenceOf = (queryId: string, value: number, other: number): QueryDifference => ({
  ...{ queryId, intent: 'QA', text: `Text ${queryId}`, value, other, difference: value - other },
})

describe('the columns of the table', () => {
  it('are the newest of each system on one test set, keywords first, the candidate last', () => {
    const all = [
      evaluationOf(5),
      evaluationOf(4, { mode: 'lexical', name: 'Keywords', modelId: null }),
      evaluationOf(3, { datasetHash: 'other' }),
      evaluationOf(2, { name: 'model 5', modelId: 'm5' }),
      evaluationOf(1, { unjudged: 'ignore' }),
    ]
    expect(columnsOf(all, 'abc', 'zero-fill', null).map(({ id }) => id)).toEqual([4, 5])
    expect(dataSetsOf(all).map(({ hash, evaluations }) => [hash, evaluations])).toEqual([
      ['abc', 4],
      ['other', 1],
    ])
  })

  it('keep keywords and the model in use however many are newer', () => {
    const newer = Array.from({ length: 10 }, (_, index) => evaluationOf(20 - index))
    const all = [...newer, evaluationOf(2), evaluationOf(1, { mode: 'lexical', name: 'Keywords', modelId: null })]
    const columns = columnsOf(all, 'abc', 'zero-fill', 'm2')
    expect(columns).toHaveLength(MAX_COLUMNS)
    expect(columns.slice(0, 2).map(({ id }) => id)).toEqual([1, 2])
    expect(columns.at(-1)?.id).toBe(20)
  })
})

describe('figures', () => {
  it('have a sign where there is a difference', () => {
    expect([0.011, -0.004, 0.0001].map(signedPoints)).toEqual(['+1.1', '−0.4', '0.0'])
    expect([0.0004, 0.0312, 0.5].map(probability)).toEqual(['< 0.001', '= 0.031', '= 0.50'])
  })

  it('share a scale rounded outwards', () => {
    expect(scaleOf([0.31, 0.42, 0.68])).toEqual({ low: 0.3, high: 0.7 })
    expect(scaleOf([0.5])).toEqual({ low: 0.5, high: 0.6 })
  })
})

describe('the drawing of every query', () => {
  it('thins out evenly over the order of change', () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => differenceOf(`q${index}`, 1 - index / 3_000, 0))
    const drawn = drawnOf(rows)
    expect(drawn).toHaveLength(MAX_DRAWN)
    expect([drawn[0]?.queryId, drawn[1]?.queryId, drawn.at(-1)?.queryId]).toEqual(['q0', 'q5', 'q2995'])
    expect(drawnOf(rows.slice(0, 10))).toHaveLength(10)
  })

  it('finds the query under the pointer, and none where none is near', () => {
    const rows = [differenceOf('a', 0.9, 0.1), differenceOf('b', 0.2, 0.8)]
    const { x, y } = pointOf(rows[1]!)
    expect(nearest(rows, { x: x + 4, y: y - 3 })?.queryId).toBe('b')
    expect(nearest(rows, { x: x + 40, y })).toBeUndefined()
  })

  it('says how far each passage moved', () => {
    const result = (docId: string) => ({ docId, score: 1, grade: null, title: '', passage: null })
    const moves = movesOf([result('c'), result('a'), result('x')], [result('a'), result('b'), result('c')])
    expect(moves.map(({ index, before }) => [index, before])).toEqual([
      [0, 2],
      [1, 0],
      [2, null],
    ])
  })
})

describe('comparing two evaluations', () => {
  const rows = Array.from({ length: 1_500 }, (_, index) =>
    differenceOf(`q${index}`, index % 3 === 0 ? 0.2 : 0.6, index % 3 === 1 ? 0.6 : 0.4),
  )
  function clientOf() {
    const interval = { value: 0.1, low: 0, high: 0.2 }
    const p = { wilcoxonP: 0.01, wilcoxonPTwoTailed: 0.02, wilcoxonPReversed: 0.99, randomisationP: 0.01 }
    const counts = { queries: rows.length, better: 500, worse: 500, same: 500, difference: interval }
    const compare = vi.fn(({ offset = 0, limit }: { offset?: number; limit: number }) =>
      Promise.resolve({
        measure: 'nDCG@10',
        ...counts,
        ...p,
        total: rows.length,
        rows: rows.slice(offset, offset + limit),
      }),
    )
    const query = vi.fn(({ id }: { id: number }) => Promise.resolve({ results: [{ docId: `of ${id}` }] }))
    return { compare, query, client: { evaluation: { compare, query } } as unknown as Client }
  }

  it('brings every query in, filters them, and opens the largest change', async () => {
    const { client, query } = clientOf()
    const pair = new PairComparison(client)
    await pair.open({ id: 2, otherId: 1, measure: 'nDCG@10' })
    expect(pair.rows).toHaveLength(1_500)
    expect(pair.byIntent).toMatchObject([{ intent: 'QA', difference: { value: 0.1 } }])
    expect(pair.chosen?.queryId).toBe('q0')
    expect(query.mock.calls.map(([input]) => input.id)).toEqual([2, 1])
    await vi.waitFor(() => expect(pair.rankings?.mine[0]?.docId).toBe('of 2'))
    pair.show = 'better'
    expect(pair.shown.every(({ difference }) => difference > 0)).toBe(true)
    expect(pair.shown).toHaveLength(500)
    pair.step(1)
    expect(pair.chosen?.queryId).toBe(pair.shown[0]?.queryId)
  })

  it('asks once for the same pair, and shows nothing for none', async () => {
    const { client, compare } = clientOf()
    const pair = new PairComparison(client)
    await pair.open({ id: 2, otherId: 1, measure: 'nDCG@10' })
    const calls = compare.mock.calls.length
    await pair.open({ id: 2, otherId: 1, measure: 'nDCG@10' })
    expect(compare.mock.calls).toHaveLength(calls)
    await pair.open(null)
    expect(pair.comparison).toBeNull()
    expect(pair.rows).toEqual([])
  })
})

describe('starting an evaluation', () => {
  it('needs a model unless keywords are measured, and sends only what counts', async () => {
    const run = vi.fn().mockResolvedValue({ jobId: 1 })
    const client = { evaluation: { run }, models: { list: () => Promise.resolve([]) } } as unknown as Client
    const running = new RunEvaluation(client, vi.fn())
    await running.ask()
    expect(running.mode).toBe('lexical')
    expect(running.complete).toBe(false)
    running.folder = ' "/sets/county" '
    expect(running.complete).toBe(true)
    running.mode = 'dense'
    expect(running.complete).toBe(false)
    running.mode = 'lexical'
    await running.start()
    expect(run.mock.calls[0]?.[0]).toEqual({
      ...{ dataset: '/sets/county', mode: 'lexical', unjudged: 'zero-fill', rerank: false },
    })
    expect(running.asking).toBe(false)
  })

  it('measures on the judgements of the library without a folder', async () => {
    const run = vi.fn().mockResolvedValue({ jobId: 1 })
    const running = new RunEvaluation({ evaluation: { run } } as unknown as Client, vi.fn())
    Object.assign(running, { source: 'library', mode: 'lexical', split: 'test', intent: 'NLI' })
    await running.start()
    expect(run.mock.calls[0]?.[0]).toEqual({
      dataset: 'library',
      mode: 'lexical',
      unjudged: 'zero-fill',
      rerank: false,
    })
  })
})

describe('the exported table', () => {
  const columns = [evaluationOf(1, { name: '=Keywords, plain', mode: 'lexical' }), evaluationOf(2, { name: 'a|b' })]
  const estimate = { value: 0.5, low: 0.4, high: 0.6 }
  const table: EvaluationTable = {
    ...{ measure: 'nDCG@10', baselineId: 1 },
    rows: [
      {
        ...{ intent: 'QA', queries: 10 },
        cells: [
          { evaluationId: 1, estimate, verdict: null, pBetter: null, pWorse: null },
          { evaluationId: 2, estimate, verdict: 'better', pBetter: 0.01, pWorse: 1 },
        ],
      },
    ],
    mean: [
      { evaluationId: 1, value: 0.5 },
      { evaluationId: 2, value: 0.5 },
    ],
  }

  it('is CSV with as many cells in every line, and no formulas', () => {
    const lines = tableAsCsv({ table, columns }).trimEnd().split('\r\n')
    expect(lines).toHaveLength(5)
    // the quoted comma is inside one cell
    expect(new Set(lines.map((line) => line.replaceAll(/"[^"]*"/gu, '').split(',').length)).size).toBe(1)
    expect(lines[1]).toContain(`"'=Keywords, plain"`)
    expect(lines[2]).toBe(
      `county,test,zero-fill,nDCG@10,a|b,dense,v1,"'=Keywords, plain",QA,10,0.5,0.4,0.6,better,0.01,1`,
    )
  })

  it('is Markdown that says what was tested, with the gain by name', () => {
    const text = tableAsMarkdown({ table, columns })
    expect(text).toContain('nDCG@10, linear gain')
    expect(text).toContain('50.0 (40.0 to 60.0) ▲')
    expect(text).toContain('a\\|b')
    expect(text).toMatch(/Wilcoxon.*Holm/u)
  })
})
