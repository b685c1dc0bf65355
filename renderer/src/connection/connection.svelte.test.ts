import { ORPCError, type ClientContext, type ClientLink } from '@orpc/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backOff, Connection } from './connection.svelte.ts'
import { follow } from './follow.ts'
import { ConnectionLostError, toProblem } from './problem.ts'
import { SignedOutError, type Transport } from './transport.ts'

/** A transport in the hands of the test. */
function fakeTransport(call: ClientLink<ClientContext>['call']): Transport & { lose: () => void } {
  const { promise: closed, resolve: lose } = Promise.withResolvers<void>()
  return { link: { call }, closed, close: () => lose(), lose: () => lose() }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the connection', () => {
  it('waits longer after every failure, fifteen seconds at most', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map(backOff)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  })

  it('carries out calls that were made before it was open', async () => {
    const transport = fakeTransport(async (path) => path.join('.'))
    const connection = new Connection(async () => transport)
    const answer = connection.client.system.info()
    void connection.start()
    expect(await answer).toBe('system.info')
    expect(connection.state).toBe('open')
  })

  it('fails the call under way when the connection is lost, and serves the next one from the new one', async () => {
    const first = fakeTransport(async () => {
      first.lose()
      await first.closed
      await Promise.resolve()
      throw new Error('peer closed')
    })
    const second = fakeTransport(async () => 'second')
    const open = vi.fn<() => Promise<Transport>>().mockResolvedValueOnce(first).mockResolvedValueOnce(second)
    const connection = new Connection(open)
    void connection.start()
    await expect(connection.client.system.info()).rejects.toThrow(ConnectionLostError)
    expect(await connection.client.system.info()).toBe('second')
    expect(connection.epoch).toBe(2)
  })

  it('shows when it tries again, and tries at once when asked', async () => {
    const transport = fakeTransport(async () => 'here')
    const open = vi
      .fn<() => Promise<Transport>>()
      .mockRejectedValueOnce(new Error('refused'))
      .mockResolvedValueOnce(transport)
    const connection = new Connection(open)
    void connection.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(connection.state).toBe('lost')
    expect(connection.retryAt).toBe(Date.now() + 500)
    connection.tryNow()
    expect(await connection.client.system.info()).toBe('here')
    expect(connection.retryAt).toBeNull()
  })

  it('says when the server does not know this browser, and comes back when it does', async () => {
    const open = vi
      .fn<() => Promise<Transport>>()
      .mockRejectedValueOnce(new SignedOutError())
      .mockResolvedValueOnce(fakeTransport(async () => 'here'))
    const connection = new Connection(open)
    void connection.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(connection.state).toBe('signed-out')
    await vi.advanceTimersByTimeAsync(500)
    expect(connection.state).toBe('open')
  })

  it('lets go of a waiting call when its signal is aborted', async () => {
    const connection = new Connection(() => new Promise(() => {}))
    const stop = new AbortController()
    const answer = connection.client.system.info(undefined, { signal: stop.signal })
    stop.abort()
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('following an iterator', () => {
  it('opens it again when it breaks, until it is stopped', async () => {
    const stop = new AbortController()
    const seen: number[] = []
    let opened = 0
    async function* open(): AsyncIterable<number> {
      opened += 1
      yield opened
      if (opened < 3) throw new Error('lost')
      stop.abort()
    }
    const done = follow(
      async () => open(),
      (value) => seen.push(value),
      stop.signal,
    )
    await vi.advanceTimersByTimeAsync(10_000)
    await done
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('errors', () => {
  it('keep code, message and details of the services', () => {
    const error = new ORPCError('FOLDER_UNREADABLE', { message: 'No such folder', data: { details: { path: '/x' } } })
    expect(toProblem(error)).toEqual({ code: 'FOLDER_UNREADABLE', message: 'No such folder', details: { path: '/x' } })
  })

  it('are INTERNAL when the code is not one to branch on', () => {
    expect(toProblem(new ORPCError('TEAPOT', { message: 'no' })).code).toBe('INTERNAL')
    expect(toProblem('odd').message).toBe('odd')
  })
})
