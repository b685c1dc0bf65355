import type { SearchResponse } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { isAbort, toProblem, type Problem } from '../../connection/problem.ts'

export type Side = 'left' | 'right'
export type Vote = Side | 'equal'

/** Answers after which the names are shown. */
export const ANSWERS = 30
const SHOWN = 5

export interface Score {
  readonly first: number
  readonly equal: number
  readonly second: number
}

/**
 * Two models side by side on a person's own searches. Each search puts them left or right by chance, and the names are
 * told when enough answers are in. Kept in memory: it is an impression, not a measurement.
 */
export class BlindComparison {
  query = $state('')
  /** first and second model id; changing them starts again. */
  #pair = $state.raw<readonly [string, string] | null>(null)
  #lists = $state.raw<Readonly<Record<Side, SearchResponse>> | null>(null)
  #asked = $state.raw('')
  #firstIsLeft = true
  #score = $state.raw<Score>({ first: 0, equal: 0, second: 0 })
  #revealed = $state.raw(false)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #stop: AbortController | undefined
  readonly #client: Client
  readonly #random: () => number

  constructor(client: Client, random: () => number = Math.random) {
    this.#client = client
    this.#random = random
  }

  get lists(): Readonly<Record<Side, SearchResponse>> | null {
    return this.#lists
  }
  /** The query that the lists answer. */
  get asked(): string {
    return this.#asked
  }
  get score(): Score {
    return this.#score
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get pair(): readonly [string, string] | null {
    return this.#pair
  }
  readonly answers: number = $derived(this.#score.first + this.#score.equal + this.#score.second)
  readonly revealed: boolean = $derived(this.#revealed || this.answers >= ANSWERS)
  /** Two-sided p of the sign test over the answers that name a side. */
  readonly p: number = $derived(signTest(this.#score.first, this.#score.second))

  /** Answers given about a pair, in whichever order. */
  answersAbout(first: string, second: string): number {
    const same = this.#pair !== null && this.#pair.includes(first) && this.#pair.includes(second)
    return same ? this.answers : 0
  }

  open(first: string, second: string): void {
    if (this.#pair?.[0] === first && this.#pair[1] === second) return
    this.#pair = [first, second]
    this.startAgain()
  }

  startAgain(): void {
    this.#stop?.abort()
    this.#lists = null
    this.#score = { first: 0, equal: 0, second: 0 }
    this.#revealed = false
    this.#problem = null
    this.query = ''
  }

  reveal(): void {
    this.#revealed = true
  }

  /** Asks both models by meaning alone: keywords would make the lists alike. */
  async search(): Promise<void> {
    const query = this.query.trim()
    const pair = this.#pair
    if (pair === null || query === '') return
    this.#stop?.abort()
    const stop = new AbortController()
    this.#stop = stop
    this.#busy = true
    try {
      const [first, second] = await Promise.all(
        pair.map((model) =>
          this.#client.search.query({ query, model, mode: 'dense', k: SHOWN }, { signal: stop.signal }),
        ),
      )
      if (stop.signal.aborted || first === undefined || second === undefined) return
      this.#firstIsLeft = this.#random() < 0.5
      this.#lists = this.#firstIsLeft ? { left: first, right: second } : { left: second, right: first }
      this.#asked = query
      this.#problem = null
    } catch (error) {
      if (isAbort(error) || stop.signal.aborted) return
      this.#lists = null
      this.#problem = toProblem(error)
    } finally {
      if (this.#stop === stop) this.#busy = false
    }
  }

  /** Counts an answer about the lists that are shown, once. */
  vote(vote: Vote): void {
    if (this.#lists === null || this.revealed) return
    const { first, equal, second } = this.#score
    if (vote === 'equal') this.#score = { first, equal: equal + 1, second }
    else if ((vote === 'left') === this.#firstIsLeft) this.#score = { first: first + 1, equal, second }
    else this.#score = { first, equal, second: second + 1 }
    this.#lists = null
    this.query = ''
  }
}

/**
 * Two-sided exact sign test: how likely a split at least as uneven is when both are equally good.
 * @returns 1 for no answers
 */
export function signTest(first: number, second: number): number {
  const n = first + second
  let tail = 0
  let coefficient = 1
  for (let k = 0; k <= Math.min(first, second); k++) {
    tail += coefficient
    coefficient = (coefficient * (n - k)) / (k + 1)
  }
  return Math.min(1, (2 * tail) / 2 ** n)
}
