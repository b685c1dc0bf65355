import type { TextLine } from './page.ts'

/** 32-bit integers per line: start, end, x, y, width, height, font size (lengths in 1/100 point), bold. */
const FIELDS = 8
const UNITS_PER_POINT = 100
const MAX_INT32 = 0x7fff_ffff

/** Lines in 32 bytes each, little endian, as the database stores them and processes exchange them. */
export function packLines(lines: readonly TextLine[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(lines.length * FIELDS * 4))
  lines.forEach((line, index) => {
    const values = [line.start, line.end, line.x, line.y, line.width, line.height, line.fontSize, line.bold ? 1 : 0]
    values.forEach((value, field) => {
      const isLength = field >= 2 && field <= 6
      const whole = isLength ? Math.round(value * UNITS_PER_POINT) : value
      // Broken files place text a million kilometres away; it must not come back on the page.
      view.setInt32((index * FIELDS + field) * 4, Math.max(-MAX_INT32, Math.min(MAX_INT32, whole)), true)
    })
  })
  return new Uint8Array(view.buffer)
}

/** @throws RangeError when the bytes are not whole lines. */
export function unpackLines(bytes: Uint8Array): TextLine[] {
  if (bytes.byteLength % (FIELDS * 4) !== 0)
    throw new RangeError(`${bytes.byteLength} bytes are not whole packed lines`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength / (FIELDS * 4) }, (_, index) => {
    const at = (field: number): number => view.getInt32((index * FIELDS + field) * 4, true)
    const points = (field: number): number => at(field) / UNITS_PER_POINT
    return {
      start: at(0),
      end: at(1),
      x: points(2),
      y: points(3),
      width: points(4),
      height: points(5),
      fontSize: points(6),
      bold: at(7) === 1,
    }
  })
}
