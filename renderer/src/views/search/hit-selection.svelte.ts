import type { SearchHit } from '../../../../electron/contracts/search.ts'

/** Which hit the keys act on, and which one is opened to its whole text. Held by passage, so a longer list keeps it. */
export class HitSelection {
  #hits = $state.raw<readonly SearchHit[]>([])
  #passageId = $state.raw<number | null>(null)
  #peeked = $state.raw<number | null>(null)

  get hits(): readonly SearchHit[] {
    return this.#hits
  }
  /** -1 when there is nothing to choose from. */
  readonly index: number = $derived(
    Math.max(
      this.#hits.length === 0 ? -1 : 0,
      this.#hits.findIndex((hit) => hit.passageId === this.#passageId),
    ),
  )
  readonly hit: SearchHit | undefined = $derived(this.#hits[this.index])

  isPeeked(passageId: number): boolean {
    return this.#peeked === passageId
  }

  /** Takes over a list; the chosen passage stays chosen if it is in it and `keep` says so, else the first one is. */
  take(hits: readonly SearchHit[], keep: boolean): void {
    const stays = keep && hits.some((hit) => hit.passageId === this.#passageId)
    this.#hits = hits
    if (stays) return
    this.#passageId = hits[0]?.passageId ?? null
    this.#peeked = null
  }

  /** Chooses by index; beyond the ends the nearest. */
  choose(index: number): void {
    const hit = this.#hits[Math.max(0, Math.min(index, this.#hits.length - 1))]
    if (hit === undefined || hit.passageId === this.#passageId) return
    this.#passageId = hit.passageId
    this.#peeked = null
  }

  choosePassage(passageId: number): void {
    if (this.#hits.some((hit) => hit.passageId === passageId)) this.#passageId = passageId
  }

  /** Opens the chosen hit to its whole text, or closes it. */
  togglePeek(): void {
    const id = this.hit?.passageId ?? null
    this.#peeked = this.#peeked === id ? null : id
  }
}

/** What a key does in the list of hits; undefined for keys that are not its own. `page`: hits in one window. */
export function listKey(
  key: string,
  index: number,
  count: number,
  page: number,
): number | 'open' | 'peek' | 'leave' | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1
    case 'ArrowUp':
      return index === 0 ? 'leave' : index - 1
    case 'PageDown':
      return index + Math.max(1, page)
    case 'PageUp':
      return index - Math.max(1, page)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case 'Enter':
      return 'open'
    case ' ':
      return 'peek'
    case 'Escape':
      return 'leave'
    default:
      return undefined
  }
}
