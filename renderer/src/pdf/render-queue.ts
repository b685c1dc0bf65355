interface Waiting {
  readonly urgency: () => number
  readonly start: () => void
}

/**
 * Lets few pieces of work run at a time, the most urgent first. Urgency is asked for when a place is free, not when the
 * work was queued: by then the person may have scrolled on.
 */
export class RenderQueue {
  readonly #places: number
  #running = 0
  readonly #waiting = new Set<Waiting>()

  constructor(places = 1) {
    this.#places = places
  }

  get length(): number {
    return this.#waiting.size
  }

  /**
   * Runs `work` when its turn comes; never when `signal` is aborted before.
   * @param urgency smaller is sooner
   * @throws the signal's reason
   */
  async run<Value>(urgency: () => number, signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    signal.throwIfAborted()
    await this.#turn(urgency, signal)
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#next()
    }
  }

  #turn(urgency: () => number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        urgency,
        start: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      const leave = (): void => {
        this.#waiting.delete(entry)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.add(entry)
      this.#next()
    })
  }

  #next(): void {
    while (this.#running < this.#places && this.#waiting.size > 0) {
      const [first, ...others] = this.#waiting
      if (first === undefined) return
      const soonest = others.reduce((best, one) => (one.urgency() < best.urgency() ? one : best), first)
      this.#waiting.delete(soonest)
      this.#running += 1
      soonest.start()
    }
  }
}
