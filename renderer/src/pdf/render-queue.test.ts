import { describe, expect, it } from 'vitest'
import { RenderQueue } from './render-queue.ts'

const never = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('the render queue', () => {
  it('runs one piece at a time, the most urgent of those that wait', async () => {
    const queue = new RenderQueue()
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = queue.run(
      () => 9,
      never,
      () => gate.promise,
    )
    const rest = [
      queue.run(
        () => 5,
        never,
        async () => void order.push('far'),
      ),
      queue.run(
        () => 1,
        never,
        async () => void order.push('near'),
      ),
    ]
    await turn()
    expect(order).toEqual([])
    gate.resolve()
    await Promise.all([first, ...rest])
    expect(order).toEqual(['near', 'far'])
  })
  it('asks for the urgency when a place is free, not when the work was queued', async () => {
    const queue = new RenderQueue()
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    let scrolled = false
    const all = [
      queue.run(
        () => 0,
        never,
        () => gate.promise,
      ),
      queue.run(
        () => (scrolled ? 100 : 1),
        never,
        async () => void order.push('left behind'),
      ),
      queue.run(
        () => (scrolled ? 1 : 100),
        never,
        async () => void order.push('in view now'),
      ),
    ]
    scrolled = true
    gate.resolve()
    await Promise.all(all)
    expect(order).toEqual(['in view now', 'left behind'])
  })
  it('never starts what was given up before its turn', async () => {
    const queue = new RenderQueue()
    const gate = Promise.withResolvers<void>()
    const first = queue.run(
      () => 0,
      never,
      () => gate.promise,
    )
    const stop = new AbortController()
    let started = false
    const given = queue.run(
      () => 1,
      stop.signal,
      async () => {
        started = true
      },
    )
    stop.abort()
    await expect(given).rejects.toThrow('aborted')
    expect(queue.length).toBe(0)
    gate.resolve()
    await first
    await turn()
    expect(started).toBe(false)
  })
  it('goes on after work that failed', async () => {
    const queue = new RenderQueue()
    await expect(
      queue.run(
        () => 0,
        never,
        () => Promise.reject(new Error('broken page')),
      ),
    ).rejects.toThrow('broken page')
    await expect(
      queue.run(
        () => 0,
        never,
        () => Promise.resolve(7),
      ),
    ).resolves.toBe(7)
  })
})
