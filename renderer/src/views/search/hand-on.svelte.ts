import type { BriefingFormat, SearchHit } from '../../../../electron/contracts/search.ts'
import { copyText } from '../../connection/copy-text.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { saveText } from '../../connection/save-text.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'
import type { OpenPage } from './open-page.svelte.ts'

const COPIED_SHOWN_MS = 2_000
const FILE_NAME_LENGTH = 60

type Shared = Pick<Workbench, 'client' | 'toasts'>

/** Citations and lists of passages that leave the window: by the clipboard or as a file. */
export class HandOn {
  #problem = $state.raw<Problem | null>(null)
  #copied = $state.raw(false)
  #notCopied = $state.raw<string | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #workbench: Shared
  readonly #page: OpenPage

  /** @param page knows the documents of the hits */
  constructor(workbench: Shared, page: OpenPage) {
    this.#workbench = workbench
    this.#page = page
  }

  get problem(): Problem | null {
    return this.#problem
  }
  /** A citation was copied a moment ago. */
  get copied(): boolean {
    return this.#copied
  }
  /** What the browser would not copy. */
  get notCopied(): string | null {
    return this.#notCopied
  }

  dismiss(): void {
    this.#problem = null
    this.#notCopied = null
  }

  /** Puts title, page, date and hash of a passage on the clipboard. */
  async copyCitation({ documentId, page }: SearchHit): Promise<void> {
    await this.#guard(async () => {
      const { title, date, contentHash } = await this.#page.documentOf(documentId)
      this.#copied = await this.#copy(strings.search.citation(title, String(page), date, contentHash))
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => (this.#copied = false), COPIED_SHOWN_MS)
    })
  }

  /** Puts the citations of passages on the clipboard, one a line. */
  async copyCitations(hits: readonly SearchHit[], query: string): Promise<void> {
    await this.#guard(async () => {
      const { text } = await this.#write(hits, query, 'citations')
      if (await this.#copy(text)) this.#workbench.toasts.show(strings.search.citationsCopied)
    })
  }

  /** Saves passages as a file, in their order. */
  async save(hits: readonly SearchHit[], query: string, format: BriefingFormat): Promise<void> {
    await this.#guard(async () => {
      const { fileName, text } = await this.#write(hits, query, format)
      saveText(fileName, text)
      this.#workbench.toasts.show(strings.briefing.exported(fileName))
    })
  }

  #write(hits: readonly SearchHit[], query: string, format: BriefingFormat) {
    const title = query.slice(0, FILE_NAME_LENGTH) || strings.search.results
    const passageIds = hits.map((hit) => hit.passageId)
    return this.#workbench.client.search.briefing({ title, query, passageIds, format })
  }

  /** @returns whether it is on the clipboard; if not, it is shown to be copied by hand */
  async #copy(text: string): Promise<boolean> {
    const copied = await copyText(text)
    this.#notCopied = copied ? null : text
    return copied
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      this.#problem = null
      await work()
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
