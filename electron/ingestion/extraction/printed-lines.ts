/** Turns the text items of pdf.js into printed lines with boxes. */
import type { TextItem } from 'pdfjs-dist/types/src/display/api.d.ts'
import { normalise } from '../../text/normalise.ts'
import { isBoldFont, type NamedTextStyle } from './font-names.ts'
import type { Box } from './page-frame.ts'

/**
 * A run of text on one baseline without a wide gap: a line of a column, or a cell of a table row. Coordinates are those
 * of the page as pdf.js gives them (points, y upwards).
 */
export interface PrintedLine {
  /** Normalised, never empty. */
  readonly text: string
  readonly box: Box
  /** Quarter turns counterclockwise of the text's direction against the x axis: 0 runs left to right. */
  readonly turn: number
  /** Size of most of its characters, points. */
  readonly fontSize: number
  /** Most of its characters are. */
  readonly bold: boolean
  /** Characters without a printable meaning that were dropped from `text`. */
  readonly removed: number
}

/** A gap wider than this many font sizes starts a new run: two word spaces at most stay inside. */
const RUN_GAP = 1.6
/** Text drawn again within this share of a font size makes letters look bold and is not text twice. */
const OVERPRINT_SHIFT = 0.2
/** Share of the font size that a superscript may be off the baseline. */
const BASELINE_SHIFT = 0.6

interface OpenRun {
  text: string
  box: MutableBox
  turn: number
  /** Baseline and pen position along the text's own direction. */
  baseline: number
  pen: number
  start: number
  sizes: Map<number, number>
  /** Characters in bold fonts minus the others. */
  boldBalance: number
  pendingSpace: boolean
}

interface MutableBox {
  left: number
  bottom: number
  right: number
  top: number
}

interface PlacedItem {
  readonly text: string
  readonly bold: boolean
  readonly size: number
  readonly turn: number
  readonly start: number
  readonly end: number
  readonly baseline: number
  readonly box: Box
}

/** Collects the items of one page as they stream in. */
export class LineBuilder {
  readonly lines: PrintedLine[] = []
  readonly #styles: Readonly<Record<string, NamedTextStyle>>
  #run: OpenRun | undefined
  #last: PlacedItem | undefined

  /** @param styles filled by the caller before the items that use them are added. */
  constructor(styles: Readonly<Record<string, NamedTextStyle>>) {
    this.#styles = styles
  }

  add(item: TextItem): void {
    const isBlank = item.str === '' || item.str === ' '
    if (isBlank) {
      if (this.#run) this.#run.pendingSpace = true
    } else {
      const placed = place(item, this.#styles[item.fontName])
      if (!this.#isOverprint(placed)) this.#append(placed)
    }
    // The texts of a dynamic (XFA) form come without positions, one by one.
    if (item.hasEOL || !item.transform) this.#close()
  }

  finish(): readonly PrintedLine[] {
    this.#close()
    return this.lines
  }

  #append(item: PlacedItem): void {
    if (this.#run && !continues(this.#run, item)) this.#close()
    const run = (this.#run ??= openRun(item))
    if (run.pendingSpace && run.text !== '') run.text += ' '
    run.pendingSpace = false
    run.text += item.text
    run.pen = item.end
    extend(run.box, item.box)
    count(run.sizes, Math.round(item.size * 10), item.text.length)
    run.boldBalance += item.bold ? item.text.length : -item.text.length
    this.#last = item
  }

  #isOverprint(item: PlacedItem): boolean {
    const last = this.#last
    if (last?.text !== item.text || last.turn !== item.turn) return false
    const shift = item.size * OVERPRINT_SHIFT
    return Math.abs(last.start - item.start) < shift && Math.abs(last.baseline - item.baseline) < shift
  }

  #close(): void {
    const run = this.#run
    this.#run = undefined
    if (!run) return
    const { text, removed } = normalise(run.text)
    if (text === '' && removed === 0) return
    this.lines.push({
      text: text.replaceAll('\n', ' '),
      box: toBox(run.box),
      turn: run.turn,
      fontSize: mostFrequent(run.sizes) / 10,
      bold: run.boldBalance > 0,
      removed,
    })
  }
}

function openRun(item: PlacedItem): OpenRun {
  const { x, y, width, height } = item.box
  return {
    text: '',
    box: { left: x, bottom: y, right: x + width, top: y + height },
    turn: item.turn,
    baseline: item.baseline,
    pen: item.start,
    start: item.start,
    sizes: new Map(),
    boldBalance: 0,
    pendingSpace: false,
  }
}

function continues(run: OpenRun, item: PlacedItem): boolean {
  if (run.turn !== item.turn) return false
  if (Math.abs(item.baseline - run.baseline) > item.size * BASELINE_SHIFT) return false
  const gap = item.start - run.pen
  // A small step back is kerning or an accent; text that starts left of the whole run belongs to another column.
  return gap <= item.size * RUN_GAP && item.start >= run.start - item.size
}

/** Where an item stands: its box on the page and its place along its own direction. */
function place(item: TextItem, style: NamedTextStyle | undefined): PlacedItem {
  const transform: readonly number[] | undefined = item.transform
  if (!transform) return { ...NOWHERE, text: item.str }
  const [a = 1, b = 0, c = 0, d = 1, x = 0, y = 0] = transform
  const vertical = style?.vertical ?? false
  const size = Math.hypot(c, d) || Math.hypot(a, b)
  const turn = vertical ? 0 : (Math.round(Math.atan2(b, a) / (Math.PI / 2)) + 4) % 4
  const descent = size * clamp(style?.descent, -0.4, -0.1, -0.22)
  const ascent = size * clamp(style?.ascent, 0.6, 1.1, 0.85)
  // Unit vectors along the text and from the baseline upwards; a column of vertical text grows downwards.
  const length = Math.hypot(a, b) || 1
  const [ux, uy] = vertical ? [0, -1] : [a / length, b / length]
  const [vx, vy] = vertical ? [1, 0] : [-uy, ux]
  const extent = vertical ? item.height : item.width
  const [low, high] = vertical ? [-size / 2, size / 2] : [descent, ascent]
  const xs = [x + vx * low, x + vx * high, x + ux * extent + vx * low, x + ux * extent + vx * high]
  const ys = [y + vy * low, y + vy * high, y + uy * extent + vy * low, y + uy * extent + vy * high]
  const left = Math.min(...xs)
  const bottom = Math.min(...ys)
  const start = along(turn, x, y)
  return {
    text: item.str,
    bold: isBoldFont(style?.fontName),
    size,
    turn,
    start,
    end: start + (vertical ? size : item.width),
    baseline: across(turn, x, y),
    box: { x: left, y: bottom, width: Math.max(...xs) - left, height: Math.max(...ys) - bottom },
  }
}

const NOWHERE: Omit<PlacedItem, 'text'> = {
  bold: false,
  size: 0,
  turn: 0,
  start: 0,
  end: 0,
  baseline: 0,
  box: { x: 0, y: 0, width: 0, height: 0 },
}

/** Coordinate along text that is turned by `turn` quarter turns. */
function along(turn: number, x: number, y: number): number {
  return turn === 0 ? x : turn === 1 ? y : turn === 2 ? -x : -y
}

/** Coordinate from the baseline upwards of such text. */
function across(turn: number, x: number, y: number): number {
  return turn === 0 ? y : turn === 1 ? -x : turn === 2 ? -y : x
}

function extend(box: MutableBox, { x, y, width, height }: Box): void {
  box.left = Math.min(box.left, x)
  box.bottom = Math.min(box.bottom, y)
  box.right = Math.max(box.right, x + width)
  box.top = Math.max(box.top, y + height)
}

function toBox({ left, bottom, right, top }: MutableBox): Box {
  return { x: left, y: bottom, width: right - left, height: top - bottom }
}

function clamp(value: number | undefined, low: number, high: number, otherwise: number): number {
  // Fonts without a usable ascent or descent report 0 or NaN.
  if (value === undefined || !Number.isFinite(value) || value === 0) return otherwise
  return Math.min(high, Math.max(low, value))
}

function count<K>(counts: Map<K, number>, key: K, characters: number): void {
  counts.set(key, (counts.get(key) ?? 0) + characters)
}

function mostFrequent(counts: ReadonlyMap<number, number>): number {
  let best = 0
  let most = -1
  for (const [key, number] of counts) {
    if (number > most) {
      best = key
      most = number
    }
  }
  return best
}
