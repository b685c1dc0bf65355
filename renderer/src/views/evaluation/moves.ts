import type { EvaluatedResult } from '../../../../electron/contracts/evaluation.ts'

/** How a passage of one ranking stands in the other. */
export interface Move {
  readonly result: EvaluatedResult
  /** From 0, in its own list. */
  readonly index: number
  /** From 0, in the other list; null where it is not among the best there. */
  readonly before: number | null
}

/** The places of one ranking, and where each was in the other. */
export function movesOf(mine: readonly EvaluatedResult[], others: readonly EvaluatedResult[]): Move[] {
  const places = new Map(others.map(({ docId }, index) => [docId, index]))
  return mine.map((result, index) => ({ result, index, before: places.get(result.docId) ?? null }))
}
