import { toProblem, type Problem } from '../../connection/problem.ts'

const AGAIN_AFTER_MS = 500

/**
 * What was decided and is not stored yet. Sends one after the other in the order given, so that an undo never overtakes what
 * it takes back, and sends again what was under way when the connection broke. A decision sent twice is one decision.
 */
export class Outbox {
  #waiting = $state.raw(0)
  #savedAt = $state.raw<number | null>(null)
  #lost = $state.raw(false)
  #last: Promise<unknown> = Promise.resolve()
  readonly #pause: (ms: number) => Promise<void>

  constructor(pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))) {
    this.#pause = pause
  }

  /** How many are not stored yet. */
  get waiting(): number {
    return this.#waiting
  }
  /** When the last one was stored, ms since 1970. */
  get savedAt(): number | null {
    return this.#savedAt
  }
  /** The connection broke with something under way. */
  get lost(): boolean {
    return this.#lost
  }

  /** @returns what the call answered. @throws what it refused with; a broken connection is waited out */
  add<Result>(send: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1
    const sent = this.#last.then(() => this.#untilAnswered(send))
    this.#last = sent.then(
      () => this.#done(true),
      () => this.#done(false),
    )
    return sent
  }

  /** Settles when all that was added so far has been answered. */
  async settled(): Promise<void> {
    await this.#last
  }

  async #untilAnswered<Result>(send: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        const result = await send()
        this.#lost = false
        return result
      } catch (error) {
        if (!isLost(toProblem(error))) throw error
        this.#lost = true
        await this.#pause(AGAIN_AFTER_MS)
      }
    }
  }

  #done(saved: boolean): void {
    this.#waiting -= 1
    if (saved) this.#savedAt = Date.now()
  }
}

const isLost = ({ code }: Problem): boolean => code === 'CONNECTION_LOST'
