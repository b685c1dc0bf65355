import { describe, expect, it, vi } from 'vitest'
import type { Job } from '../../../electron/contracts/jobs.ts'
import type { Client } from '../connection/client.ts'
import { cleanPath } from './add-folder.svelte.ts'
import { actionOf, titleOf } from './file-actions.ts'
import { countOf, parseFilter, statesOf } from './file-filter.ts'
import { IndexingJob } from './indexing-job.svelte.ts'
import { Jobs, shareDone } from './jobs.svelte.ts'
import { markParts, matchTitle } from './match.ts'
import { RecentSearches } from './recent-searches.svelte.ts'
import { changeParams, formatPlace, parsePlace } from './router.svelte.ts'
import { Toasts } from './toasts.svelte.ts'

describe('places', () => {
  it.each(['#/library', '#/library?source=3&find=a+b', '#/search?q=50%25+%26+more'])(
    '%s is read as written',
    (hash) => {
      expect(formatPlace(parsePlace(hash))).toBe(hash)
    },
  )

  it('takes anything else as no place', () => {
    expect(parsePlace('')).toEqual({ view: '', params: {} })
    expect(parsePlace('#heading-2')).toEqual({ view: '', params: {} })
  })

  it('takes a value away with null', () => {
    expect(changeParams({ file: '1', find: 'x' }, { file: null, group: 2 })).toEqual({ find: 'x', group: '2' })
  })
})

describe('filters', () => {
  it('sends no states for everything', () => {
    expect(statesOf('all')).toBeUndefined()
    expect(statesOf('waiting')).toEqual(['waiting', 'reading'])
    expect(statesOf('failed')).toEqual(['failed'])
  })

  it('counts a group over its states', () => {
    expect(countOf('attention', { 'needs-ocr': 2, failed: 1, indexed: 9 })).toBe(3)
    expect(countOf('all', { 'needs-ocr': 2, failed: 1, indexed: 9 })).toBe(12)
  })

  it('reads only filters from the address', () => {
    expect(parseFilter('near-copies')).toBe('near-copies')
    expect(parseFilter('constructor')).toBe('all')
    expect(parseFilter(undefined)).toBe('all')
  })
})

describe('the button of a row', () => {
  it('offers to compare only what has another copy', () => {
    expect(actionOf({ state: 'indexed', nearCopies: 0 })).toBeNull()
    expect(actionOf({ state: 'indexed', nearCopies: 3 })).toBe('compare')
  })

  it('mends the state before it compares', () => {
    expect(actionOf({ state: 'needs-ocr', nearCopies: 3 })).toBe('ocr')
    expect(actionOf({ state: 'encrypted', nearCopies: 0 })).toBe('unlock')
  })

  it('names an unread file by its file name', () => {
    expect(titleOf({ title: 'a/b/plan.pdf', path: 'a/b/plan.pdf' })).toBe('plan.pdf')
    expect(titleOf({ title: 'Flood Plan', path: 'a/b/plan.pdf' })).toBe('Flood Plan')
  })
})

describe('matching titles', () => {
  it('finds every word, the start of a word first', () => {
    expect(matchTitle('Mass Care and Shelter Annex', 'shel care')?.ranges).toEqual([
      [5, 9],
      [14, 18],
    ])
    expect(matchTitle('Shelter', 'shelter plan')).toBeNull()
  })

  it('prefers the start of the title, then of a word, then the middle', () => {
    const scores = ['Shelter', 'Open Shelter', 'Openshelter'].map((title) => matchTitle(title, 'shel')?.score ?? 0)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    expect(new Set(scores).size).toBe(3)
  })

  it('cuts the title without losing a character', () => {
    const title = 'Mass Care and Shelter Annex'
    const parts = markParts(title, matchTitle(title, 'care shelter')?.ranges ?? [])
    expect(parts.map((part) => part.text).join('')).toBe(title)
    expect(parts.filter((part) => part.marked).map((part) => part.text)).toEqual(['Care', 'Shelter'])
  })
})

describe('pasted paths', () => {
  it.each([
    [' "/srv/plans" ', '/srv/plans'],
    ["'D:\\Plans'", 'D:\\Plans'],
    ['file:///srv/after%20action', '/srv/after action'],
    ['file:///C:/Plans', 'C:/Plans'],
    ['/srv/it"s', '/srv/it"s'],
  ])('%s is %s', (pasted, path) => {
    expect(cleanPath(pasted)).toBe(path)
  })
})

const job = (change: Partial<Job>): Job => ({
  id: 1,
  kind: 'index',
  title: 'Add plans',
  state: 'running',
  stages: [],
  current: null,
  secondsLeft: null,
  itemsFailed: 0,
  message: null,
  pausable: true,
  createdAt: 0,
  startedAt: 0,
  endedAt: null,
  ...change,
})

describe('jobs', () => {
  const stage = { name: 'Read', unit: 'pages', rate: null }

  it('is as far as its stages on average; one without a total has not begun', () => {
    const stages = [
      { ...stage, done: 50, total: 100 },
      { ...stage, done: 7, total: null },
    ]
    expect(shareDone(job({ stages }))).toBe(0.25)
    expect(shareDone(job({ stages, state: 'done' }))).toBe(1)
    expect(shareDone(job({ stages: [{ ...stage, done: 0, total: 0 }] }))).toBe(1)
  })

  it('tells once when a job it saw running has ended', () => {
    const jobs = new Jobs({} as Client)
    const ended = vi.fn()
    jobs.onended(ended)
    jobs.accept([job({ id: 2, state: 'done' })])
    jobs.accept([job({ id: 1 })])
    jobs.accept([job({ id: 1, state: 'done' })])
    jobs.accept([job({ id: 1, state: 'done' })])
    expect(ended.mock.calls.map(([one]) => (one as Job).id)).toEqual([1])
  })

  it('shows a job that lasts, and keeps it as it ended until it is dismissed', () => {
    const jobs = new Jobs({} as Client)
    let now = 0
    const card = new IndexingJob(jobs, () => now)
    jobs.accept([job({})])
    expect(card.job).toBeUndefined()
    now = 1_500
    jobs.accept([job({})])
    expect(card.job?.state).toBe('running')
    jobs.accept([job({ state: 'done' })])
    expect(card.job?.state).toBe('done')
    jobs.accept([])
    expect(card.job?.id).toBe(1)
    card.dismiss()
    expect(card.job).toBeUndefined()
    jobs.accept([job({ id: 2, startedAt: 1_400 })])
    expect(card.job).toBeUndefined()
    now = 3_000
    jobs.accept([job({ id: 2, startedAt: 1_400 })])
    expect(card.job?.id).toBe(2)
  })
})

it('shows a job at once that was long under way when the window opened', () => {
  const jobs = new Jobs({} as Client)
  const card = new IndexingJob(jobs, () => 60_000)
  jobs.accept([job({ startedAt: 0 })])
  expect(card.job?.id).toBe(1)
})

describe('recent searches', () => {
  it('moves a repeated query to the front and survives a restart', () => {
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    }
    const recent = new RecentSearches(storage)
    for (const query of ['flood', 'fire', ' flood ', '']) recent.add(query)
    expect(recent.queries).toEqual(['flood', 'fire'])
    expect(new RecentSearches(storage).queries).toEqual(['flood', 'fire'])
  })

  it('goes back query by query and comes forward to what was being written', () => {
    const recent = new RecentSearches({ getItem: () => '["fire","flood"]', setItem: () => {} })
    let text = 'shel'
    const shown: string[] = []
    for (const step of ['earlier', 'earlier', 'earlier', 'later', 'later'] as const) {
      text = step === 'earlier' ? recent.earlier(text) : recent.later()
      shown.push(text)
    }
    expect(shown).toEqual(['fire', 'flood', 'flood', 'fire', 'shel'])
    expect(recent.isBack(text)).toBe(false)
    // The query on show is not offered once more, and one that was changed is a draft of its own.
    expect(recent.earlier('fire')).toBe('flood')
    expect(recent.earlier('flood warning')).toBe('fire')
    expect(recent.later()).toBe('flood warning')
  })

  it('starts empty over what it cannot read', () => {
    expect(new RecentSearches({ getItem: () => '{not json', setItem: () => {} }).queries).toEqual([])
  })
})

describe('toasts', () => {
  it('goes after six seconds, but not while it is pointed at', () => {
    vi.useFakeTimers()
    const toasts = new Toasts()
    toasts.show('1 file excluded')
    vi.advanceTimersByTime(5_900)
    toasts.hold()
    vi.advanceTimersByTime(60_000)
    expect(toasts.current?.text).toBe('1 file excluded')
    toasts.release()
    vi.advanceTimersByTime(6_000)
    expect(toasts.current).toBeNull()
    vi.useRealTimers()
  })
})
