import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '../../../electron/contracts/jobs.ts'
import type { Client } from '../connection/client.ts'
import { Judges } from './judges.svelte.ts'
import { ReviewOverview } from './review-overview.svelte.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ada = { id: 7, key: 'ada', name: 'Ada', initials: 'AD', color: 1, kind: 'person' } as const

/** Services with one judge, whose pairs are `waiting` and in which `decide` makes a decision known. */
function services() {
  const asked: (number | undefined)[] = []
  let waiting = 40
  let fails = false
  let tell: (() => void) | undefined
  let ended: ((job: Job) => void) | undefined
  async function* watch() {
    for (let revision = 0; ; revision++) {
      yield { revision }
      await new Promise<void>((resolve) => (tell = resolve))
    }
  }
  const overview = ({ judgeId }: { judgeId?: number }) => {
    asked.push(judgeId)
    const figures = { pairs: 50, suspects: 0, disagreements: 0, packages: 0, revision: 0 }
    return fails ? Promise.reject(new Error('gone')) : Promise.resolve({ ...figures, waiting })
  }
  const curation = { overview, judges: () => Promise.resolve([ada]), watch: () => Promise.resolve(watch()) }
  const client = { curation } as unknown as Client
  const store = new Map<string, string>()
  const judges = new Judges(client, {
    getItem: (key) => store.get(key) ?? null,
    setItem: (key, value) => void store.set(key, value),
  })
  const state = new ReviewOverview(client, judges, { onended: (listener) => ((ended = listener), () => false) })
  const decide = (): void => {
    waiting--
    tell?.()
  }
  const end = (kind: Job['kind']): void => ended?.({ kind } as Job)
  return { state, judges, asked, decide, end, fail: () => (fails = true) }
}

describe('the number of pairs that wait', () => {
  it('is there at once, and follows decisions with one count for many', async () => {
    const { state, asked, decide } = services()
    const stop = new AbortController()
    void state.follow(stop.signal)
    await vi.advanceTimersByTimeAsync(0)
    expect([state.waiting, asked]).toEqual([40, [undefined]])
    for (let i = 0; i < 5; i++) {
      decide()
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(2_000)
    expect([state.waiting, asked.length]).toEqual([35, 2])
    stop.abort()
  })

  it('is that of whoever judges in this window', async () => {
    const { state, judges, asked } = services()
    await state.load()
    judges.choose(ada)
    await state.load()
    expect(asked).toEqual([undefined, 7])
  })

  it('is counted again after jobs that bring pairs, and after no others', async () => {
    const { asked, end } = services()
    end('index')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(asked).toEqual([])
    end('synthesize')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(asked).toHaveLength(1)
  })

  it('stays as it was when the services cannot count', async () => {
    const { state, fail } = services()
    await state.load()
    fail()
    await state.load()
    expect([state.waiting, state.problem?.message]).toEqual([40, 'gone'])
  })
})
