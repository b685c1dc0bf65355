import type { Range } from './curve.ts'

/** What the x axis counts. */
export const X_AXES = ['step', 'time', 'tokens'] as const
export type XAxis = (typeof X_AXES)[number]

/** The narrowest range is this part of the whole. */
const DEEPEST = 1 / 1_000_000
/** Wheel notch or key: the range shrinks to this share. */
export const ZOOM_STEP = 0.8
export const PAN_STEP = 0.1

/** Charts that stand under one another: one range and one cursor for all of them. */
export class ChartGroup {
  axis = $state<XAxis>('step')
  #whole = $state.raw<Range>({ from: 0, to: 1 })
  #zoomed = $state.raw<Range | null>(null)
  #cursor = $state.raw<number | null>(null)

  /** Everything there is to see; grows while a run goes on. */
  get whole(): Range {
    return this.#whole
  }
  /** What is shown. */
  get range(): Range {
    return this.#zoomed ?? this.#whole
  }
  get isZoomed(): boolean {
    return this.#zoomed !== null
  }
  /** x under the pointer or the arrow keys; null where neither is. */
  get cursor(): number | null {
    return this.#cursor
  }

  setWhole({ from, to }: Range): void {
    if (from === this.#whole.from && to === this.#whole.to) return
    this.#whole = to > from ? { from, to } : { from, to: from + 1 }
    if (this.#zoomed && (this.#zoomed.from > to || this.#zoomed.to < from)) this.#zoomed = null
  }

  /** Other units have other ranges and places. */
  setAxis(axis: XAxis): void {
    if (axis === this.axis) return
    this.axis = axis
    this.reset()
  }

  setCursor(x: number | null): void {
    this.#cursor = x === null ? null : Math.min(this.range.to, Math.max(this.range.from, x))
  }

  /** @param factor below 1 shows less, above 1 more @param at stays where it is; default: the cursor, else the middle */
  zoom(factor: number, at = this.#cursor ?? (this.range.from + this.range.to) / 2): void {
    const { from, to } = this.range
    const least = (this.#whole.to - this.#whole.from) * DEEPEST
    const scale = Math.max(factor, least / (to - from))
    this.show({ from: at - (at - from) * scale, to: at + (to - at) * scale })
  }

  /** @param share of the shown range; positive goes to later values */
  pan(share: number): void {
    const { from, to } = this.range
    const { from: first, to: last } = this.#whole
    const way = Math.min(last - to, Math.max(first - from, (to - from) * share))
    this.show({ from: from + way, to: to + way })
  }

  /** Shows a range, moved to where there is something to see. */
  show({ from, to }: Range): void {
    const { from: first, to: last } = this.#whole
    const width = to - from
    const start = Math.max(first, Math.min(from, last - width))
    this.#zoomed = width >= last - first ? null : { from: start, to: Math.min(last, start + width) }
    if (this.#cursor !== null) this.setCursor(this.#cursor)
  }

  reset(): void {
    this.#zoomed = null
    this.#cursor = null
  }
}
