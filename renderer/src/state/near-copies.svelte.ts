import type { Difference, NearCopy } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'

/** Files looked through for the neighbouring group. */
const MOST_COPIES = 1_000

/** A group of near copies: which one is the main copy, and how another differs from it. */
export class NearCopies {
  #copies = $state.raw<readonly NearCopy[]>([])
  #chosenId = $state.raw<number | null>(null)
  #otherId = $state.raw<number | null>(null)
  #differences = $state.raw<readonly Difference[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw(false)
  readonly #client: Client
  #comparing = new AbortController()

  constructor(client: Client) {
    this.#client = client
  }

  get copies(): readonly NearCopy[] {
    return this.#copies
  }
  get main(): NearCopy | undefined {
    return this.#copies.find((copy) => copy.isMain)
  }
  /** The copy marked to become the main one; at first the main one itself. */
  get chosen(): NearCopy | undefined {
    return this.#copies.find((copy) => copy.documentId === this.#chosenId)
  }
  /** The copy compared with the main one. */
  get other(): NearCopy | undefined {
    return this.#copies.find((copy) => copy.documentId === this.#otherId)
  }
  /** null while they are being worked out. */
  get differences(): readonly Difference[] | null {
    return this.#differences
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get busy(): boolean {
    return this.#busy
  }

  /** Opens the group a document belongs to, and compares that document (or the nearest copy) with the main one. */
  async open(documentId: number): Promise<void> {
    await this.#guard(async () => {
      const copies = await this.#client.library.nearCopies({ documentId })
      this.#copies = copies.toSorted((a, b) => Number(b.isMain) - Number(a.isMain) || b.similarity - a.similarity)
      this.#chosenId = this.main?.documentId ?? documentId
      const asked = this.#copies.find((copy) => copy.documentId === documentId && !copy.isMain)
      await this.compareWith((asked ?? this.#copies.find((copy) => !copy.isMain))?.documentId ?? null)
    })
  }

  /** Marks a copy as the one to keep, and shows how it differs from the main one. */
  async choose(documentId: number): Promise<void> {
    this.#chosenId = documentId
    if (this.main?.documentId !== documentId) await this.compareWith(documentId)
  }

  async compareWith(documentId: number | null): Promise<void> {
    if (documentId === this.#otherId && this.#differences !== null) return
    this.#otherId = documentId
    this.#differences = null
    this.#comparing.abort()
    const { signal } = (this.#comparing = new AbortController())
    const main = this.main
    if (main === undefined || documentId === null) return
    try {
      const differences = await this.#client.library.compare({ a: main.documentId, b: documentId }, { signal })
      if (!signal.aborted) this.#differences = differences
    } catch (error) {
      if (!signal.aborted) this.#problem = toProblem(error)
    }
  }

  /** Makes the chosen copy the main one. @returns it, or undefined when that failed (see `problem`) */
  async keepChosen(): Promise<NearCopy | undefined> {
    const chosen = this.chosen
    if (chosen === undefined) return undefined
    const kept = await this.#guard(() => this.#client.library.keepAsMain({ documentId: chosen.documentId }))
    if (kept === undefined) return undefined
    this.#otherId = null
    await this.open(chosen.documentId)
    return chosen
  }

  /** Takes the compared copy out of the group. @returns how many are left and which one went, or undefined on failure */
  async separate(): Promise<{ readonly left: number; readonly copy: NearCopy } | undefined> {
    const copy = this.other
    if (copy === undefined) return undefined
    const answer = await this.#guard(() => this.#client.library.notACopy({ documentId: copy.documentId }))
    if (answer === undefined) return undefined
    const main = this.main
    if (answer.clusterSize > 1 && main !== undefined) await this.open(main.documentId)
    return { left: answer.clusterSize, copy }
  }

  /**
   * The group before or after this one, in the order of the titles.
   * @param step -1 or 1
   * @returns a document of it, or undefined when there is no other group
   */
  async neighbour(step: -1 | 1): Promise<number | undefined> {
    const answer = await this.#guard(() =>
      this.#client.library.files({ nearCopiesOnly: true, sort: 'title', limit: MOST_COPIES }),
    )
    const here = new Set(this.#copies.map((copy) => copy.fileId))
    // A group stands where its main copy stands; the order of its other members would lead in circles.
    const rows = answer?.rows ?? []
    const at = rows.findIndex((row) => row.documentId === this.main?.documentId)
    for (let index = at + step; index >= 0 && index < rows.length; index += step) {
      const row = rows[index]
      if (row === undefined || row.documentId === null || here.has(row.id)) continue
      const copies = await this.#client.library.nearCopies({ documentId: row.documentId })
      if (copies.some((copy) => copy.isMain && copy.documentId === row.documentId)) return row.documentId
    }
    return undefined
  }

  async #guard<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    this.#busy = true
    this.#problem = null
    try {
      return await work()
    } catch (error) {
      this.#problem = toProblem(error)
      return undefined
    } finally {
      this.#busy = false
    }
  }
}
