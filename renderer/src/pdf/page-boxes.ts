import type { PageBox } from '../../../electron/contracts/documents.ts'

/** A page as the library stores it: size in points before it is turned, and by how much it is turned clockwise. */
export interface PageFrame {
  readonly width: number
  readonly height: number
  /** 0, 90, 180 or 270. */
  readonly rotation: number
}

/** A rectangle on the page as it is shown, in points, origin at the top left. */
export interface ShownBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Size of a page as it is shown, in points. */
export function shownSize(page: PageFrame): { readonly width: number; readonly height: number } {
  return page.rotation % 180 === 0
    ? { width: page.width, height: page.height }
    : { width: page.height, height: page.width }
}

/**
 * Turns a stored box (unrotated page, origin at the bottom left) with its page. Gives what
 * `viewport.convertToViewportRectangle` gives for a box moved to the page's view, but before the page has been read.
 */
export function boxOnShownPage(box: PageBox, page: PageFrame): ShownBox {
  const left = box.x
  const right = page.width - box.x - box.width
  const bottom = box.y
  const top = page.height - box.y - box.height
  switch (((page.rotation % 360) + 360) % 360) {
    case 90:
      return { left: bottom, top: left, width: box.height, height: box.width }
    case 180:
      return { left: right, top: bottom, width: box.width, height: box.height }
    case 270:
      return { left: top, top: right, width: box.height, height: box.width }
    default:
      return { left, top, width: box.width, height: box.height }
  }
}

/** Lines further apart than this many line heights belong to different blocks. */
const BLOCK_GAP = 2.2

/**
 * The outlines of a passage: its lines joined to blocks, so that a paragraph is one rectangle, and a passage that runs from
 * one column into the next is two and never covers what stands between.
 */
export function outlineBlocks(lines: readonly ShownBox[]): ShownBox[] {
  const blocks: ShownBox[] = []
  for (const line of lines) {
    const last = blocks.at(-1)
    if (last !== undefined && continues(last, line)) blocks[blocks.length - 1] = union(last, line)
    else blocks.push(line)
  }
  return blocks
}

function continues(block: ShownBox, line: ShownBox): boolean {
  const gap = Math.max(line.top - (block.top + block.height), block.top - (line.top + line.height))
  const sideBySide = gap < 0
  const apart = Math.max(line.left - (block.left + block.width), block.left - (line.left + line.width))
  return sideBySide ? apart < line.height * 3 : gap < line.height * BLOCK_GAP && apart < 0
}

/** The smallest rectangle around both. */
export function union(a: ShownBox, b: ShownBox): ShownBox {
  const left = Math.min(a.left, b.left)
  const top = Math.min(a.top, b.top)
  return {
    left,
    top,
    width: Math.max(a.left + a.width, b.left + b.width) - left,
    height: Math.max(a.top + a.height, b.top + b.height) - top,
  }
}

export function scaled(box: ShownBox, scale: number): ShownBox {
  return { left: box.left * scale, top: box.top * scale, width: box.width * scale, height: box.height * scale }
}
