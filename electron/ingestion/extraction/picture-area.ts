/** How much of a page pictures cover, without decoding any of them. */
import type { OPS, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'

type Matrix = readonly [number, number, number, number]

/**
 * @param ops pdf.js's operator numbers.
 * @returns the share of the page (0 to 1) that is covered by images. The document must be open without images: pdf.js then leaves the
 * painting operator out, and an image shows as a `transform` that nothing follows before its `restore`.
 */
export async function pictureShare(page: PDFPageProxy, ops: typeof OPS): Promise<number> {
  // Inline images are small enough for pdf.js to keep them.
  const paints = new Set([
    ops.paintImageXObject,
    ops.paintInlineImageXObject,
    ops.paintImageMaskXObject,
    ops.paintSolidColorImageMask,
  ])
  const { fnArray, argsArray } = await page.getOperatorList({ annotationMode: 0 })
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view
  const stack: Matrix[] = []
  let matrix: Matrix = [1, 0, 0, 1]
  let area = 0
  fnArray.forEach((operator: number, index: number) => {
    if (operator === ops.save) stack.push(matrix)
    else if (operator === ops.transform) {
      matrix = multiply(matrix, argsArray[index] as readonly number[])
      const next = fnArray[index + 1]
      if (next === ops.restore || next === undefined) area += unitArea(matrix)
    } else if (operator === ops.restore) matrix = stack.pop() ?? [1, 0, 0, 1]
    else if (paints.has(operator)) area += unitArea(matrix)
  })
  return Math.min(1, area / Math.max(1, (right - left) * (top - bottom)))
}

function multiply(m: Matrix, [a = 1, b = 0, c = 0, d = 1]: readonly number[]): Matrix {
  return [m[0] * a + m[2] * b, m[1] * a + m[3] * b, m[0] * c + m[2] * d, m[1] * c + m[3] * d]
}

/** An image is painted on the unit square. */
function unitArea(m: Matrix): number {
  return Math.abs(m[0] * m[3] - m[1] * m[2])
}
