import { ORPCError } from '@orpc/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SearchRequest, SearchResponse } from '../../../../electron/contracts/search.ts'
import { plainQuery, SearchSession } from './search-session.svelte.ts'
import { clientOf, hitOf, responseOf } from './testing.ts'

interface Asked {
  readonly input: SearchRequest
  readonly signal: AbortSignal
  readonly answer: (response: SearchResponse) => void
  readonly fail: (error: unknown) => void
}

/** A search service that answers when the test says so. */
function slowSearch() {
  const asked: Asked[] = []
  const judged = vi.fn(() => Promise.resolve({ judgements: 1 }))
  const query = (input: SearchRequest, { signal }: { signal: AbortSignal }): Promise<SearchResponse> =>
    new Promise((answer, fail) => asked.push({ input, signal, answer, fail }))
  return { asked, judged, client: clientOf({ search: { query, similar: query, judge: judged } }) }
}

const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('typing a query', () => {
  it('asks once, when the typing pauses', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    for (const text of ['she', 'shel', 'shelter']) {
      session.text = text
      await vi.advanceTimersByTimeAsync(60)
    }
    expect(asked).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(200)
    expect(asked.map(({ input }) => input.query)).toEqual(['shelter'])
  })
  it('drops an answer that was overtaken, in whatever order answers come', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    void session.set({ text: 'first' })
    void session.set({ text: 'second' })
    expect(asked[0]?.signal.aborted).toBe(true)
    asked[1]?.answer(responseOf([hitOf(2)]))
    await settle()
    asked[0]?.answer(responseOf([hitOf(1)]))
    await settle()
    expect(session.hits.map((hit) => hit.passageId)).toEqual([2])
    expect(session.answeredQuery).toBe('second')
    expect(session.asking).toBe(false)
  })
  it('keeps the old hits until the new ones are there', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    void session.set({ text: 'shelter' })
    asked[0]?.answer(responseOf([hitOf(1)]))
    await settle()
    void session.set({ text: 'shelter fuel' })
    expect(session.asking).toBe(true)
    expect(session.hits).toHaveLength(1)
  })
  it('shows nothing for an empty box, also when an answer is still on its way', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    void session.set({ text: 'shelter' })
    session.text = '  '
    asked[0]?.answer(responseOf([hitOf(1)]))
    await settle()
    expect(session.response).toBeNull()
  })
  it('tells that the box was emptied', async () => {
    const { asked, client } = slowSearch()
    const answers: (number | null)[] = []
    const session = new SearchSession(client, (response) => answers.push(response?.hits.length ?? null))
    void session.set({ text: 'shelter' })
    asked[0]?.answer(responseOf([hitOf(1)]))
    await settle()
    session.text = ''
    expect(answers).toEqual([1, null])
  })
})

describe('a mistake in a query', () => {
  const mistake = new ORPCError('QUERY_SYNTAX', {
    message: 'This quotation mark is not closed.',
    data: { details: { position: 0 } },
  })
  it('waits while the phrase is being typed', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    session.text = '"evacuation'
    await vi.advanceTimersByTimeAsync(200)
    asked[0]?.fail(mistake)
    await vi.advanceTimersByTimeAsync(500)
    expect(session.problem).toBeNull()
    session.text = '"evacuation route"'
    await vi.advanceTimersByTimeAsync(5_000)
    expect(session.problem).toBeNull()
  })
  it('is shown after a while, and at once on Enter', async () => {
    const { asked, client } = slowSearch()
    const session = new SearchSession(client)
    session.text = '"evacuation'
    await vi.advanceTimersByTimeAsync(200)
    asked[0]?.fail(mistake)
    await vi.advanceTimersByTimeAsync(1_500)
    expect(session.problem).toMatchObject({ code: 'QUERY_SYNTAX', details: { position: 0 } })

    void session.set({ text: '"other' })
    asked[1]?.answer(responseOf([]))
    await settle()
    expect(session.problem).toBeNull()
    void session.ask()
    asked[2]?.fail(mistake)
    await settle()
    expect(session.problem?.code).toBe('QUERY_SYNTAX')
  })
})

describe('more of an answer', () => {
  it('is asked for with a longer list, and tells that the question is the same', async () => {
    const { asked, client } = slowSearch()
    const answers: boolean[] = []
    const session = new SearchSession(client, (_response, same) => answers.push(same))
    void session.set({ text: 'shelter' })
    asked[0]?.answer(responseOf(Array.from({ length: 50 }, (_, index) => hitOf(index + 1))))
    await settle()
    expect(session.moreHits).toBe(100)
    void session.showMore()
    expect(asked[1]?.input.k).toBe(150)
    asked[1]?.answer(responseOf(Array.from({ length: 60 }, (_, index) => hitOf(index + 1))))
    await settle()
    expect(answers).toEqual([false, true])
    expect(session.moreHits).toBe(0)
  })
})

describe('a judgement', () => {
  it('is shown at once and taken back when it cannot be stored', async () => {
    const { asked, judged, client } = slowSearch()
    const session = new SearchSession(client)
    void session.set({ text: 'shelter' })
    asked[0]?.answer(responseOf([hitOf(1)]))
    await settle()
    judged.mockReturnValueOnce(Promise.reject(new Error('the library is read-only')))
    const judging = session.judge(1, 3)
    expect(session.hits[0]?.judgement).toBe(3)
    await expect(judging).rejects.toThrow('read-only')
    expect(session.hits[0]?.judgement).toBeNull()
    await session.judge(1, 2)
    expect(judged).toHaveBeenLastCalledWith({ query: 'shelter', intent: 'QA', passageId: 1, grade: 2 })
  })
})

describe('a query in plain words', () => {
  it('has neither quotes nor signs nor operators', () => {
    expect(plainQuery('"flood route" AND (shelter OR fuel*) -pets')).toBe('flood route shelter fuel pets')
    expect(plainQuery('COVID-19 and ANDES')).toBe('COVID-19 and ANDES')
  })
})
