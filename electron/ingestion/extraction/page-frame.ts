/** Boxes, and the frame in which a page reads: turned so that its text runs left to right. */

export interface Box {
  readonly x: number
  /** Lower edge. */
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The box as seen after the page is turned clockwise by `turn` quarter turns, so that text of that turn is upright. */
export function uprightBox(box: Box, turn: number): Box {
  const { x, y, width, height } = box
  if (turn === 1) return { x: y, y: -(x + width), width: height, height: width }
  if (turn === 2) return { x: -(x + width), y: -(y + height), width, height }
  if (turn === 3) return { x: -(y + height), y: x, width: height, height: width }
  return box
}
