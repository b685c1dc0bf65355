import { describe, expect, it, vi } from 'vitest'
import type { AgreementReport, Judge } from '../../../../electron/contracts/curation.ts'
import { agreementGroups, mainCoefficient, strengthOf } from './agreement-words.ts'
import { Judges } from '../../state/judges.svelte.ts'
import { queryChanges } from './query-changes.ts'
import { filterWords, reviewFilterChips, reviewFilterFromParams, reviewFilterToParams } from './review-filters.ts'
import { ReviewSettings } from './review-settings.svelte.ts'
import { curationOf } from './testing.ts'

const memory = (start: Record<string, string> = {}) => {
  const kept = new Map(Object.entries(start))
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}

describe('filters in the address', () => {
  it.each([
    [{ state: 'undecided' }],
    [{}],
    [{ state: 'rejected', intents: ['QA', 'NLI'], generators: ['cloze'], filterVerdict: 'dropped' }],
    [
      {
        state: 'undecided',
        suspects: true,
        packageId: 3,
        dataset: 'mtt-0.65',
        hazards: ['flood'],
        text: 'levee, gate',
      },
    ],
  ] as const)('%# are read as written', (filter) => {
    const params = Object.entries(reviewFilterToParams(filter as never)).filter(([, value]) => value !== null)
    expect(reviewFilterFromParams(Object.fromEntries(params.map(([key, value]) => [key, String(value)])))).toEqual(
      filter,
    )
  })

  it('show what waits where nothing is said, and leave out what is not understood', () => {
    expect(reviewFilterFromParams({ intents: 'QA,Poem', verdict: 'maybe', package: '-1' })).toEqual({
      state: 'undecided',
      intents: ['QA'],
    })
  })

  it('are chips with names, and a line for what acts on all of them', () => {
    const filter = { state: 'undecided', packageId: 3, filterVerdict: 'kept' } as const
    expect(reviewFilterChips(filter, () => 'Floods').map(({ label, rest }) => [label, rest])).toEqual([
      ['Floods', { state: 'undecided', filterVerdict: 'kept' }],
      ['Filter kept', { state: 'undecided', packageId: 3 }],
    ])
    expect(filterWords({ ...filter, intents: ['QA'] }, () => 'Floods')).toBe(
      'Not judged · Answer · Floods · Filter kept',
    )
  })
})

describe('who judges', () => {
  const judge = (id: number, name: string): Judge => ({
    ...{ id, key: `key-${id}`, name, initials: name.slice(0, 2), color: id, kind: 'person' },
  })

  it('is remembered by a key that is the same in every library', async () => {
    const store = memory()
    const client = curationOf({ judges: () => Promise.resolve([judge(1, 'Ada'), judge(2, 'Ben')]) })
    const judges = new Judges(client, store)
    await judges.load()
    expect(judges.current).toBeUndefined()
    judges.choose(judge(2, 'Ben'))
    const again = new Judges(client, store)
    await again.load()
    expect(again.current?.name).toBe('Ben')
  })

  it('is one person by one name', async () => {
    const saveJudge = vi.fn(({ name }: { name: string }) => Promise.resolve(judge(3, name)))
    const judges = new Judges(curationOf({ judges: () => Promise.resolve([judge(1, 'Ada')]), saveJudge }), memory())
    await judges.load()
    expect(await judges.add(' ada ')).toBe(true)
    expect(judges.current?.id).toBe(1)
    expect(await judges.add('Cleo')).toBe(true)
    expect([judges.current?.id, saveJudge.mock.calls.length]).toEqual([3, 1])
  })
})

it('keeps settings of another version from breaking the view', () => {
  expect(new ReviewSettings(memory({ 'review-settings': '[1' })).blind).toBe(true)
  const store = memory({ 'review-settings': '{"blind":false,"pageWidth":9000}' })
  const settings = new ReviewSettings(store)
  expect([settings.blind, settings.moveOn, settings.pageWidth]).toEqual([false, false, 900])
  settings.moveOn = true
  expect(new ReviewSettings(store).moveOn).toBe(true)
})

it('marks an edit word by word', () => {
  expect(queryChanges('When does the shelter open?', 'When does the north shelter open?')).toEqual([
    { kind: 'same', text: 'When does the ' },
    { kind: 'added', text: 'north ' },
    { kind: 'same', text: 'shelter open?' },
  ])
  expect(queryChanges('Same', 'Same')).toEqual([{ kind: 'same', text: 'Same' }])
})

describe('agreement in words', () => {
  const estimate = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 })
  const row = (change: Partial<AgreementReport['rows'][number]>): AgreementReport['rows'][number] => ({
    ...{ between: 'pair', judgeIds: [1, 2], intent: null, scale: 'outcome', units: 40, coefficients: [] },
    ...change,
  })

  it('puts the row over all intents first, and names the two sides', () => {
    const judges = [{ id: 1, key: 'a', name: 'Ada', initials: 'A', color: 1, kind: 'person' as const }]
    const groups = agreementGroups({
      judges,
      rows: [row({ intent: 'QA' }), row({}), row({ between: 'filter', judgeIds: [] })],
    })
    expect(groups.map(({ title, rows }) => [title, rows.map(({ intent }) => intent)])).toEqual([
      ['Ada and 2', [null, 'QA']],
      ['Judges together and the automatic check', [null]],
    ])
  })

  it('takes a measure that can be told, the one for the scale first', () => {
    const coefficients = [
      { name: 'percent' as const, estimate: estimate(0.9) },
      { name: 'cohen' as const, estimate: null },
      { name: 'ac1' as const, estimate: estimate(0.8) },
    ]
    expect(mainCoefficient(row({ coefficients }))?.name).toBe('ac1')
    expect(mainCoefficient(row({ coefficients: coefficients.slice(0, 2) }))).toBeUndefined()
    expect(mainCoefficient(row({ coefficients, units: 9 }))).toBeUndefined()
  })

  it.each([
    [-0.1, 'none'],
    [0.2, 'slight'],
    [0.41, 'moderate'],
    [0.8, 'substantial'],
    [0.81, 'near-perfect'],
  ])('%d is %s', (value, strength) => {
    expect(strengthOf(value)).toBe(strength)
  })
})
