import { expect, it } from 'vitest'
import { hazardTable } from './evaluation-tables.ts'

const query = (queryId: string, intent: string, eventGroup: string | null, value: number) => ({
  ...{ queryId, intent, eventGroup, text: '', measures: { 'nDCG@10': value }, top: [] },
})

it('tables an evaluation by intent and hazard, DisastIR’s groups first, and leaves gaps where there is no task', () => {
  const queries = [
    query('a', 'QA', 'Tech', 0.5),
    query('b', 'QA', 'Tech', 1),
    query('c', 'QA', 'Bio', 0.25),
    query('d', 'STS', 'Dam failure', 0.75),
    query('e', 'QA', null, 0),
  ]
  expect(hazardTable(queries, 'nDCG@10')).toEqual({
    measure: 'nDCG@10',
    groups: ['Bio', 'Tech', 'Dam failure'],
    rows: [
      { intent: 'QA', cells: [{ value: 0.25, queries: 1 }, { value: 0.75, queries: 2 }, null] },
      { intent: 'STS', cells: [null, null, { value: 0.75, queries: 1 }] },
    ],
  })
  expect(hazardTable([query('e', 'QA', null, 0)], 'nDCG@10')).toMatchObject({ groups: [], rows: [] })
})
