import { createORPCClient, type ClientContext, type ClientLink, type ClientOptions } from '@orpc/client'
import type { Client } from './client.ts'
import { ConnectionLostError } from './problem.ts'
import { openTransport, SignedOutError, type Transport } from './transport.ts'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 15_000

/** Milliseconds before the n-th attempt (0, 1, 2 ...) after a loss: 0.5 s, doubled each time, 15 s at most. */
export function backOff(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
}

/** `signed-out`: the server is there but does not know this browser. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'signed-out'

/**
 * The way to the services. `client` stays the same object for the life of the window: a call made while the way is
 * closed waits for the next one; a call under way when it closes fails with ConnectionLostError.
 */
export class Connection implements ClientLink<ClientContext> {
  readonly client: Client = createORPCClient(this)

  #state = $state.raw<ConnectionState>('connecting')
  /** Counts the times a way was opened; views that must ask again after a loss watch it. */
  #epoch = $state.raw(0)
  #retryAt = $state.raw<number | null>(null)

  readonly #open: () => Promise<Transport>
  #transport: Transport | undefined
  #waiting: PromiseWithResolvers<Transport> = Promise.withResolvers()
  #retryNow: (() => void) | undefined
  #stopped = false

  constructor(open: () => Promise<Transport> = openTransport) {
    this.#open = open
  }

  get state(): ConnectionState {
    return this.#state
  }

  get epoch(): number {
    return this.#epoch
  }

  /** When the next attempt starts, ms since 1970; null while one is under way. */
  get retryAt(): number | null {
    return this.#retryAt
  }

  /** Opens the way and keeps reopening it until `stop`. */
  async start(): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt += 1) {
      try {
        this.#transport = await this.#open()
      } catch (error) {
        this.#state = error instanceof SignedOutError ? 'signed-out' : 'lost'
        await this.#pause(backOff(attempt))
        continue
      }
      attempt = -1
      this.#state = 'open'
      this.#epoch += 1
      this.#waiting.resolve(this.#transport)
      await this.#transport.closed
      this.#transport = undefined
      this.#waiting = Promise.withResolvers()
      if (!this.#stopped) this.#state = 'lost'
    }
  }

  stop(): void {
    this.#stopped = true
    this.#transport?.close()
    this.#retryNow?.()
  }

  /** Ends the pause before the next attempt. */
  tryNow(): void {
    this.#retryNow?.()
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const transport = this.#transport ?? (await withSignal(this.#waiting.promise, options.signal))
    try {
      return await transport.link.call(path, input, options)
    } catch (error) {
      if (transport !== this.#transport && !options.signal?.aborted) throw new ConnectionLostError({ cause: error })
      throw error
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#retryAt = Date.now() + ms
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#retryNow = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#retryNow = undefined
    this.#retryAt = null
  }
}

function withSignal<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
