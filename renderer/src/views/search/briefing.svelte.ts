import type { BriefingFormat, SearchHit } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

/** A quote as it is listed; the exported text is read from the library again. */
export interface Quote {
  readonly passageId: number
  readonly documentId: number
  readonly title: string
  readonly page: number
  readonly date: string | null
  readonly text: string
  /** What was searched for when it was collected. */
  readonly query: string
}

interface Stored {
  readonly title: string
  readonly quotes: readonly Quote[]
}

type Store = Pick<Storage, 'getItem' | 'setItem'>

/** The quotes collected for a briefing, in their order. Kept by this window's profile, one collection for each library. */
export class Briefing {
  #isOpen = $state.raw(false)
  #title = $state.raw('')
  #quotes = $state.raw<readonly Quote[]>([])
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw<BriefingFormat | null>(null)
  #key = ''
  readonly #client: Client
  readonly #storage: Store | undefined

  constructor(client: Client, storage: Store | undefined = globalThis.localStorage) {
    this.#client = client
    this.#storage = storage
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  get title(): string {
    return this.#title
  }
  set title(title: string) {
    this.#title = title
    this.#save()
  }
  get quotes(): readonly Quote[] {
    return this.#quotes
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** The format being written. */
  get busy(): BriefingFormat | null {
    return this.#busy
  }

  /** Takes up what was collected for a library, named by its path. */
  load(library: string): void {
    const key = `briefing:${library}`
    if (key === this.#key) return
    this.#key = key
    const stored = readStored(this.#storage?.getItem(key))
    this.#title = stored.title
    this.#quotes = stored.quotes
  }

  open(): void {
    this.#isOpen = true
  }

  close(): void {
    this.#isOpen = false
    this.#problem = null
  }

  has(passageId: number): boolean {
    return this.#quotes.some((quote) => quote.passageId === passageId)
  }

  /** Adds a hit at the end. @returns false when it is there already */
  add(hit: Pick<SearchHit, 'passageId' | 'documentId' | 'title' | 'page' | 'date' | 'text'>, query: string): boolean {
    if (this.has(hit.passageId)) return false
    const { passageId, documentId, title, page, date, text } = hit
    this.#set([...this.#quotes, { passageId, documentId, title, page, date, text, query }])
    return true
  }

  /** @returns a function that puts it back where it was */
  remove(passageId: number): () => void {
    const before = this.#quotes
    this.#set(before.filter((quote) => quote.passageId !== passageId))
    return () => this.#set(before)
  }

  clear(): () => void {
    const before = this.#quotes
    this.#set([])
    return () => this.#set(before)
  }

  /** Moves a quote by one place up (-1) or down (1). */
  move(passageId: number, step: 1 | -1): void {
    const from = this.#quotes.findIndex((quote) => quote.passageId === passageId)
    const to = from + step
    const quote = this.#quotes[from]
    if (quote === undefined || to < 0 || to >= this.#quotes.length) return
    this.#set(this.#quotes.toSpliced(from, 1).toSpliced(to, 0, quote))
  }

  /** @returns the file, or undefined when it could not be written (see `problem`) */
  async export(
    format: BriefingFormat,
    fallbackTitle: string,
  ): Promise<{ readonly fileName: string; readonly text: string } | undefined> {
    this.#busy = format
    this.#problem = null
    try {
      return await this.#client.search.briefing({
        title: this.#title.trim() || fallbackTitle,
        query: [...new Set(this.#quotes.map((quote) => quote.query).filter(Boolean))].join('; '),
        passageIds: this.#quotes.map((quote) => quote.passageId),
        format,
      })
    } catch (error) {
      this.#problem = toProblem(error)
      return undefined
    } finally {
      this.#busy = null
    }
  }

  #set(quotes: readonly Quote[]): void {
    this.#quotes = quotes
    this.#save()
  }

  #save(): void {
    if (this.#key === '') return
    const stored: Stored = { title: this.#title, quotes: this.#quotes }
    this.#storage?.setItem(this.#key, JSON.stringify(stored))
  }
}

function readStored(text: string | null | undefined): Stored {
  const empty: Stored = { title: '', quotes: [] }
  try {
    const stored = JSON.parse(text ?? 'null') as Partial<Stored> | null
    if (stored === null || !Array.isArray(stored.quotes)) return empty
    const quotes = (stored.quotes as readonly Partial<Quote>[]).filter(
      (quote): quote is Quote => typeof quote.passageId === 'number' && typeof quote.text === 'string',
    )
    return { title: typeof stored.title === 'string' ? stored.title : '', quotes }
  } catch {
    return empty
  }
}
