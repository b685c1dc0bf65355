import type { ReviewHistoryEntry, ReviewStep } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'

const KEPT = 30

/** The last steps of the judge: what undo takes back and redo does again. The services keep them all. */
export class ReviewHistory {
  #entries = $state.raw<readonly ReviewHistoryEntry[]>([])
  #canUndo = $state.raw(false)
  #canRedo = $state.raw(false)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Oldest first; the undone ones at the end. */
  get entries(): readonly ReviewHistoryEntry[] {
    return this.#entries
  }
  get canUndo(): boolean {
    return this.#canUndo
  }
  get canRedo(): boolean {
    return this.#canRedo
  }
  /** What undo would take back now. */
  readonly last: ReviewHistoryEntry | undefined = $derived(this.#entries.findLast(({ undone }) => !undone))

  /** @throws what the services refused with */
  async load(judgeId: number): Promise<void> {
    const { entries, canUndo, canRedo } = await this.#client.curation.history({ judgeId, limit: KEPT })
    this.#entries = entries
    this.#canUndo = canUndo
    this.#canRedo = canRedo
  }

  /** A new step: what was undone before it cannot be done again. */
  add(entry: ReviewHistoryEntry): void {
    this.#entries = [...this.#entries.filter(({ undone }) => !undone), entry].slice(-KEPT)
    this.#canUndo = true
    this.#canRedo = false
  }

  /** A step was undone, or done again. */
  step({ entry, canUndo, canRedo }: ReviewStep): void {
    const known = this.#entries.some(({ actionId }) => actionId === entry.actionId)
    this.#entries = known
      ? this.#entries.map((one) => (one.actionId === entry.actionId ? entry : one))
      : [entry, ...this.#entries]
    this.#canUndo = canUndo
    this.#canRedo = canRedo
  }
}
