import type { DocumentInfo } from '../../../../electron/contracts/documents.ts'
import type { SearchHit } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { Viewer } from '../../pdf/viewer.svelte.ts'

export interface DocumentHit {
  readonly passageId: number
  readonly page: number
  readonly rank: number
}

/** A passage to show, with what its marks need. */
interface Wanted {
  readonly documentId: number
  readonly passageId: number | null
  readonly page: number
  readonly query: string
  readonly terms: readonly string[]
}

const DOCUMENTS_KEPT = 30
/** Arrow keys run over hits faster than pages are worth opening. */
const FOLLOW_PAUSE_MS = 90

/** The right side of the Search view: the page of a hit with the passage outlined, and all hits of its document. */
export class OpenPage {
  #document = $state.raw<DocumentInfo | null>(null)
  #passageId = $state.raw<number | null>(null)
  #hits = $state.raw<readonly DocumentHit[]>([])
  #problem = $state.raw<Problem | null>(null)
  #wanted: Wanted | null = null
  #request = new AbortController()
  #hitsOf = ''

  readonly viewer: Viewer
  readonly #client: Client
  readonly #documents = new Map<number, DocumentInfo>()

  constructor(client: Client, viewer: Viewer = new Viewer()) {
    this.#client = client
    this.viewer = viewer
  }

  get document(): DocumentInfo | null {
    return this.#document
  }
  /** The passage that is outlined. */
  get passageId(): number | null {
    return this.#passageId
  }
  /** All hits of the document for the query, in page order. */
  get hits(): readonly DocumentHit[] {
    return this.#hits
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Shows a hit's page. While keys run over the list only the last one is opened. */
  showHit(hit: Pick<SearchHit, 'documentId' | 'passageId' | 'page' | 'matchedTerms'>, query: string): Promise<void> {
    const { documentId, passageId, page, matchedTerms } = hit
    return this.#show({ documentId, passageId, page, query, terms: matchedTerms }, FOLLOW_PAUSE_MS)
  }

  /** Shows a passage that is known by its place only, such as a quote. */
  showPassage(passage: { passageId: number; documentId: number; page: number; query: string }): Promise<void> {
    const { passageId, documentId, page, query } = passage
    return this.#show({ documentId, passageId, page, query, terms: query.match(/[\p{L}\p{N}]+/gu) ?? [] }, 0)
  }

  showDocument(documentId: number, page: number): Promise<void> {
    return this.#show({ documentId, passageId: null, page, query: '', terms: [] }, 0)
  }

  /** Outlines another hit of the same document. */
  showHitHere(passageId: number): Promise<void> {
    const hit = this.#hits.find((one) => one.passageId === passageId)
    if (hit === undefined || this.#wanted === null) return Promise.resolve()
    return this.#show({ ...this.#wanted, passageId, page: hit.page }, 0)
  }

  /** The next (1) or previous (-1) hit of this document in page order, round and round. */
  hitAfter(direction: 1 | -1): DocumentHit | undefined {
    const at = this.#hits.findIndex((hit) => hit.passageId === this.#passageId)
    return this.#hits[(at + direction + this.#hits.length) % Math.max(1, this.#hits.length)]
  }

  /** Tries again what could not be shown. */
  async retry(): Promise<void> {
    const wanted = this.#wanted
    if (wanted === null) return
    this.viewer.close()
    await this.#show(wanted, 0)
  }

  close(): void {
    this.#request.abort()
    this.#wanted = null
    this.#document = null
    this.#passageId = null
    this.#hits = []
    this.#hitsOf = ''
    this.#problem = null
    this.viewer.close()
  }

  async documentOf(id: number, signal?: AbortSignal): Promise<DocumentInfo> {
    const known = this.#documents.get(id)
    if (known !== undefined) return known
    const document = await this.#client.documents.get({ id }, signal === undefined ? {} : { signal })
    this.#documents.set(id, document)
    const [oldest] = this.#documents.keys()
    if (this.#documents.size > DOCUMENTS_KEPT && oldest !== undefined) this.#documents.delete(oldest)
    return document
  }

  async #show(wanted: Wanted, pause: number): Promise<void> {
    this.#request.abort()
    const { signal } = (this.#request = new AbortController())
    this.#wanted = wanted
    try {
      if (pause > 0 && this.#document !== null) await new Promise((resolve) => setTimeout(resolve, pause))
      if (signal.aborted) return
      const { passageId, query } = wanted
      const [document, boxes] = await Promise.all([
        this.documentOf(wanted.documentId, signal),
        passageId === null
          ? { passage: [], keywords: [] }
          : this.#client.documents.passageBoxes({ passageId, ...(query !== '' && { query }) }, { signal }),
      ])
      if (signal.aborted) return
      this.#document = document
      this.#passageId = passageId
      this.#problem = null
      void this.viewer.open(document)
      this.viewer.show({ page: wanted.page, ...boxes, terms: wanted.terms })
      await this.#findHits(wanted, signal)
    } catch (error) {
      if (!signal.aborted) this.#problem = toProblem(error)
    }
  }

  async #findHits({ documentId, query }: Wanted, signal: AbortSignal): Promise<void> {
    const key = `${documentId} ${query}`
    if (key === this.#hitsOf) return
    this.#hits = []
    this.#hitsOf = key
    if (query === '') return
    try {
      const hits = await this.#client.search.inDocument({ documentId, query }, { signal })
      if (this.#hitsOf === key) this.#hits = hits
    } catch {
      // The strip beside the page stays empty; the page itself is what was asked for.
      if (this.#hitsOf === key) this.#hitsOf = ''
    }
  }
}
