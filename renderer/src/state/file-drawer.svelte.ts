import type { FileDetail } from '../../../electron/contracts/library.ts'
import { inWindowLanguage } from './file-table.svelte.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'

export interface DroppedLine {
  readonly page: number
  readonly text: string
  readonly reason: string
}

const LINES_AT_ONCE = 50

/** Everything known about one file, for the drawer. */
export class FileDrawer {
  #detail = $state.raw<FileDetail | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #dropped = $state.raw<{ readonly total: number; readonly rows: readonly DroppedLine[] } | null>(null)
  readonly #client: Client
  #request = new AbortController()

  constructor(client: Client) {
    this.#client = client
  }

  get detail(): FileDetail | null {
    return this.#detail
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** null until `loadDropped`. */
  get dropped(): { readonly total: number; readonly rows: readonly DroppedLine[] } | null {
    return this.#dropped
  }

  /** Shows a file. The old one stays until the answer; asking for the same file again refreshes it. */
  async open(id: number): Promise<void> {
    this.#request.abort()
    const { signal } = (this.#request = new AbortController())
    if (this.#detail?.id !== id) this.#dropped = null
    try {
      const detail = await this.#client.library.file({ id }, { signal })
      if (signal.aborted) return
      this.#detail = inWindowLanguage(detail)
      this.#problem = null
    } catch (error) {
      if (signal.aborted) return
      this.#problem = toProblem(error)
      if (this.#detail?.id !== id) this.#detail = null
    }
  }

  /** Reads the next lines that were left out of the index. */
  async loadDropped(): Promise<void> {
    const id = this.#detail?.id
    if (id === undefined) return
    const offset = this.#dropped?.rows.length ?? 0
    try {
      const answer = await this.#client.library.droppedLines({ id, offset, limit: LINES_AT_ONCE })
      if (this.#detail?.id !== id) return
      const before = this.#dropped?.rows.slice(0, offset) ?? []
      this.#dropped = { total: answer.total, rows: [...before, ...answer.rows] }
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
