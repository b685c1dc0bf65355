import { describe, expect, it, vi } from 'vitest'
import type { ReviewProgress } from '../../../../electron/contracts/curation.ts'
import { ConnectionLostError } from '../../connection/problem.ts'
import { changed, counted, effectOf, isChange, markOf, stepWords } from './decisions.ts'
import { ItemShelf } from './item-shelf.ts'
import { Outbox } from './outbox.svelte.ts'
import { PassageTarget } from './passage-target.svelte.ts'
import { ReviewHistory } from './review-history.svelte.ts'
import { ReviewQueue } from './review-queue.svelte.ts'
import { curationOf, decisionOf, itemOf, negativeOf, queueRowOf } from './testing.ts'

describe('a decision before it is stored', () => {
  it('keeps what the change leaves out and takes back what is null', () => {
    const before = decisionOf({ grade: 3, comment: 'why' })
    const after = changed(before, { verdict: 'reject', comment: null }, 1, 5)
    expect(after).toMatchObject({ verdict: 'reject', grade: 3, comment: null, outcome: 'reject', at: 5 })
  })

  it('takes a grade for a verdict where there is none, from 2 as accepted', () => {
    expect([0, 1, 2, 3].map((grade) => changed(null, { grade: grade as 0 }, 1, 0).outcome)).toEqual([
      'reject',
      'reject',
      'accept',
      'accept',
    ])
    expect(changed(null, { verdict: 'reject', grade: 3 }, 1, 0).outcome).toBe('reject')
    expect(markOf(changed(null, { verdict: 'skip', grade: 3 }, 1, 0))).toBe('skipped')
  })

  it('is no change where it says what holds already', () => {
    expect(isChange(null, { verdict: null })).toBe(false)
    expect(isChange(decisionOf({ verdict: 'accept' }), { verdict: 'accept' })).toBe(false)
    expect(isChange(decisionOf({ verdict: 'accept' }), { verdict: 'accept', query: 'New' })).toBe(true)
  })

  it('moves a pair from one figure to the other, and counts it once', () => {
    const none: ReviewProgress = {
      ...{ total: 10, decided: 0, skipped: 0, accepted: 0, rejected: 0, edited: 0 },
      ...{ secondsEach: null, secondsLeft: null, savedAt: null },
    }
    const skipped = changed(null, { verdict: 'skip' }, 1, 0)
    const edited = changed(skipped, { verdict: 'accept', query: 'New' }, 1, 0)
    const rejected = changed(edited, { verdict: 'reject' }, 1, 0)
    expect(counted(none, null, skipped)).toMatchObject({ decided: 0, skipped: 1 })
    const two = counted(counted(none, null, skipped), skipped, edited)
    expect(two).toMatchObject({ decided: 1, skipped: 0, accepted: 1, edited: 1 })
    expect(counted(two, edited, rejected)).toMatchObject({ decided: 1, accepted: 0, rejected: 1, edited: 0 })
    expect(counted(two, edited, changed(edited, { grade: 3 }, 1, 0))).toBe(two)
  })

  it('says what a grade does to a passage that should not answer', () => {
    expect([null, 0, 1, 2, 3].map(effectOf)).toEqual([null, null, null, 'left-out', 'second-answer'])
  })
})

describe('a step in words', () => {
  const entry = { actionId: 1, kind: 'decide', pairId: 213, textId: null, count: 1, undone: false, at: 0 } as const
  it.each([
    [{ ...entry, change: { verdict: 'accept' } }, 'Accepted pair 213'],
    [{ ...entry, change: { verdict: 'accept', query: 'New' } }, 'Edited pair 213'],
    [{ ...entry, change: { verdict: null } }, 'Reopened pair 213'],
    [{ ...entry, textId: 7, change: { grade: 3 } }, 'Grade 3 for a passage of pair 213'],
    [{ ...entry, change: { comment: 'Why' } }, 'Commented on pair 213'],
    [
      { ...entry, kind: 'bulk', pairId: null, count: 1_312, change: { verdict: 'reject' } },
      'Rejected 1,312 pairs at once',
    ],
    [{ ...entry, kind: 'bulk', pairId: null, count: 12, change: { grade: 0 } }, 'Grade 0 for 12 at once'],
    [{ ...entry, kind: 'merge', pairId: null, count: 1, change: null }, 'Merged 1 decision'],
  ] as const)('%#: %s', (step, text) => {
    expect(stepWords(step)).toBe(text)
  })
})

describe('the outbox', () => {
  it('sends one after the other in the order given, whatever the first one takes', async () => {
    const outbox = new Outbox()
    const sent: string[] = []
    const slow = outbox.add(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      sent.push('decide')
    })
    const quick = outbox.add(() => Promise.resolve(sent.push('undo')))
    expect(outbox.waiting).toBe(2)
    await Promise.all([slow, quick])
    await outbox.settled()
    expect(sent).toEqual(['decide', 'undo'])
    expect(outbox.waiting).toBe(0)
    expect(outbox.savedAt).not.toBeNull()
  })

  it('sends again what was under way when the connection broke, and says that it waits', async () => {
    const told: boolean[] = []
    const outbox = new Outbox(() => Promise.resolve(void told.push(outbox.lost)))
    const send = vi.fn(() => Promise.resolve('stored'))
    send.mockRejectedValueOnce(new ConnectionLostError()).mockRejectedValueOnce(new ConnectionLostError())
    expect(await outbox.add(send)).toBe('stored')
    expect(send).toHaveBeenCalledTimes(3)
    expect(told).toEqual([true, true])
    expect(outbox.lost).toBe(false)
  })

  it('goes on after a refusal, which its own caller gets', async () => {
    const outbox = new Outbox()
    const refused = outbox.add(() => Promise.reject(new Error('there is no pair 9')))
    const next = outbox.add(() => Promise.resolve('stored'))
    await expect(refused).rejects.toThrow('no pair 9')
    expect(await next).toBe('stored')
  })
})

const QUESTION = { judgeId: 1, filter: {}, order: 'passage', blind: true } as const

describe('the queue', () => {
  /** Pairs 1 to `total` in slices of 100, with cursors that name the last pair. */
  function queueOver(total: number) {
    const asked: (string | null)[] = []
    const queue = vi.fn(({ after }: { after: string | null }) => {
      asked.push(after)
      const from = after === null ? 0 : Number(after)
      const rows = Array.from({ length: Math.min(100, total - from) }, (_, index) => queueRowOf(from + index + 1))
      const end = from + rows.length
      return Promise.resolve({ rows, next: end < total ? String(end) : null })
    })
    return { list: new ReviewQueue(curationOf({ queue })), asked }
  }

  it('reads on before its end is reached, each slice once', async () => {
    const { list, asked } = queueOver(250)
    await list.open(QUESTION)
    expect([list.rows.length, list.index]).toEqual([100, 0])
    list.choose(20)
    expect(asked).toEqual([null])
    list.choose(75)
    await Promise.all([list.reach(75), list.reach(80)])
    expect(asked).toEqual([null, '100'])
    list.choose(199)
    await list.reach(199)
    expect([list.rows.length, list.rows.at(-1)?.pairId]).toEqual([250, 250])
  })

  it('keeps a decided pair in its place and goes on to the next one that waits', async () => {
    const { list } = queueOver(3)
    await list.open(QUESTION)
    list.setDecision(2, decisionOf({ verdict: 'skip' }))
    expect(list.rows.map(({ pairId }) => pairId)).toEqual([1, 2, 3])
    expect(list.openAfter(0)).toBe(2)
    list.setDecision(3, decisionOf({ grade: 1, outcome: 'reject' }))
    expect(await list.findOpenAfter(0)).toBeUndefined()
  })

  it('looks beyond what it has read for one that waits', async () => {
    const { list } = queueOver(130)
    await list.open(QUESTION)
    for (let pairId = 1; pairId <= 120; pairId += 1) {
      if (pairId === 101) await list.reach(99)
      list.setDecision(pairId, decisionOf({ outcome: 'accept' }))
    }
    expect(await list.findOpenAfter(0)).toBe(120)
  })

  it('shows a pair that it does not hold where the chosen one is', async () => {
    const { list } = queueOver(3)
    await list.open(QUESTION)
    list.choose(1)
    list.bring(queueRowOf(77))
    expect(list.rows.map(({ pairId }) => pairId)).toEqual([1, 77, 2, 3])
    expect(list.row?.pairId).toBe(77)
    list.bring(queueRowOf(3, { decision: decisionOf({ outcome: 'accept' }) }))
    expect([list.row?.pairId, list.rows.length]).toEqual([3, 4])
  })

  it('drops the answer to a question that is not asked any more', async () => {
    const answers: ((rows: ReturnType<typeof queueRowOf>[]) => void)[] = []
    const queue = () => new Promise((resolve) => answers.push((rows) => resolve({ rows, next: null })))
    const list = new ReviewQueue(curationOf({ queue }))
    const first = list.open(QUESTION)
    const second = list.open({ ...QUESTION, filter: { intents: ['QA'] } })
    answers[1]?.([queueRowOf(2)])
    answers[0]?.([queueRowOf(1)])
    await Promise.all([first, second])
    expect(list.rows.map(({ pairId }) => pairId)).toEqual([2])
  })
})

describe('the pairs read before they are needed', () => {
  it('are asked for once, and not taken after another judge came', async () => {
    const read = vi.fn((pairId: number) => Promise.resolve(itemOf(pairId)))
    const shelf = new ItemShelf(read)
    shelf.prefetch([1, 2])
    await Promise.all([shelf.load(1), shelf.load(2)])
    expect(read).toHaveBeenCalledTimes(2)
    expect(shelf.get(1)?.query).toBe('Query 1')
    const late = shelf.load(3)
    shelf.clear()
    await late
    expect(shelf.get(3)).toBeUndefined()
  })

  it('are those of the last question where two are under way', async () => {
    const answers: (() => void)[] = []
    const shelf = new ItemShelf(
      (pairId) =>
        new Promise((resolve) => answers.push(() => resolve(itemOf(pairId, { query: `Answer ${answers.length}` })))),
    )
    const old = shelf.load(1)
    const fresh = shelf.reload(1)
    answers[1]?.()
    await fresh
    const now = shelf.get(1)
    answers[0]?.()
    await old
    expect(shelf.get(1)).toBe(now)
  })

  it('are few', async () => {
    const shelf = new ItemShelf((pairId) => Promise.resolve(itemOf(pairId)))
    for (let pairId = 1; pairId <= 100; pairId += 1) await shelf.load(pairId)
    expect(shelf.get(1)).toBeUndefined()
    expect(shelf.get(100)).toBeDefined()
  })
})

it('steps through the passages of a pair and back to the pair', () => {
  const item = itemOf(1, { negatives: [negativeOf(11), negativeOf(12)] })
  const target = new PassageTarget(
    () => item,
    () => false,
  )
  expect([target.next(), target.textId]).toEqual([true, 11])
  expect([target.next(), target.textId]).toEqual([true, 12])
  expect([target.next(), target.textId]).toEqual([false, null])
  expect([target.previous(), target.textId]).toEqual([true, 12])
  target.reset()
  expect(target.passage).toBeUndefined()
})

it('begins with the first passage without a grade where these are asked for, and steps over what is not suspected', () => {
  const suspected = (textId: number, suspect: boolean, grade: number | null = null) => ({
    ...negativeOf(textId, grade === null ? null : decisionOf({ grade })),
    mined: { rank: 1, score: 1, suspect },
  })
  const told = itemOf(1, { negatives: [suspected(11, true, 0), suspected(12, false), suspected(13, true)] })
  const target = new PassageTarget(
    () => told,
    () => true,
  )
  expect(target.textId).toBe(13)
  expect([target.previous(), target.textId]).toEqual([true, 11])
  const blind = new PassageTarget(
    () => itemOf(1, { negatives: [negativeOf(11), negativeOf(12)] }),
    () => true,
  )
  expect([blind.textId, blind.next(), blind.textId]).toEqual([11, true, 12])
})

it('forgets what was undone when something new is decided', () => {
  const history = new ReviewHistory(curationOf({}))
  const entry = (actionId: number, undone = false) => ({
    ...{ actionId, kind: 'decide' as const, pairId: actionId, textId: null, change: null, count: 1, undone, at: 0 },
  })
  history.add(entry(1))
  history.add(entry(2))
  history.step({ entry: entry(2, true), pairIds: [2], canUndo: true, canRedo: true })
  expect([history.last?.actionId, history.canRedo]).toEqual([1, true])
  history.add(entry(3))
  expect(history.entries.map(({ actionId }) => actionId)).toEqual([1, 3])
  expect(history.canRedo).toBe(false)
})
