/** Cuts pages into blocks, the smallest units the chunker moves: headings, paragraphs, list items and table rows. */
import {
  bodyStyle,
  HeadingPath,
  headingRank,
  headingText,
  type BodyStyle,
  type HeadingPlace,
  type HeadingRank,
} from './headings.ts'
import type { PageText, TextLine } from './page.ts'
import { LIST_ITEM } from './sentences.ts'
import { countTokens } from './tokens.ts'
import { skipWhiteSpace, trimWhiteSpace } from './white-space.ts'

export interface Block {
  /** Index of the page in the array given, not its number. */
  readonly page: number
  /** Half-open range in the text of the page, without white space at its ends. */
  readonly start: number
  readonly end: number
  readonly tokens: number
  /** `title`: a short line that heads what follows, without the looks of a heading; it opens no section. */
  readonly kind: 'heading' | 'title' | 'text' | 'item' | 'row'
  /** Counts up with every heading; equal for all blocks under one heading, and for the heading itself. */
  readonly section: number
  /** Headings above the block; for a heading, itself included. */
  readonly headings: readonly string[]
  /** The paragraph of the previous page runs on in this block. */
  readonly runsOn: boolean
  /** The caller asked for a passage to start here. */
  readonly forced: boolean
}

/** A place in a document: 1-based page number and offset in `PageText.text`. */
export interface TextPosition {
  readonly page: number
  readonly offset: number
}

/** Blocks of a document in reading order. Together they hold every character that is not white space exactly once. */
export function documentBlocks(pages: readonly PageText[], breaks: readonly TextPosition[] = []): Block[] {
  const builder = new BlockBuilder(bodyStyle(pages))
  const breaksOfPage = new Map<number, number[]>()
  for (const { page, offset } of breaks) {
    const offsets = breaksOfPage.get(page)
    if (offsets) offsets.push(offset)
    else breaksOfPage.set(page, [offset])
  }
  pages.forEach((page, index) => {
    builder.addPage(page, index, breaksOfPage.get(page.number)?.sort((a, b) => a - b) ?? [])
  })
  return builder.blocks
}

class BlockBuilder {
  readonly blocks: Block[] = []
  readonly #body: BodyStyle
  readonly #path = new HeadingPath()
  #section = 0
  #headings: readonly string[] = []
  #lastText = ''
  #lastRank: HeadingRank | undefined

  constructor(body: BodyStyle) {
    this.#body = body
  }

  addPage(page: PageText, index: number, breaks: readonly number[]): void {
    const { text, lines } = page
    let line = 0
    let at = 0
    while (at < text.length) {
      let end = text.indexOf('\n\n', at)
      if (end < 0) end = text.length
      while (line < lines.length && (lines[line]?.end ?? 0) <= at) line++
      // A heading is not always set off by a blank line: look at every run of lines of one look in the paragraph.
      let bodyFrom = at
      let runFrom = at
      while (runFrom < end) {
        const first = lineBefore(lines[line], end)
        let next = lineBefore(lines[line + 1], end)
        while (first && next && sameLook(first, next)) next = lineBefore(lines[++line + 1], end)
        line++
        const runTo = next && next.start > runFrom ? next.start : end
        const place = runFrom > at ? 'inner' : runTo === end ? 'alone' : 'first'
        const rank = this.#rank(text, runFrom, runTo, first, place)
        if (rank) {
          this.#addBody(text, index, bodyFrom, runFrom, breaks)
          this.#addHeading(text, index, runFrom, runTo, rank, breaks.includes(runFrom))
          bodyFrom = runTo
        }
        runFrom = runTo
      }
      this.#addBody(text, index, bodyFrom, end, breaks)
      line = Math.max(0, line - 1)
      at = end + 2
    }
  }

  #rank(
    text: string,
    start: number,
    end: number,
    line: TextLine | undefined,
    place: HeadingPlace,
  ): HeadingRank | undefined {
    if (end - start > 400) return undefined
    return headingRank(text.slice(start, end).trim(), line?.fontSize ?? 0, line?.bold ?? false, this.#body, place)
  }

  #addHeading(text: string, page: number, start: number, end: number, rank: HeadingRank, forced: boolean): void {
    const title = headingText(text.slice(start, end))
    const before = this.blocks.at(-1)
    // A title set in several lines of the same look is one heading.
    const continues =
      before?.kind === 'heading' &&
      before.page === page &&
      rank.depth === undefined &&
      this.#lastRank?.prominence === rank.prominence &&
      before.tokens <= 16
    if (!continues) this.#section++
    const whole = continues ? `${before.headings.at(-1) ?? ''} ${title}` : title
    this.#headings = this.#path.enter(whole, rank)
    this.#lastRank = rank
    this.#push(text, page, start, end, 'heading', forced)
  }

  /** Splits at single line feeds (items, table rows) and at the breaks asked for. */
  #addBody(text: string, page: number, start: number, end: number, breaks: readonly number[]): void {
    const feed = start < end ? text.indexOf('\n', start) : -1
    const isTable = feed >= 0 && feed < end
    let at = start
    while (at < end) {
      let to = isTable ? text.indexOf('\n', at) : end
      if (to < 0 || to > end) to = end
      const wanted = breaks.find((offset) => offset > at)
      if (wanted !== undefined && wanted < to) to = wanted
      const head = text.slice(at, Math.min(to, at + 12)).trimStart()
      const kind = LIST_ITEM.test(head) ? 'item' : isTable ? 'row' : isTitle(text, at, to) ? 'title' : 'text'
      this.#push(text, page, at, to, kind, breaks.includes(at))
      at = to
      if (text.charCodeAt(at) === 0x0a) at++
    }
  }

  #push(text: string, page: number, from: number, to: number, kind: Block['kind'], forced: boolean): void {
    const start = skipWhiteSpace(text, from, to)
    const end = trimWhiteSpace(text, start, to)
    if (start === end) return
    const before = this.blocks.at(-1)
    const runsOn = before !== undefined && before.page !== page && kind === 'text' && this.#runsOn(before, text, start)
    this.blocks.push({
      page,
      start,
      end,
      tokens: countTokens(text, start, end),
      kind,
      section: this.#section,
      headings: this.#headings,
      runsOn,
      forced,
    })
    this.#lastText = text
  }

  /** A small letter at the top of a page, after a block that does not end a sentence. */
  #runsOn(before: Block, text: string, start: number): boolean {
    if (before.kind === 'heading') return false
    const lastChar = this.#lastText.charAt(before.end - 1)
    return !'.!?:;'.includes(lastChar) && /^[\p{Ll}\p{N}(]/u.test(text.slice(start, start + 2))
  }
}

const TITLE = /^\p{Lu}[^.!?;:]*$/u

/** A few words that start with a capital and do not end like a sentence, in a paragraph of their own. */
function isTitle(text: string, start: number, end: number): boolean {
  return end - start <= 70 && TITLE.test(text.slice(start, end).trim())
}

function lineBefore(line: TextLine | undefined, end: number): TextLine | undefined {
  return line && line.start < end ? line : undefined
}

function sameLook(a: TextLine, b: TextLine): boolean {
  return a.bold === b.bold && Math.abs(a.fontSize - b.fontSize) <= 0.6
}
