/** Decides where the printed runs of a page join to a paragraph and where a new row or paragraph begins. */
import { LIST_ITEM } from '../../text/sentences.ts'
import { onSameRow, type OrderedRun } from './reading-order.ts'

/**
 * What stands between a run and the one before it: `join` (the sentence goes on; a line-end hyphen may be dissolved),
 * `cell` (same table row), `row` (next row of a table: one line feed), `paragraph` (a blank line).
 */
export type Separation = 'join' | 'cell' | 'row' | 'paragraph'

export interface LayoutRun extends OrderedRun {
  readonly fontSize: number
  readonly turn: number
  readonly bold: boolean
}

/** The turn of a filled form field: each is a paragraph of its own. */
export const FIELD_TURN = -1
/** Line distance, in font sizes, of text whose page does not tell. */
const USUAL_LEADING = 1.2
/** A paragraph starts where the line distance exceeds the usual one by this factor. */
const WIDER_LEADING = 1.25
const TABLE_LEADING = 3
const SIZE_CHANGE = 1.12
/** A line that ends before this share of the column's width does not run on by itself. */
const SHORT_LINE = 0.6

/** @returns for each run how it is separated from the one before; the first is `paragraph`. */
export function separations(runs: readonly LayoutRun[]): Separation[] {
  const leading = usualLeading(runs)
  const isCell = cells(runs)
  const result: Separation[] = []
  let columnRight = 0
  let columnLeft = 0
  runs.forEach((run, index) => {
    const before = runs[index - 1]
    const separation = before
      ? separate(before, run, leading, isCell.has(index - 1), isCell.has(index), columnLeft, columnRight)
      : 'paragraph'
    result.push(separation)
    const { x, width } = run.upright
    if (!before || startsColumn(before, run)) {
      columnLeft = x
      columnRight = x + width
    } else {
      columnLeft = Math.min(columnLeft, x)
      columnRight = Math.max(columnRight, x + width)
    }
  })
  return result
}

function separate(
  a: LayoutRun,
  b: LayoutRun,
  leading: number,
  aIsCell: boolean,
  bIsCell: boolean,
  columnLeft: number,
  columnRight: number,
): Separation {
  if (a.turn !== b.turn || a.turn === FIELD_TURN) return 'paragraph'
  if (aIsCell && bIsCell && onSameRow(a.upright, b.upright)) return 'cell'
  const size = Math.max(a.fontSize, b.fontSize)
  const distance = (a.upright.y - b.upright.y) / (size || 1)
  // Rows of a table stand further apart than lines of text.
  if (aIsCell && bIsCell && distance > 0.3 && distance < TABLE_LEADING) return 'row'
  const runsOn = /^\p{Ll}/u.test(b.text) && !/[.!?:;]["”’)]?$/.test(a.text)
  if (startsColumn(a, b)) return runsOn && sameSize(a, b) && !aIsCell ? 'join' : 'paragraph'
  if (!sameSize(a, b) || a.bold !== b.bold || isCapitals(a.text) !== isCapitals(b.text)) return 'paragraph'
  if (distance > leading * WIDER_LEADING && distance > 1) return 'paragraph'
  if (aIsCell || bIsCell) return 'row'
  if (LIST_ITEM.test(b.text)) return 'paragraph'
  const endsSentence = /[.!?:]["”’)]?$/.test(a.text)
  const indent = b.upright.x - a.upright.x
  if (endsSentence && indent > size && indent < 5 * size) return 'paragraph'
  const columnWidth = columnRight - columnLeft
  const isShort = a.upright.x + a.upright.width - columnLeft < columnWidth * SHORT_LINE
  if (isShort && !runsOn) return 'paragraph'
  const room = columnRight - (a.upright.x + a.upright.width)
  if (endsSentence && !runsOn && room > columnWidth * 0.15) return 'paragraph'
  return 'join'
}

/** A heading in capitals before or after running text; a lone capital or number is either. */
function isCapitals(text: string): boolean {
  return /\p{Lu}{4}/u.test(text) && !/\p{Ll}/u.test(text)
}

/** Is `b` beside or above `a`, so that reading jumps? */
function startsColumn(a: LayoutRun, b: LayoutRun): boolean {
  const isBelow = b.upright.y < a.upright.y - 0.3 * a.upright.height
  const overlaps =
    Math.min(a.upright.x + a.upright.width, b.upright.x + b.upright.width) > Math.max(a.upright.x, b.upright.x)
  return !isBelow || !overlaps
}

function sameSize(a: LayoutRun, b: LayoutRun): boolean {
  const [small, large] = a.fontSize < b.fontSize ? [a.fontSize, b.fontSize] : [b.fontSize, a.fontSize]
  return large <= small * SIZE_CHANGE
}

/** Indexes of the runs that share their row with another run of a table or form. */
function cells(runs: readonly LayoutRun[]): ReadonlySet<number> {
  const result = new Set<number>()
  for (let i = 1; i < runs.length; i++) if (areCells(runs, i)) result.add(i - 1).add(i)
  return result
}

/**
 * Are the run at `index` and the one before it neighbours in a row? The last line of a column may stand level with the
 * first line of the next: there the first run goes on from the line above it, and the second goes on below it.
 */
function areCells(runs: readonly LayoutRun[], index: number): boolean {
  const [above, a, b, below] = [runs[index - 2], runs[index - 1], runs[index], runs[index + 1]]
  if (!a || !b || !onSameRow(a.upright, b.upright)) return false
  const switchesColumn = above && below && isStraightBelow(above, a) && isStraightBelow(b, below)
  return !switchesColumn
}

function isStraightBelow(a: LayoutRun, b: LayoutRun): boolean {
  return !onSameRow(a.upright, b.upright) && !startsColumn(a, b)
}

/** Median distance of neighbouring lines in font sizes. */
function usualLeading(runs: readonly LayoutRun[]): number {
  const distances: number[] = []
  for (let i = 1; i < runs.length; i++) {
    const a = runs[i - 1] as LayoutRun
    const b = runs[i] as LayoutRun
    if (!sameSize(a, b) || startsColumn(a, b)) continue
    const distance = (a.upright.y - b.upright.y) / (b.fontSize || 1)
    if (distance > 0.8 && distance < 2.2) distances.push(distance)
  }
  if (distances.length < 3) return USUAL_LEADING
  return distances.sort((x, y) => x - y)[distances.length >> 1] ?? USUAL_LEADING
}
