import type { FileRow, FileState } from '../../../electron/contracts/library.ts'
import { worded } from '../strings/index.ts'
import type { Client } from '../connection/client.ts'
import { isAbort, toProblem, type Problem } from '../connection/problem.ts'
import { statesOf, type FileFilter } from './file-filter.ts'

export type FileSort = 'attention' | 'title' | 'modified' | 'pages' | 'state'

export interface FileQuery {
  readonly sourceId: number | null
  readonly filter: FileFilter
  readonly find: string
  readonly sort: FileSort
}

type Rows = readonly (FileRow | undefined)[]

/** Rows asked for at once. */
export const PAGE_SIZE = 200

/** A file whose reason is in the window's language. */
export function inWindowLanguage<Row extends FileRow>(file: Row): Row {
  return { ...file, reason: file.reason && worded(file.reason, file.reasonWording) }
}

/**
 * The rows of the file table, read by the page as they come into view: `rows` has one entry per file, undefined until read.
 *
 * Nothing jumps under a person's hands: while `held` (the pointer or the focus is in the table) a refresh changes values
 * but neither order nor length, and `reordered` says that the real order is another one by now.
 */
export class FileTable {
  #query = $state.raw<FileQuery>({ sourceId: null, filter: 'all', find: '', sort: 'attention' })
  #rows = $state.raw<Rows>([])
  #byState = $state.raw<Readonly<Partial<Record<FileState, number>>>>({})
  #nearCopies = $state.raw(0)
  #loaded = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  #reordered = $state.raw(false)
  #active = $state.raw(0)

  /** Set by the view while the pointer or the focus is in the table. */
  held = false

  readonly #client: Client
  #generation = new AbortController()
  readonly #pagesUnderWay = new Map<number, Promise<void>>()
  #visible: readonly [first: number, last: number] = [0, 0]

  constructor(client: Client) {
    this.#client = client
  }

  get query(): FileQuery {
    return this.#query
  }
  get rows(): Rows {
    return this.#rows
  }
  get total(): number {
    return this.#rows.length
  }
  /** Counts of the chosen source and find text, whatever the filter. */
  get byState(): Readonly<Partial<Record<FileState, number>>> {
    return this.#byState
  }
  get nearCopies(): number {
    return this.#nearCopies
  }
  /** False until the first answer to this query. */
  get loaded(): boolean {
    return this.#loaded
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get reordered(): boolean {
    return this.#reordered
  }
  /** Index of the row the keyboard is on. */
  get active(): number {
    return Math.min(this.#active, Math.max(0, this.total - 1))
  }

  activate(index: number): void {
    this.#active = Math.max(0, Math.min(index, this.total - 1))
  }

  /** Asks another question. The rows of the old one stay until the answer, so that the table does not blink. */
  async ask(change: Partial<FileQuery>): Promise<void> {
    const next = { ...this.#query, ...change }
    if (this.#loaded && JSON.stringify(next) === JSON.stringify(this.#query)) return
    this.#query = next
    this.#active = 0
    await this.#restart()
  }

  /** The rows in view; reads the pages they are on. */
  show(first: number, last: number): Promise<unknown> {
    this.#visible = [first, last]
    const missing = pagesOf(first, last).filter((page) => this.#rows[page * PAGE_SIZE] === undefined)
    return Promise.all(missing.map((page) => this.#read(page)))
  }

  /** Reads the pages in view again, after a change in the library. */
  async refresh(): Promise<void> {
    if (!this.#loaded) return this.#restart()
    this.#generation.abort()
    this.#generation = new AbortController()
    this.#pagesUnderWay.clear()
    await Promise.all(pagesOf(...this.#visible).map((page) => this.#read(page)))
  }

  /** Takes the real order over. */
  async sortAgain(): Promise<void> {
    this.held = false
    await this.#restart()
  }

  /** Replaces one row at once, before the library's own notice of the change arrives. */
  patch(id: number, change: Partial<FileRow>): void {
    this.#rows = this.#rows.map((row) => (row?.id === id ? { ...row, ...change } : row))
  }

  indexOf(id: number): number {
    return this.#rows.findIndex((row) => row?.id === id)
  }

  async #restart(): Promise<void> {
    this.#generation.abort()
    this.#generation = new AbortController()
    this.#pagesUnderWay.clear()
    await this.#read(0, true)
  }

  #read(page: number, fresh = false): Promise<void> {
    const underWay = this.#pagesUnderWay.get(page)
    if (underWay !== undefined) return underWay
    const { signal } = this.#generation
    const reading = this.#ask(page, signal, fresh).finally(() => {
      if (!signal.aborted) this.#pagesUnderWay.delete(page)
    })
    this.#pagesUnderWay.set(page, reading)
    return reading
  }

  async #ask(page: number, signal: AbortSignal, fresh: boolean): Promise<void> {
    const { sourceId, filter, find, sort } = this.#query
    const states = statesOf(filter)
    try {
      const answer = await this.#client.library.files(
        {
          ...(sourceId !== null && { sourceId }),
          ...(states !== undefined && { states: [...states] }),
          ...(filter === 'near-copies' && { nearCopiesOnly: true }),
          ...(find.trim() !== '' && { find: find.trim() }),
          sort,
          offset: page * PAGE_SIZE,
          limit: PAGE_SIZE,
        },
        { signal },
      )
      if (signal.aborted) return
      this.#byState = answer.byState
      this.#nearCopies = answer.nearCopies
      this.#problem = null
      const keepOrder = this.held && this.#loaded && !fresh
      if (fresh) this.#rows = []
      const rows = answer.rows.map(inWindowLanguage)
      if (keepOrder) this.#update(page, rows, answer.total)
      else this.#place(page, rows, answer.total)
      this.#loaded = true
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#problem = toProblem(error)
    }
  }

  /** Puts a page where it belongs. Pages out of view are forgotten when the length changed: they may have shifted. */
  #place(page: number, rows: readonly FileRow[], total: number): void {
    const next: (FileRow | undefined)[] =
      total === this.#rows.length ? [...this.#rows] : new Array(total).fill(undefined)
    if (total !== this.#rows.length) {
      for (const shown of pagesOf(...this.#visible)) {
        for (let index = shown * PAGE_SIZE; index < Math.min(total, (shown + 1) * PAGE_SIZE); index += 1) {
          next[index] = this.#rows[index]
        }
      }
    }
    rows.forEach((row, index) => {
      next[page * PAGE_SIZE + index] = row
    })
    this.#rows = next
    this.#reordered = false
  }

  /** Changes values only; new rows and another order wait for `sortAgain`. */
  #update(page: number, rows: readonly FileRow[], total: number): void {
    const byId = new Map(rows.map((row) => [row.id, row]))
    const start = page * PAGE_SIZE
    if (total !== this.#rows.length) this.#reordered = true
    this.#rows = this.#rows.map((row, index) => {
      if (index < start || index >= start + PAGE_SIZE) return row
      const now = rows[index - start]
      if (row === undefined) return now
      if (now?.id !== row.id) this.#reordered = true
      return byId.get(row.id) ?? row
    })
  }
}

function pagesOf(first: number, last: number): number[] {
  const pages: number[] = []
  for (let page = Math.floor(first / PAGE_SIZE); page <= Math.floor(last / PAGE_SIZE); page += 1) pages.push(page)
  return pages
}
