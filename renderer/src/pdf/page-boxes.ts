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
 * Turns a stored box (unrotated page, origin at the bottom left of the page's view) with its page. Gives what the viewport
 * of pdf.js gives for its corners, but before the page has been read.
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

/** A line further below than this many line heights begins a new block: a picture or a running foot stands between. */
const BLOCK_GAP = 2.5
/** A line that begins so many line heights above the one before it stands in the next column. */
const COLUMN_JUMP = 3
/** Points around a block that its outline takes. */
const OUTLINE_ROOM = 5

/**
 * The outlines of a passage: its lines joined to blocks, so that a paragraph or a table is one rectangle, and a passage that
 * runs from one column into the next is two and never covers what stands between.
 * @param lines in reading order
 */
export function outlineBlocks(lines: readonly ShownBox[]): ShownBox[] {
  const blocks: ShownBox[] = []
  let before: ShownBox | undefined
  for (const line of lines) {
    const block = blocks.at(-1)
    if (block !== undefined && before !== undefined && continues(block, before, line)) {
      blocks[blocks.length - 1] = union(block, line)
    } else {
      blocks.push(line)
    }
    before = line
  }
  return joinTouching(blocks)
}

function continues(block: ShownBox, before: ShownBox, line: ShownBox): boolean {
  const height = Math.min(before.height, line.height)
  const jumpsUp = before.top - line.top > height * COLUMN_JUMP
  return !jumpsUp && line.top - (block.top + block.height) < height * BLOCK_GAP
}

/** Outlines that would cross are drawn as one, as with the cells of a table that are read in an unusual order. */
function joinTouching(blocks: readonly ShownBox[]): ShownBox[] {
  const joined: ShownBox[] = []
  for (const block of blocks) {
    let whole = block
    for (
      let at = joined.findIndex((one) => touch(one, whole));
      at >= 0;
      at = joined.findIndex((one) => touch(one, whole))
    ) {
      whole = union(whole, joined.splice(at, 1)[0]!)
    }
    joined.push(whole)
  }
  return joined
}

function touch(a: ShownBox, b: ShownBox): boolean {
  const room = 2 * OUTLINE_ROOM
  return (
    a.left - room < b.left + b.width &&
    b.left - room < a.left + a.width &&
    a.top - room < b.top + b.height &&
    b.top - room < a.top + a.height
  )
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
