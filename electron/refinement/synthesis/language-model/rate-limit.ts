import { setTimeout as sleep } from 'node:timers/promises'

/** Spaces the starts of requests evenly: `perMinute` of them a minute at most. */
export class RateLimit {
  readonly #spacingMs: number
  #next = 0

  /** @param perMinute null: no limit. */
  constructor(perMinute: number | null) {
    this.#spacingMs = perMinute === null ? 0 : 60_000 / perMinute
  }

  /** Waits for this request's turn. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#spacingMs
    if (at > now) await sleep(at - now, undefined, { signal })
  }

  /** Everybody waits: the server said it is asked too often. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms)
  }
}
