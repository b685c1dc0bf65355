import type { QueryDifference } from '../../../../electron/contracts/evaluation.ts'

/** More points than this cover each other. */
export const MAX_DRAWN = 600

/**
 * Queries to draw: all of them, or every n-th in the order of change, so that large and small changes keep their shares.
 * @param rows the largest change first
 */
export function drawnOf(rows: readonly QueryDifference[]): readonly QueryDifference[] {
  if (rows.length <= MAX_DRAWN) return rows
  const step = rows.length / MAX_DRAWN
  return Array.from({ length: MAX_DRAWN }, (_, index) => rows[Math.floor(index * step)]!)
}

/** The drawing area, in units of the drawing. */
export const PLOT = { left: 40, top: 10, width: 346, height: 346 } as const

/** Place of a query: the other system's value across, this one's up. */
export function pointOf({ value, other }: Pick<QueryDifference, 'value' | 'other'>): { x: number; y: number } {
  return { x: PLOT.left + clamp(other) * PLOT.width, y: PLOT.top + (1 - clamp(value)) * PLOT.height }
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}

/** The query drawn nearest to a place, within reach. */
export function nearest(
  rows: readonly QueryDifference[],
  place: { readonly x: number; readonly y: number },
  reach = 12,
): QueryDifference | undefined {
  let best: QueryDifference | undefined
  let least = reach ** 2
  for (const row of rows) {
    const { x, y } = pointOf(row)
    const distance = (x - place.x) ** 2 + (y - place.y) ** 2
    if (distance >= least) continue
    best = row
    least = distance
  }
  return best
}
