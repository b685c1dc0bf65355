import type { PageBox, PassageBoxes } from '../contracts/documents.ts'
import type { StoredPage } from '../storage/index.ts'
import type { TextLine } from '../text/page.ts'
import { matchRanges } from '../text/snippet.ts'

type PageWithLines = Pick<StoredPage, 'number' | 'text' | 'lines' | 'rotation'>

interface PassageSpan {
  readonly pageStart: number
  readonly pageEnd: number
  readonly charStart: number
  readonly charEnd: number
}

/** Where a passage stands on its pages: one box per printed line, in PDF points. */
export function passageBoxes(passage: PassageSpan, pages: readonly PageWithLines[]): PassageBoxes {
  return pages.map((page) => {
    const [start, end] = spanOn(passage, page)
    return { page: page.number, boxes: boxesOf(page, start, end) }
  })
}

/** Where the query's words stand inside a passage. */
export function keywordBoxes(passage: PassageSpan, pages: readonly PageWithLines[], query: string): PassageBoxes {
  return pages.map((page) => {
    const [start, end] = spanOn(passage, page)
    const ranges = matchRanges(page.text.slice(start, end), query)
    return { page: page.number, boxes: ranges.flatMap(([from, to]) => boxesOf(page, start + from, start + to)) }
  })
}

function spanOn(passage: PassageSpan, page: PageWithLines): [number, number] {
  const start = page.number === passage.pageStart ? passage.charStart : 0
  const end = page.number === passage.pageEnd ? passage.charEnd : page.text.length
  return [start, end]
}

/** Boxes of the characters [start, end): a line that lies only partly inside is cut in proportion to its characters. */
function boxesOf({ lines, rotation }: PageWithLines, start: number, end: number): PageBox[] {
  const boxes: PageBox[] = []
  for (const line of lines) {
    const from = Math.max(start, line.start)
    const to = Math.min(end, line.end)
    if (from >= to) continue
    const length = Math.max(1, line.end - line.start)
    boxes.push(cutAlong(line, (from - line.start) / length, (to - line.start) / length, rotation))
  }
  return boxes
}

/**
 * The part [from, to) of a line, as shares of its length, in the direction it is read: on a page that is shown turned by 90
 * degrees the lines of the unrotated page run upwards, on one turned by 270 downwards.
 */
function cutAlong(line: TextLine, from: number, to: number, rotation: number): PageBox {
  const { x, y, width, height } = line
  const several = line.end - line.start > 2
  const vertical = several ? height > width : rotation % 180 !== 0
  const [low, high] = rotation === (vertical ? 270 : 180) ? [1 - to, 1 - from] : [from, to]
  return vertical
    ? { x, y: y + low * height, width, height: (high - low) * height }
    : { x: x + low * width, y, width: (high - low) * width, height }
}
