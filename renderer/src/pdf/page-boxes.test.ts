import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { describe, expect, it } from 'vitest'
import { boxOnShownPage, outlineBlocks, shownSize, type ShownBox } from './page-boxes.ts'

/** One page whose view does not begin at the origin; pdf.js finds its objects without a table of them. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[20 30 632 822]>>endobj
trailer<</Root 1 0 R>>
%%EOF`
const box = { x: 100, y: 600, width: 200, height: 12 }
const line = (left: number, top: number, width: number, height = 10): ShownBox => ({ left, top, width, height })

describe('a box on a page as it is shown', () => {
  it('is where the viewport of pdf.js puts it, at every rotation', async () => {
    const task = getDocument({ data: new TextEncoder().encode(PDF), verbosity: 0 })
    const page = await (await task.promise).getPage(1)
    const [left = 0, bottom = 0, right = 0, top = 0] = page.view
    for (const rotation of [0, 90, 180, 270]) {
      const viewport = page.getViewport({ scale: 1, rotation })
      const corner = (x: number, y: number) => viewport.convertToViewportPoint(left + x, bottom + y) as [number, number]
      const [x1, y1] = corner(box.x, box.y)
      const [x2, y2] = corner(box.x + box.width, box.y + box.height)
      const frame = { width: right - left, height: top - bottom, rotation }
      const shown = boxOnShownPage(box, frame)
      expect(shown.left).toBeCloseTo(Math.min(x1, x2), 6)
      expect(shown.top).toBeCloseTo(Math.min(y1, y2), 6)
      expect(shown.width).toBeCloseTo(Math.abs(x2 - x1), 6)
      expect(shown.height).toBeCloseTo(Math.abs(y2 - y1), 6)
      expect(shownSize(frame)).toEqual({ width: viewport.width, height: viewport.height })
    }
    await task.destroy()
  })
})

describe('the outline of a passage', () => {
  it('is one block for the lines of a paragraph', () => {
    expect(outlineBlocks([line(50, 100, 400), line(50, 114, 380), line(50, 128, 120)])).toEqual([
      line(50, 100, 400, 38),
    ])
  })
  it('is two blocks where the passage goes on in the next column', () => {
    const blocks = outlineBlocks([line(50, 600, 200), line(50, 614, 200), line(320, 60, 200), line(320, 74, 200)])
    expect(blocks).toEqual([line(50, 600, 200, 24), line(320, 60, 200, 24)])
  })
  it('is one block for the rows of a table, read cell by cell', () => {
    const row = (top: number): ShownBox[] => [
      line(50, top, 60),
      line(140, top, 80),
      line(140, top + 12, 50),
      line(300, top, 40),
    ]
    expect(outlineBlocks([...row(100), ...row(126)])).toEqual([line(50, 100, 290, 48)])
  })
  it('leaves out what stands between two paragraphs that are far apart', () => {
    expect(outlineBlocks([line(50, 100, 400), line(50, 300, 400)])).toHaveLength(2)
  })
  it('is nothing for no lines', () => {
    expect(outlineBlocks([])).toEqual([])
  })
})
