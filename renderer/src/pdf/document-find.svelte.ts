import type { PDFDocumentProxy } from './pdfjs.ts'
import { findAll, joinRuns, type TextRun } from './page-text.ts'

export interface FindMatch {
  /** From 1. */
  readonly page: number
  /** Half-open range of the page's text. */
  readonly start: number
  readonly end: number
}

const TYPING_PAUSE_MS = 200

/** Finding a text in the open file. Pages are read one after the other from the one in view, so the first match comes soon. */
export class DocumentFind {
  #open = $state.raw(false)
  #query = $state.raw('')
  #matches = $state.raw<readonly FindMatch[]>([])
  #active = $state.raw(0)
  #pagesRead = $state.raw(0)
  #pdf: PDFDocumentProxy | null = null
  #toReveal = false
  #run = new AbortController()
  readonly #texts = new WeakMap<PDFDocumentProxy, Map<number, string>>()
  readonly #goTo: (page: number) => void

  constructor(goTo: (page: number) => void) {
    this.#goTo = goTo
  }

  get isOpen(): boolean {
    return this.#open
  }
  get query(): string {
    return this.#query
  }
  /** In page order. */
  get matches(): readonly FindMatch[] {
    return this.#matches
  }
  get active(): FindMatch | undefined {
    return this.#matches[this.#active]
  }
  /** Which one the active match is, from 1. */
  get ordinal(): number {
    return this.#matches.length === 0 ? 0 : this.#active + 1
  }
  get pagesRead(): number {
    return this.#pagesRead
  }
  get pageCount(): number {
    return this.#pdf?.numPages ?? 0
  }
  get reading(): boolean {
    return this.#query.trim() !== '' && this.#pagesRead < this.pageCount
  }

  open(): void {
    this.#open = true
  }

  close(): void {
    this.#run.abort()
    this.#open = false
    this.#query = ''
    this.#matches = []
    this.#active = 0
  }

  /** Looks for a text from a page (from 1) onwards, and then from the beginning. */
  async look(pdf: PDFDocumentProxy, query: string, from: number): Promise<void> {
    this.#run.abort()
    const { signal } = (this.#run = new AbortController())
    this.#pdf = pdf
    this.#query = query
    this.#matches = []
    this.#active = 0
    this.#pagesRead = 0
    if (query.trim() === '') return
    await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS))
    for (let step = 0; step < pdf.numPages && !signal.aborted; step += 1) {
      const page = ((from - 1 + step) % pdf.numPages) + 1
      const text = await this.#textOf(pdf, page)
      if (signal.aborted) return
      this.#add(page, findAll(text, query))
      this.#pagesRead = step + 1
    }
  }

  step(direction: 1 | -1): void {
    const count = this.#matches.length
    if (count === 0) return
    this.#active = (this.#active + direction + count) % count
    this.#goToActive()
  }

  /** True once after the active match changed: it is to be brought into the window. */
  takeReveal(): boolean {
    const due = this.#toReveal
    this.#toReveal = false
    return due
  }

  matchesOn(page: number): readonly FindMatch[] {
    return this.#matches.filter((match) => match.page === page)
  }

  #add(page: number, ranges: readonly (readonly [number, number])[]): void {
    if (ranges.length === 0) return
    const active = this.active
    const found = ranges.map(([start, end]): FindMatch => ({ page, start, end }))
    this.#matches = [...this.#matches, ...found].toSorted((a, b) => a.page - b.page || a.start - b.start)
    this.#active = this.#matches.indexOf(active ?? found[0]!)
    if (active === undefined) this.#goToActive()
  }

  #goToActive(): void {
    if (this.active === undefined) return
    this.#toReveal = true
    this.#goTo(this.active.page)
  }

  async #textOf(pdf: PDFDocumentProxy, number: number): Promise<string> {
    const texts = this.#texts.get(pdf) ?? new Map<number, string>()
    this.#texts.set(pdf, texts)
    const known = texts.get(number)
    if (known !== undefined) return known
    const text = await readText(pdf, number)
    texts.set(number, text)
    return text
  }
}

/** '' for a page that cannot be read: it has nothing to find. */
async function readText(pdf: PDFDocumentProxy, number: number): Promise<string> {
  try {
    const content = await (await pdf.getPage(number)).getTextContent()
    return joinRuns(content.items.filter((item): item is typeof item & TextRun => 'str' in item)).text
  } catch {
    return ''
  }
}
