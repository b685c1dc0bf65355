import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Intent } from '../contracts/intents.ts'
import { averageDisastIr, buildDisastIr, openDisastIr } from './disastir.ts'

const corpus = ['Move to high ground.', 'Boil the water.', 'Move to high ground.']
const task = (name: string, queries: unknown, qrels: unknown) => ({ name, queries, qrels })
const judged = (user_query: string, passage: string, score: unknown) => ({ user_query, passage, score })

describe('DisastIR files', () => {
  it('become queries with intent and event group, and graded judgements by passage position', () => {
    const dataset = buildDisastIr(corpus, [
      task('QA_Geo', [{ user_query: 'where to go?' }], [judged('where to go?', 'Move to high ground.', 2.5)]),
      task('FactCheck_Bio', [{ user_query: 'water is safe' }], [judged('water is safe', 'Boil the water.', '3')]),
    ])
    expect(dataset.queries.get('QA_Geo:0')).toEqual({
      id: 'QA_Geo:0',
      text: 'where to go?',
      intent: 'QA',
      event: 'Geo',
      eventGroup: 'Geo',
    })
    expect(dataset.qrels).toEqual(
      new Map([
        ['QA_Geo:0', new Map([['0', 2.5]])],
        ['FactCheck_Bio:0', new Map([['1', 3]])],
      ]),
    )
    expect(dataset.notes.repeatedPassages).toBe(1)
  })

  it('named by a single event take its group from the given table, and say so when it has none', () => {
    const queries = [{ user_query: 'q' }]
    const qrels = [judged('q', 'Boil the water.', 1)]
    const tasks = [task('STS_Lava Flow', queries, qrels), task('STS_Unheard_of', queries, qrels)]
    const dataset = buildDisastIr(corpus, tasks, { 'Lava Flow': 'Geo' })
    expect(dataset.queries.get('STS_Lava Flow:0')?.eventGroup).toBe('Geo')
    expect(dataset.queries.get('STS_Unheard_of:0')?.eventGroup).toBe('Unheard_of')
    expect(dataset.notes.eventsWithoutGroup).toEqual(['Unheard_of'])
  })

  it('report what does not fit together instead of scoring it', () => {
    const dataset = buildDisastIr(corpus, [
      task(
        'NLI_Soc',
        [{ user_query: 'q' }, { user_query: 'q' }],
        [
          judged('q', 'Boil the water.', 1),
          judged('q', 'Boil the water.', 1),
          judged('q', 'Boil the water.', 2),
          judged('other', 'Boil the water.', 1),
          judged('q', 'never seen', 1),
        ],
      ),
    ])
    expect(dataset.notes).toMatchObject({
      repeatedQueries: ['NLI_Soc:1'],
      conflictingJudgements: ['NLI_Soc_qrels: 2'],
      judgementsOfUnknownQuery: ['NLI_Soc_qrels: 3'],
      judgementsOfUnknownPassage: ['NLI_Soc_qrels: 4'],
    })
    expect(dataset.qrels.get('NLI_Soc:0')).toEqual(new Map([['1', 1]]))
  })

  it.each([
    [{}, [], 'corpus: is not a JSON list of passage texts'],
    [corpus, [task('Poetry_Geo', [], [])], 'Poetry_Geo: is not named <Task>_<Event>'],
    [corpus, [task('QA', [], [])], 'QA: is not named <Task>_<Event>'],
    [corpus, [task('QA_Geo', {}, [])], 'QA_Geo: is not a JSON list'],
    [corpus, [task('QA_Geo', [{ query: 'q' }], [])], 'entry 0 has no text "user_query"'],
    [
      corpus,
      [task('QA_Geo', [{ user_query: 'q' }], [judged('q', 'x', null)])],
      'QA_Geo_qrels: entry 0 has no finite "score"',
    ],
    [corpus, [task('QA_Geo', [{ user_query: 'q' }], [])], 'no judgement fits'],
  ])('that are malformed are refused (%#)', (corpusValue, tasks, message) => {
    expect(() => buildDisastIr(corpusValue, tasks)).toThrow(message)
  })

  it('are found in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disastir-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await expect(openDisastIr(folder)).rejects.toThrow('no <Task>_<Event>_qrels.json there')
    await writeFile(join(folder, 'QAdoc_MH_qrels.json'), JSON.stringify([judged('q', 'Boil the water.', 1)]))
    await expect(openDisastIr(folder)).rejects.toThrow('QAdoc_MH.json: cannot be read (ENOENT)')
    await writeFile(join(folder, 'QAdoc_MH.json'), JSON.stringify([{ user_query: 'q' }]))
    await writeFile(join(folder, 'corpus.json'), `\ufeff${JSON.stringify(corpus)}`)
    expect((await openDisastIr(folder)).queries.get('QAdoc_MH:0')).toMatchObject({ intent: 'QAdoc', eventGroup: 'MH' })
  })
})

describe('the DisastIR average', () => {
  const query = (intent: Intent, eventGroup: string) => ({ intent, eventGroup })
  const queries = new Map([
    ['a', query('QA', 'Geo')],
    ['b', query('QA', 'Geo')],
    ['c', query('QA', 'Bio')],
    ['d', query('STS', 'Bio')],
  ])

  it('weighs tasks and intents equally, whatever their number of queries', () => {
    const values = new Map([
      ['a', 0.2],
      ['b', 0.4],
      ['c', 0.9],
      ['d', 0],
    ])
    const averages = averageDisastIr(values, queries)
    expect(averages?.byTask['QA/Geo']).toBeCloseTo(0.3, 12)
    expect(averages?.byIntent.QA).toBeCloseTo(0.6, 12)
    expect(averages?.overall).toBeCloseTo(0.3, 12) // the plain mean over queries would be 0.375
  })

  it('does not exist without values, and refuses a foreign query', () => {
    expect(averageDisastIr(new Map(), queries)).toBeUndefined()
    expect(() => averageDisastIr(new Map([['z', 1]]), queries)).toThrow(
      'query "z" has a value but is not in the data set',
    )
  })
})
