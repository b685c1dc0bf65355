import type { PageBox, PassageBoxes } from '../contracts/documents.ts'
import type { StoredPage } from '../storage/index.ts'
import type { TextLine } from '../text/page.ts'
import { matchRanges } from '../text/snippet.ts'

type PageWithLines = Pick<StoredPage, 'number' | 'text' | 'lines'>

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
    return { page: page.number, boxes: boxesOf(page.lines, start, end) }
  })
}

/** Where the query's words stand inside a passage. */
export function keywordBoxes(passage: PassageSpan, pages: readonly PageWithLines[], query: string): PassageBoxes {
  return pages.map((page) => {
    const [start, end] = spanOn(passage, page)
    const ranges = matchRanges(page.text.slice(start, end), query)
    return { page: page.number, boxes: ranges.flatMap(([from, to]) => boxesOf(page.lines, start + from, start + to)) }
  })
}

function spanOn(passage: PassageSpan, page: PageWithLines): [number, number] {
  const start = page.number === passage.pageStart ? passage.charStart : 0
  const end = page.number === passage.pageEnd ? passage.charEnd : page.text.length
  return [start, end]
}

/** Boxes of the characters [start, end): a line that lies only partly inside is cut in proportion to its characters. */
function boxesOf(lines: readonly TextLine[], start: number, end: number): PageBox[] {
  const boxes: PageBox[] = []
  for (const line of lines) {
    const from = Math.max(start, line.start)
    const to = Math.min(end, line.end)
    if (from >= to) continue
    const perCharacter = line.width / Math.max(1, line.end - line.start)
    boxes.push({
      x: line.x + (from - line.start) * perCharacter,
      y: line.y,
      width: (to - from) * perCharacter,
      height: line.height,
    })
  }
  return boxes
}
