import type { PassageBoxes } from '../../../electron/contracts/documents.ts'
import { boxOnShownPage, outlineBlocks, shownSize, type PageFrame, type ShownBox } from './page-boxes.ts'
import {
  anchorAt,
  heightOf,
  layOutPages,
  pageAt,
  pagesBetween,
  PIXELS_PER_POINT,
  zoomStep,
  type Anchor,
  type PageLayout,
  type Zoom,
} from './page-layout.ts'
import { DocumentFind } from './document-find.svelte.ts'
import { PdfShelf } from './pdf-shelf.ts'
import type { PDFDocumentProxy } from './pdfjs.ts'
import { RenderQueue } from './render-queue.ts'

/** A file to show. The pages' sizes are known before the file is read, so that nothing moves when it arrives. */
export interface ViewerFile {
  readonly url: string
  readonly pages: readonly (PageFrame & { readonly number: number })[]
}

/** Where to look: a page, and on it the passage that is meant. */
export interface ViewerPlace {
  /** From 1. */
  readonly page: number
  readonly passage: PassageBoxes
  readonly keywords: PassageBoxes
  /** Words the keyword boxes stand for; they tell which printed word a box means. */
  readonly terms: readonly string[]
}

export type ViewerStatus = 'empty' | 'opening' | 'locked' | 'open' | 'failed'

/** A point of the document and where in the window it is to stand: `share` of its height and `inset` pixels below its upper edge. */
export interface ScrollRequest {
  readonly anchor: Anchor
  readonly share: number
  readonly inset: number
  /** Points from the page's left edge that are to be in the window too. */
  readonly left?: number | undefined
}

const LETTER: PageFrame = { width: 612, height: 792, rotation: 0 }
/** The passage begins this far down the window. */
const PLACE_SHARE = 0.22
/** Where the window's page is taken from when the zoom changes. */
const ZOOM_SHARE = 0.33
/** Grey above a page that is gone to. */
const PAGE_INSET = 8

/** What the PDF viewer shows: a file, its pages in a column, the zoom, and the place that is meant. */
export class Viewer {
  #file = $state.raw<ViewerFile | null>(null)
  #pdf = $state.raw<PDFDocumentProxy | null>(null)
  #status = $state.raw<ViewerStatus>('empty')
  #wrongPassword = $state.raw(false)
  #failure = $state.raw('')
  #progress = $state.raw<number | null>(null)
  #frames = $state.raw<readonly PageFrame[]>([])
  #zoom = $state.raw<Zoom>('width')
  #width = $state.raw(0)
  #height = $state.raw(0)
  #scrollTop = $state.raw(0)
  #place = $state.raw<ViewerPlace | null>(null)
  #scrollRequest = $state.raw<ScrollRequest | null>(null)
  #answerPassword: ((password: string) => void) | undefined

  readonly queue = new RenderQueue()
  readonly find: DocumentFind
  readonly #shelf: PdfShelf

  constructor(shelf: PdfShelf = new PdfShelf()) {
    this.#shelf = shelf
    this.find = new DocumentFind((page) => this.goTo(page))
  }

  readonly layout: PageLayout = $derived(layOutPages(this.#frames.map(shownSize), this.#zoom, this.#width))

  get file(): ViewerFile | null {
    return this.#file
  }
  /** null until the file has been opened. */
  get pdf(): PDFDocumentProxy | null {
    return this.#pdf
  }
  get status(): ViewerStatus {
    return this.#status
  }
  get wrongPassword(): boolean {
    return this.#wrongPassword
  }
  /** What the reader said, when the status is 'failed'. */
  get failure(): string {
    return this.#failure
  }
  /** Share of the file read while it is opening, when its length is known. */
  get progress(): number | null {
    return this.#progress
  }
  get frames(): readonly PageFrame[] {
    return this.#frames
  }
  get pageCount(): number {
    return this.#frames.length
  }
  get zoom(): Zoom {
    return this.#zoom
  }
  /** Of the window, in CSS pixels; 0 until it is there. */
  get width(): number {
    return this.#width
  }
  get place(): ViewerPlace | null {
    return this.#place
  }
  /** Where the window is to be moved; the component does it. */
  get scrollRequest(): ScrollRequest | null {
    return this.#scrollRequest
  }
  /** Page in the upper third of the window, from 1. */
  readonly page: number = $derived(
    this.pageCount === 0 ? 0 : pageAt(this.layout, this.#scrollTop + this.#height * ZOOM_SHARE) + 1,
  )
  /** Magnification of that page; 1 is the printed size. */
  readonly shownZoom: number = $derived((this.layout.scales[this.page - 1] ?? PIXELS_PER_POINT) / PIXELS_PER_POINT)
  /** Indices of the pages to have in the document: those in the window and one more on either side. */
  readonly visible: readonly number[] = $derived.by(() => {
    if (this.pageCount === 0 || this.#width === 0) return []
    const [first, last] = pagesBetween(this.layout, this.#scrollTop, this.#scrollTop + this.#height)
    const from = Math.max(0, first - 1)
    return Array.from({ length: Math.min(this.pageCount - 1, last + 1) - from + 1 }, (_, index) => from + index)
  })

  /** Opens a file, or goes on showing it. The place is set by `show`. */
  async open(file: ViewerFile): Promise<void> {
    if (file.url === this.#file?.url && this.#status !== 'failed') return
    this.#file = file
    this.#pdf = null
    this.#status = 'opening'
    this.#progress = null
    this.#wrongPassword = false
    this.#place = null
    this.#frames = framesOf(file, 0)
    this.find.close()
    const wanted = (): boolean => this.#file === file
    try {
      const pdf = await this.#shelf.open(file.url, {
        onpassword: (answer, wrong) => {
          if (!wanted()) return
          this.#answerPassword = answer
          this.#wrongPassword = wrong
          this.#status = 'locked'
        },
        onprogress: (loaded, total) => {
          if (wanted() && total > 0) this.#progress = Math.min(1, loaded / total)
        },
      })
      if (!wanted()) return
      this.#pdf = pdf
      this.#status = 'open'
      if (pdf.numPages !== this.#frames.length) this.#frames = framesOf(file, pdf.numPages)
    } catch (error) {
      if (!wanted()) return
      this.#failure = error instanceof Error ? error.message : String(error)
      this.#status = 'failed'
    }
  }

  close(): void {
    this.#file = null
    this.#pdf = null
    this.#status = 'empty'
    this.#frames = []
    this.#place = null
    this.find.close()
  }

  submitPassword(password: string): void {
    if (this.#status !== 'locked') return
    this.#status = 'opening'
    this.#answerPassword?.(password)
  }

  /** Outlines a passage and goes to it. */
  show(place: ViewerPlace): void {
    this.#place = place
    const [first] = this.outlineOn(place.page)
    const top = first === undefined ? 0 : first.top / (this.#shownFrame(place.page)?.height ?? 1)
    this.#scrollRequest = {
      anchor: { page: place.page - 1, share: top },
      share: first === undefined ? 0 : PLACE_SHARE,
      inset: first === undefined ? PAGE_INSET : 0,
      left: first?.left,
    }
  }

  /** @param page from 1; beyond the ends the nearest one */
  goTo(page: number): void {
    const index = Math.min(this.pageCount, Math.max(1, Math.round(page))) - 1
    this.#scrollRequest = { anchor: { page: index, share: 0 }, share: 0, inset: PAGE_INSET }
  }

  /** Brings a box of a page (from 1) into the window, unless it is there. */
  reveal(page: number, box: ShownBox): void {
    const index = page - 1
    const top = (this.layout.tops[index] ?? 0) + box.top * (this.layout.scales[index] ?? 1)
    if (top > this.#scrollTop + PAGE_INSET && top < this.#scrollTop + this.#height * 0.85) return
    const share = box.top / (this.#shownFrame(page)?.height ?? 1)
    this.#scrollRequest = { anchor: { page: index, share }, share: ZOOM_SHARE, inset: 0, left: box.left }
  }

  setZoom(zoom: Zoom): void {
    this.#keepingPlace(() => {
      this.#zoom = zoom
    })
  }

  stepZoom(direction: 1 | -1): void {
    this.setZoom(zoomStep(this.shownZoom, direction))
  }

  /** The window's size in CSS pixels, without the scroll bar. */
  resized(width: number, height: number): void {
    if (width !== this.#width && this.#zoom === 'width' && this.#width > 0) {
      this.#keepingPlace(() => {
        this.#width = width
        this.#height = height
      })
    }
    const first = this.#width === 0
    this.#width = width
    this.#height = height
    // What was asked for before there was a window is carried out now.
    if (first && this.#scrollRequest !== null) this.#scrollRequest = { ...this.#scrollRequest }
  }

  scrolled(top: number): void {
    this.#scrollTop = top
  }

  /** Height of the column to scroll to for a request. */
  topOf(request: ScrollRequest): number {
    return Math.max(0, heightOf(this.layout, request.anchor) - this.#height * request.share - request.inset)
  }

  /** Outlines of the passage on a page (from 1), in points as shown. */
  outlineOn(page: number): readonly ShownBox[] {
    return outlineBlocks(this.#boxesOn(this.#place?.passage, page))
  }

  /** Where the query's words stand on a page (from 1), in points as shown; computed, so near the words rather than on them. */
  keywordsOn(page: number): readonly ShownBox[] {
    return this.#boxesOn(this.#place?.keywords, page)
  }

  /** How soon a page (index from 0) is to be drawn: pages in the window first, from its middle. */
  urgencyOf(index: number): number {
    const middle = this.#scrollTop + this.#height / 2
    return Math.abs((this.layout.tops[index] ?? 0) + (this.layout.heights[index] ?? 0) / 2 - middle)
  }

  #boxesOn(boxes: PassageBoxes | undefined, page: number): ShownBox[] {
    const frame = this.#frames[page - 1]
    const on = boxes?.find((one) => one.page === page)?.boxes
    return frame === undefined || on === undefined ? [] : on.map((box) => boxOnShownPage(box, frame))
  }

  #shownFrame(page: number): { readonly height: number } | undefined {
    const frame = this.#frames[page - 1]
    return frame && shownSize(frame)
  }

  #keepingPlace(change: () => void): void {
    const offset = this.#height * ZOOM_SHARE
    const anchor = anchorAt(this.layout, this.#scrollTop + offset)
    change()
    if (this.pageCount === 0) return
    this.#scrollRequest = { anchor, share: ZOOM_SHARE, inset: 0 }
    // At once, so that the pages drawn next are the ones that stay in the window.
    this.#scrollTop = Math.max(0, heightOf(this.layout, anchor) - offset)
  }
}

/** Frames of all pages; a page the library could not read is taken to be like the first. */
function framesOf(file: ViewerFile, pageCount: number): PageFrame[] {
  const byNumber = new Map(file.pages.map((page) => [page.number, page]))
  const count = Math.max(pageCount, ...byNumber.keys(), 0)
  const usual = file.pages[0] ?? LETTER
  return Array.from({ length: count }, (_, index) => byNumber.get(index + 1) ?? usual)
}
