import { describe, expect, it } from 'vitest'
import {
  anchorAt,
  heightOf,
  layOutPages,
  MARGIN,
  PAGE_GAP,
  pageAt,
  pagesBetween,
  PIXELS_PER_POINT,
  zoomStep,
} from './page-layout.ts'

const letter = { width: 612, height: 792 }
const wide = { width: 792, height: 612 }

describe('the column of pages', () => {
  it('makes every page as wide as the window, also landscape ones', () => {
    const layout = layOutPages([letter, wide], 'width', 600)
    expect([...layout.widths]).toEqual([600 - 2 * MARGIN, 600 - 2 * MARGIN])
  })
  it('does not blow a small page up to the width of the window', () => {
    const { scales } = layOutPages([{ width: 100, height: 100 }], 'width', 2_000)
    expect(scales[0]).toBe(2 * PIXELS_PER_POINT)
  })
  it('leaves the gap between pages and the margin around them', () => {
    const layout = layOutPages([letter, letter], 1, 600)
    expect([...layout.tops]).toEqual([MARGIN, MARGIN + 1056 + PAGE_GAP])
    expect(layout.height).toBe(2 * MARGIN + 2 * 1056 + PAGE_GAP)
  })
  it('finds pages by height, also beyond the ends', () => {
    const layout = layOutPages(
      Array.from({ length: 1_000 }, () => letter),
      1,
      600,
    )
    const fifth = layout.tops[4] ?? 0
    expect(pageAt(layout, fifth + 5)).toBe(4)
    expect(pageAt(layout, -10)).toBe(0)
    expect(pageAt(layout, 1e9)).toBe(999)
    expect(pagesBetween(layout, fifth - PAGE_GAP / 2, fifth + 1_100)).toEqual([4, 5])
  })
  it('has no height without pages', () => {
    expect(layOutPages([], 'width', 600).height).toBe(0)
  })
  it('keeps a point of the document when the zoom changes', () => {
    const before = layOutPages([letter, wide, letter], 1, 600)
    const after = layOutPages([letter, wide, letter], 2, 600)
    const anchor = anchorAt(before, (before.tops[1] ?? 0) + 153)
    expect(anchor.page).toBe(1)
    expect(heightOf(after, anchor)).toBeCloseTo((after.tops[1] ?? 0) + 306, 6)
  })
})

describe('the steps of the zoom', () => {
  it('go to the next step from anywhere, and stop at the ends', () => {
    expect(zoomStep(0.62, 1)).toBe(0.67)
    expect(zoomStep(0.62, -1)).toBe(0.5)
    expect(zoomStep(1, 1)).toBe(1.1)
    expect(zoomStep(4, 1)).toBe(4)
    expect(zoomStep(0.25, -1)).toBe(0.25)
  })
})
