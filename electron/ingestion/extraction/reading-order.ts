/**
 * Puts the runs of a page into reading order. Most producers write text in the order it reads, so the order of the file
 * is kept unless the page shows that it is wrong: two columns written row by row, or lines in no order at all.
 */
import type { Box } from './page-frame.ts'

/** Share of steps upwards among all steps between overlapping runs above which the order of the file is not believed. */
const SCRAMBLED_SHARE = 0.2
const SCRAMBLED_MINIMUM = 4
/** Two columns are believed when this many rows are split at one place. */
const COLUMN_ROWS = 6
/** Characters on each side of the gutter, on average: below it the page holds a table, which reads row by row. */
const COLUMN_CHARACTERS = 18

export interface OrderedRun {
  readonly text: string
  /** Upright box: see `uprightBox`. */
  readonly upright: Box
}

export function readingOrder<Run extends OrderedRun>(runs: readonly Run[]): readonly Run[] {
  if (runs.length < 3) return runs
  if (isScrambled(runs)) return cut(runs)
  return splitColumns(runs)
}

/** Do both runs stand on one row, the second to the right of the first? */
export function onSameRow(a: Box, b: Box): boolean {
  const overlap = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return overlap > 0.5 * Math.min(a.height, b.height) && b.x >= a.x + a.width - 0.5 * a.height
}

/** A run above its predecessor and over the same part of the page is out of order; a new column is not. */
function isScrambled(runs: readonly OrderedRun[]): boolean {
  let upwards = 0
  let steps = 0
  for (let i = 1; i < runs.length; i++) {
    const a = (runs[i - 1] as OrderedRun).upright
    const b = (runs[i] as OrderedRun).upright
    if (Math.min(a.x + a.width, b.x + b.width) <= Math.max(a.x, b.x)) continue
    steps++
    if (b.y > a.y + a.height * 0.6) upwards++
  }
  return upwards >= SCRAMBLED_MINIMUM && upwards > steps * SCRAMBLED_SHARE
}

/** Undoes "left, right, left, right": finds stretches of rows split at one place and reads their left sides first. */
function splitColumns<Run extends OrderedRun>(runs: readonly Run[]): readonly Run[] {
  const rows = rowsOf(runs)
  if (rows.filter((row) => row.length === 2).length < COLUMN_ROWS) return runs
  const result: Run[] = []
  let at = 0
  while (at < rows.length) {
    const stretch = columnStretch(rows, at)
    if (!stretch) {
      result.push(...(rows[at++] as Run[]))
      continue
    }
    const block = rows.slice(at, stretch.end).flat()
    result.push(...block.filter((run) => isLeft(run, stretch.gutter)))
    result.push(...block.filter((run) => !isLeft(run, stretch.gutter)))
    at = stretch.end
  }
  return result
}

function rowsOf<Run extends OrderedRun>(runs: readonly Run[]): Run[][] {
  const rows: Run[][] = []
  for (const run of runs) {
    const row = rows.at(-1)
    const last = row?.at(-1)
    if (row && last && onSameRow(last.upright, run.upright)) row.push(run)
    else rows.push([run])
  }
  return rows
}

/** The rows from `start` on that share a gutter, if they are prose in two columns. */
function columnStretch(
  rows: readonly (readonly OrderedRun[])[],
  start: number,
): { end: number; gutter: number } | undefined {
  if (rows[start]?.length !== 2) return undefined
  let low = -Infinity
  let high = Infinity
  let end = start
  let pairs = 0
  let characters = 0
  for (; end < rows.length; end++) {
    const row = rows[end] as readonly OrderedRun[]
    const [left, right] = row
    if (!left || row.length > 2) break
    if (right) {
      const nextLow = Math.max(low, left.upright.x + left.upright.width)
      const nextHigh = Math.min(high, right.upright.x)
      if (nextLow >= nextHigh) break
      low = nextLow
      high = nextHigh
      pairs++
      characters += Math.min(left.text.length, right.text.length)
    } else if (left.upright.x < high && left.upright.x + left.upright.width > low) break
  }
  if (pairs < COLUMN_ROWS || characters < pairs * COLUMN_CHARACTERS) return undefined
  return { end, gutter: (low + high) / 2 }
}

function isLeft(run: OrderedRun, gutter: number): boolean {
  return run.upright.x < gutter
}

/**
 * Recursive XY cut (Nagy and Seth 1984): a group is cut at an empty vertical strip into columns, else at the widest empty
 * horizontal strip, else sorted from the top.
 */
function cut<Run extends OrderedRun>(runs: readonly Run[]): readonly Run[] {
  if (runs.length < 2) return runs
  const lineHeight = median(runs.map((run) => run.upright.height))
  const column = widestGap(runs, (box) => [box.x, box.x + box.width])
  if (column && column.size > lineHeight) {
    const [left, right] = partition(runs, ({ x }) => x < column.at)
    // A strip beside a single run is a label or a page number, not a column.
    if (left.length > 1 && right.length > 1 && !isTable(left, right)) return [...cut(left), ...cut(right)]
  }
  const row = widestGap(runs, (box) => [box.y, box.y + box.height])
  if (row && row.size > lineHeight * 0.1) {
    const [above, below] = partition(runs, ({ y }) => y >= row.at)
    return [...cut(above), ...cut(below)]
  }
  return [...runs].sort((a, b) => compareFromTop(a.upright, b.upright))
}

/** Most runs on the left have a partner on their row, and they are short: cells, which read row by row. */
function isTable(left: readonly OrderedRun[], right: readonly OrderedRun[]): boolean {
  const partners = left.filter((a) => right.some((b) => onSameRow(a.upright, b.upright)))
  const characters = left.reduce((sum, run) => sum + run.text.length, 0)
  return partners.length * 2 > left.length && characters < left.length * COLUMN_CHARACTERS
}

function compareFromTop(a: Box, b: Box): number {
  const overlap = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  if (overlap > 0.5 * Math.min(a.height, b.height)) return a.x - b.x
  return b.y - a.y
}

/** The widest stretch that no run covers, between the covered ones. */
function widestGap(
  runs: readonly OrderedRun[],
  interval: (box: Box) => readonly [number, number],
): { at: number; size: number } | undefined {
  const intervals = runs.map((run) => interval(run.upright)).sort((a, b) => a[0] - b[0])
  let reached = intervals[0]?.[1] ?? 0
  let best: { at: number; size: number } | undefined
  for (const [from, to] of intervals) {
    if (from > reached && from - reached > (best?.size ?? 0)) best = { at: (reached + from) / 2, size: from - reached }
    reached = Math.max(reached, to)
  }
  return best
}

function partition<Run extends OrderedRun>(
  runs: readonly Run[],
  isFirst: (box: Box) => boolean,
): readonly [readonly Run[], readonly Run[]] {
  return [runs.filter((run) => isFirst(run.upright)), runs.filter((run) => !isFirst(run.upright))]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
