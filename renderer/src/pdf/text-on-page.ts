import { joinRuns, partsOf, type PageText, type TextRun } from './page-text.ts'
import type { ShownBox } from './page-boxes.ts'
import type { PlacedWord } from './snap-keywords.ts'

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** The text layer of a page as a measure: where the browser has put which words. Boxes are in points of the page as shown. */
export class TextOnPage {
  readonly #runs: readonly TextRun[]
  /** One element for each run. */
  readonly #elements: readonly HTMLElement[]
  readonly #sheet: HTMLElement
  readonly #width: number
  readonly #text: PageText

  /**
   * @param sheet the element that the layer covers
   * @param width of the page as shown, in points
   */
  constructor(runs: readonly TextRun[], elements: readonly HTMLElement[], sheet: HTMLElement, width: number) {
    this.#runs = runs
    this.#elements = elements
    this.#sheet = sheet
    this.#width = width
    this.#text = joinRuns(runs)
  }

  /** Boxes of the characters [start, end) of the page's text, one or more for each printed line. */
  boxesOf(start: number, end: number): ShownBox[] {
    const toPoints = this.#measure()
    return partsOf(this.#text, this.#runs, start, end).flatMap(({ run, from, to }) =>
      this.#rectsOf(run, from, to).map(toPoints),
    )
  }

  /** The words on the printed lines that the given boxes touch. */
  wordsNear(boxes: readonly ShownBox[]): PlacedWord[] {
    const toPoints = this.#measure()
    return this.#runs.flatMap((run, index) => {
      const element = this.#elements[index]
      if (element === undefined || run.str.trim() === '') return []
      const line = toPoints(element.getBoundingClientRect())
      if (!boxes.some((box) => box.top < line.top + line.height && line.top < box.top + box.height)) return []
      return [...run.str.matchAll(WORD)].flatMap((word) =>
        this.#rectsOf(index, word.index, word.index + word[0].length).map((rect) => ({
          text: word[0],
          box: toPoints(rect),
        })),
      )
    })
  }

  #rectsOf(run: number, from: number, to: number): DOMRect[] {
    const node = this.#elements[run]?.firstChild
    if (node?.nodeType !== Node.TEXT_NODE) return []
    const range = document.createRange()
    const length = node.textContent?.length ?? 0
    range.setStart(node, Math.min(from, length))
    range.setEnd(node, Math.min(to, length))
    return [...range.getClientRects()]
  }

  #measure(): (rect: DOMRect) => ShownBox {
    const sheet = this.#sheet.getBoundingClientRect()
    const points = this.#width / sheet.width
    return (rect) => ({
      left: (rect.left - sheet.left) * points,
      top: (rect.top - sheet.top) * points,
      width: rect.width * points,
      height: rect.height * points,
    })
  }
}
