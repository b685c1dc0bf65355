import { describe, expect, it, vi } from 'vitest'
import type { Decision, DecisionChange, ReviewStep } from '../../../../electron/contracts/curation.ts'
import { changed } from './decisions.ts'
import { Deciding } from './deciding.svelte.ts'
import { ItemShelf } from './item-shelf.ts'
import { Outbox } from './outbox.svelte.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'
import { ReviewHistory } from './review-history.svelte.ts'
import { ReviewQueue } from './review-queue.svelte.ts'
import { curationOf, itemOf, negativeOf, queueRowOf } from './testing.ts'

interface Sent {
  readonly pairId: number
  readonly textId: number | null
  readonly change: DecisionChange
  readonly basedOn: number
}

/** A desk over services that keep decisions in memory and answer when they are let. */
async function deskWith({ refuse }: { refuse?: string } = {}) {
  const stored = new Map<number, Decision>()
  const calls: (Sent | string)[] = []
  let version = 0
  let open: () => void = () => undefined
  let gate: Promise<void> = Promise.resolve()
  const client = curationOf({
    queue: () => Promise.resolve({ rows: [1, 2, 3].map((pairId) => queueRowOf(pairId)), next: null }),
    decide: async (sent: Sent & { judgeId: number }) => {
      await gate
      if (refuse !== undefined) throw new Error(refuse)
      calls.push(sent)
      version += 1
      const decision = { ...changed(stored.get(sent.pairId) ?? null, sent.change, 1, 0), version }
      stored.set(sent.pairId, decision)
      const { pairId, textId, change } = sent
      const entry = { actionId: version, kind: 'decide', pairId, textId, change, count: 1, undone: false, at: 0 }
      return { decision, entry, replaced: null }
    },
    undo: () => {
      calls.push('undo')
      const entry = { ...{ actionId: 1, kind: 'decide', pairId: 1, textId: null, count: 1, at: 0 }, undone: true }
      stored.delete(1)
      const step = { entry: { ...entry, change: { verdict: 'accept' } }, pairIds: [1], canUndo: false, canRedo: true }
      return Promise.resolve(step as ReviewStep)
    },
  })
  const queue = new ReviewQueue(client)
  await queue.open({ judgeId: 1, filter: {}, order: 'passage', blind: true })
  const items = new ItemShelf((pairId) =>
    Promise.resolve(
      itemOf(pairId, { negatives: [negativeOf(11), negativeOf(12)], decision: stored.get(pairId) ?? null }),
    ),
  )
  for (const pairId of [1, 2, 3]) await items.load(pairId)
  const desk = {
    ...{ client, queue, items, outbox: new Outbox(), history: new ReviewHistory(client) },
    ...{ judge: { id: 1 }, settings: { blind: true, moveOn: false }, place: { filter: {} } },
    toasts: { show: vi.fn() },
    figures: { count: vi.fn() },
    adjudication: { changed: vi.fn() },
    get row() {
      return queue.row
    },
    get item() {
      return queue.row && items.get(queue.row.pairId)
    },
    refreshFigures: vi.fn(),
    fail: vi.fn(),
    goOn: () => {
      const next = queue.openAfter(queue.index)
      if (next !== undefined) queue.choose(next)
      return Promise.resolve()
    },
    reread: async (pairIds: readonly number[]) => {
      for (const pairId of pairIds) queue.setDecision(pairId, (await items.reload(pairId)).decision)
    },
    showPair: (pairId: number) => Promise.resolve(queue.choose(queue.indexOf(pairId))),
  }
  const deciding = new Deciding(desk as unknown as ReviewDesk)
  return {
    ...{ deciding, desk, calls, stored },
    /** Nothing is answered until the returned function is called. */
    hold: () => {
      gate = new Promise((resolve) => (open = resolve))
      return () => open()
    },
  }
}

describe('deciding', () => {
  it('shows the decision and the next pair in the same turn, before anything is answered', async () => {
    const { deciding, desk, calls, hold } = await deskWith()
    const answer = hold()
    deciding.decide({ verdict: 'accept' })
    expect(desk.queue.rows[0]?.decision?.outcome).toBe('accept')
    expect(desk.item?.pairId).toBe(2)
    expect([calls.length, desk.outbox.waiting]).toEqual([0, 1])
    answer()
    await desk.outbox.settled()
    expect(calls).toMatchObject([{ pairId: 1, textId: null, change: { verdict: 'accept' }, basedOn: 0 }])
    expect(desk.history.last?.pairId).toBe(1)
  })

  it('neither decides nor goes on while the pair is not there yet', async () => {
    const { deciding, desk, calls } = await deskWith()
    desk.items.clear()
    deciding.decide({ verdict: 'accept' })
    await desk.outbox.settled()
    expect([calls.length, desk.queue.index]).toEqual([0, 0])
  })

  it('names the version that the services gave to the decision before, also when both were made at once', async () => {
    const { deciding, desk, calls } = await deskWith()
    deciding.change({ grade: 3 })
    deciding.change({ verdict: 'accept' })
    await desk.outbox.settled()
    expect(calls.map((call) => (call as Sent).basedOn)).toEqual([0, 1])
  })

  it('sends nothing for what holds already', async () => {
    const { deciding, desk, calls } = await deskWith()
    deciding.change({ grade: 3 })
    deciding.change({ grade: 3 })
    await desk.outbox.settled()
    expect(calls).toHaveLength(1)
  })

  it('undoes after what was decided before it has been stored', async () => {
    const { deciding, desk, calls, hold } = await deskWith()
    const answer = hold()
    deciding.decide({ verdict: 'accept' })
    const undone = deciding.undo()
    answer()
    await undone
    expect(calls.map((call) => (typeof call === 'string' ? call : 'decide'))).toEqual(['decide', 'undo'])
    expect(desk.queue.rows[0]?.decision).toBeNull()
    expect(desk.item?.pairId).toBe(1)
    expect(desk.toasts.show).toHaveBeenCalledWith('Undone: Accepted pair 1', expect.anything())
  })

  it('shows again what the services hold when they refuse, with the reason', async () => {
    const { deciding, desk } = await deskWith({ refuse: 'The library is open for reading only.' })
    deciding.decide({ verdict: 'reject' })
    expect(desk.queue.rows[0]?.decision?.outcome).toBe('reject')
    await desk.outbox.settled()
    await vi.waitFor(() => expect(desk.queue.rows[0]?.decision).toBeNull())
    expect(desk.fail).toHaveBeenCalledOnce()
  })

  it('grades the passage that the keys act on, and then the next one', async () => {
    const { deciding, desk, calls } = await deskWith()
    deciding.target.next()
    deciding.grade(3)
    expect(deciding.target.textId).toBe(12)
    expect(desk.item?.negatives[0]?.decision?.grade).toBe(3)
    expect(desk.item?.decision).toBeNull()
    deciding.grade(0)
    expect(deciding.target.textId).toBeNull()
    await desk.outbox.settled()
    expect(calls.map((call) => (call as Sent).textId)).toEqual([11, 12])
    expect(desk.item?.pairId).toBe(1)
  })
})
