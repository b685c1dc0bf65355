import type { Intent } from '../../../../electron/contracts/intents.ts'
import type { SearchFilters, SearchHit, SearchRequest, SearchResponse } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { isAbort, toProblem, type Problem } from '../../connection/problem.ts'

export type IntentChoice = 'auto' | Intent

/** What a search is made of, apart from how many hits are wanted. */
export interface SearchQuestion {
  readonly text: string
  readonly intent: IntentChoice
  readonly filters: SearchFilters
}

/** The passage that similar ones are looked for. */
export interface SimilarTo {
  readonly passageId: number
  readonly title: string
  readonly page: number
}

const TYPING_PAUSE_MS = 160
/** A quotation mark that is open while the phrase is being typed is no mistake yet. */
const SYNTAX_PATIENCE_MS = 1_200
/** From then on a wait is shown; most answers are there long before. */
const SLOW_MS = 600
const FIRST_HITS = 50
const MORE_HITS = 100
const MOST_HITS = 1_000

/**
 * One search as it is typed. Answers that come out of order are dropped: only the answer to the last question asked is
 * shown, and the one before it stays until then, so that the list does not blink.
 */
export class SearchSession {
  #question = $state.raw<SearchQuestion>({ text: '', intent: 'auto', filters: {} })
  #wanted = $state.raw(FIRST_HITS)
  #similarTo = $state.raw<SimilarTo | null>(null)
  #response = $state.raw<SearchResponse | null>(null)
  #answered = $state.raw('')
  /** The question the answer on show belongs to, to tell more of it from another one. */
  #asked = ''
  #problem = $state.raw<Problem | null>(null)
  #asking = $state.raw(false)
  #slowSince = $state.raw<number | null>(null)
  #request = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #slowTimer: ReturnType<typeof setTimeout> | undefined

  readonly #client: Client
  readonly #onanswer: (response: SearchResponse | null, sameQuestion: boolean) => void

  /** @param onanswer told of every answer that is shown, and of null when the box was emptied; `sameQuestion`: more of it, or again */
  constructor(
    client: Client,
    onanswer: (response: SearchResponse | null, sameQuestion: boolean) => void = () => undefined,
  ) {
    this.#client = client
    this.#onanswer = onanswer
  }

  get question(): SearchQuestion {
    return this.#question
  }
  get text(): string {
    return this.#question.text
  }
  /** Typing: asks when the typing pauses. */
  set text(text: string) {
    if (text === this.#question.text) return
    this.#change({ text })
    clearTimeout(this.#timer)
    if (this.isBlank) this.#forget()
    else this.#timer = setTimeout(() => void this.#send(SYNTAX_PATIENCE_MS), TYPING_PAUSE_MS)
  }
  get isBlank(): boolean {
    return this.#question.text.trim() === ''
  }
  /** The answer on show; null while nothing has been asked. */
  get response(): SearchResponse | null {
    return this.#response
  }
  get hits(): readonly SearchHit[] {
    return this.#response?.hits ?? []
  }
  /** The query that the answer on show belongs to. */
  get answeredQuery(): string {
    return this.#answered
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** A question is under way. */
  get asking(): boolean {
    return this.#asking
  }
  /** When the question under way was asked, ms since 1970; null while the answer is not long in coming. */
  get slowSince(): number | null {
    return this.#slowSince
  }
  get similarTo(): SimilarTo | null {
    return this.#similarTo
  }
  /** How many more hits there may be; 0 at the end of the list. */
  get moreHits(): number {
    if (this.#response === null || this.hits.length < this.#wanted) return 0
    return Math.min(MORE_HITS, MOST_HITS - this.#wanted)
  }
  /** What is saved, or shown in the address. */
  get request(): SearchRequest {
    const { text, intent, filters } = this.#question
    return { query: text.trim(), intent, filters }
  }

  /** Asks another question at once. */
  set(change: Partial<SearchQuestion>): Promise<void> {
    this.#change(change)
    if (!this.isBlank) return this.ask()
    this.#forget()
    return Promise.resolve()
  }

  /** Looks for passages like one of the hits; `set`, or `endSimilar`, leads back. */
  findSimilar(to: SimilarTo): Promise<void> {
    clearTimeout(this.#timer)
    this.#similarTo = to
    this.#wanted = FIRST_HITS
    return this.#send()
  }

  endSimilar(): Promise<void> {
    return this.set({})
  }

  showMore(): Promise<void> {
    this.#wanted = Math.min(MOST_HITS, this.#wanted + MORE_HITS)
    return this.#send()
  }

  /** Asks the question as it stands, without waiting for a pause. */
  ask(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.isBlank && this.#similarTo === null) return Promise.resolve()
    return this.#send()
  }

  /**
   * Gives or takes back a grade; shown at once, and taken back when it could not be stored.
   * @throws what the services say
   */
  async judge(passageId: number, grade: 0 | 1 | 2 | 3 | null): Promise<void> {
    const response = this.#response
    const before = response?.hits.find((hit) => hit.passageId === passageId)?.judgement
    if (response === null || before === undefined) return
    this.#grade(passageId, grade)
    try {
      const { intent } = response
      await this.#client.search.judge({ query: this.#answered, intent, passageId, grade })
    } catch (error) {
      this.#grade(passageId, before)
      throw error
    }
  }

  #grade(passageId: number, judgement: number | null): void {
    if (this.#response === null) return
    const hits = this.#response.hits.map((hit) => (hit.passageId === passageId ? { ...hit, judgement } : hit))
    this.#response = { ...this.#response, hits }
  }

  #change(change: Partial<SearchQuestion>): void {
    this.#question = { ...this.#question, ...change }
    this.#similarTo = null
    this.#wanted = FIRST_HITS
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#request.abort()
    this.#response = null
    this.#problem = null
    this.#wait(false)
    this.#asked = ''
    this.#onanswer(null, false)
  }

  /** @param patience ms to wait before a mistake in the query is shown */
  async #send(patience = 0): Promise<void> {
    this.#request.abort()
    const { signal } = (this.#request = new AbortController())
    this.#wait(true)
    const similarTo = this.#similarTo
    const query = this.#question.text.trim()
    const asked = JSON.stringify([similarTo?.passageId ?? this.request])
    try {
      const response =
        similarTo === null
          ? await this.#client.search.query({ ...this.request, k: this.#wanted }, { signal })
          : await this.#client.search.similar({ passageId: similarTo.passageId, k: this.#wanted }, { signal })
      if (signal.aborted) return
      const same = asked === this.#asked
      this.#asked = asked
      this.#answered = query
      this.#response = response
      this.#problem = null
      this.#onanswer(response, same)
    } catch (error) {
      if (signal.aborted || isAbort(error)) return
      this.#wait(false)
      const problem = toProblem(error)
      if (problem.code === 'QUERY_SYNTAX' && this.#problem === null) {
        await new Promise((resolve) => setTimeout(resolve, patience))
      }
      if (!signal.aborted) this.#problem = problem
    } finally {
      if (!signal.aborted) this.#wait(false)
    }
  }

  #wait(asking: boolean): void {
    this.#asking = asking
    clearTimeout(this.#slowTimer)
    this.#slowSince = null
    const now = Date.now()
    if (asking) this.#slowTimer = setTimeout(() => (this.#slowSince = now), SLOW_MS)
  }
}

/** A query without quotes, brackets, signs and operators: plain words can never be wrong. */
export function plainQuery(query: string): string {
  return query
    .replace(/["“”„()*]/g, ' ')
    .replace(/(^|\s)-(?=\S)/g, '$1')
    .replace(/(^|\s)(AND|OR|NOT)(?=\s|$)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}
