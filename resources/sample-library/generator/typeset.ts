// Turns inline source text into measured lines: bold, italics, footnote marks, line breaking and hyphenation.
import type PDFDocument from 'pdfkit'
import { hyphenPoints } from './hyphenate.ts'

export type Pdf = InstanceType<typeof PDFDocument>
export type Family = 'serif' | 'sans'
type Face = 'regular' | 'bold' | 'italic'

const FONTS: Readonly<Record<Family, Readonly<Record<Face, string>>>> = {
  serif: { regular: 'Times-Roman', bold: 'Times-Bold', italic: 'Times-Italic' },
  sans: { regular: 'Helvetica', bold: 'Helvetica-Bold', italic: 'Helvetica-Oblique' },
}

/** How a run of text is set; sizes in points. */
export interface TextStyle {
  readonly family: Family
  readonly size: number
  /** Distance between baselines, in points. */
  readonly leading: number
  readonly color: string
  readonly bold?: boolean
  readonly hyphenate?: boolean
}

interface Piece {
  text: string
  readonly font: string
  readonly raised: boolean
}

/** One line ready to draw. `joined` is true where a word goes on in the next line without a space. */
export interface Line {
  readonly pieces: Piece[]
  joined: boolean
  readonly notes: string[]
}

type Atom = Piece & { readonly spaceBefore: boolean; readonly note?: string }

/** Curly quotes, and no line break between a number and its degree sign. */
function typographic(text: string): string {
  return text
    .replace(/(^|[\s(*])"/g, '$1“')
    .replaceAll('"', '”')
    .replaceAll("'", '’')
    .replaceAll(' °', '\u00a0°')
}

function toAtoms(text: string, style: TextStyle): Atom[] {
  const atoms: Atom[] = []
  let bold = style.bold ?? false
  let italic = false
  let space = false
  for (const token of typographic(text).split(/(\*\*|\*|\[\^\w+\]| +)/)) {
    if (token === '') continue
    const note = /^\[\^(\w+)\]$/.exec(token)?.[1]
    if (token === '**') bold = !bold
    else if (token === '*') italic = !italic
    else if (/^ +$/.test(token)) space = true
    else {
      const font = FONTS[style.family][bold ? 'bold' : italic ? 'italic' : 'regular']
      atoms.push({
        text: note ?? token,
        font,
        raised: note !== undefined,
        spaceBefore: space,
        ...(note ? { note } : {}),
      })
      space = false
    }
  }
  return atoms
}

/** Width of `text` in points in the given standard font and size. */
export function measure(pdf: Pdf, text: string, font: string, size: number): number {
  return pdf.font(font).fontSize(size).widthOfString(text)
}

/** Breaks `text` into lines no wider than `width` points. */
export function wrap(pdf: Pdf, text: string, style: TextStyle, width: number): Line[] {
  const lines: Line[] = []
  let line: Line = { pieces: [], joined: false, notes: [] }
  let used = 0
  const sizeOf = (piece: Piece): number => (piece.raised ? style.size * 0.65 : style.size)
  const push = (atom: Atom, part: string, spaced: boolean): void => {
    const last = line.pieces.at(-1)
    const lead = spaced && last ? ' ' : ''
    used += measure(pdf, lead + part, atom.font, sizeOf(atom))
    if (last && last.font === atom.font && last.raised === atom.raised) last.text += lead + part
    else line.pieces.push({ text: lead + part, font: atom.font, raised: atom.raised })
    if (atom.note) line.notes.push(atom.note)
  }
  const next = (): void => {
    lines.push(line)
    line = { pieces: [], joined: false, notes: [] }
    used = 0
  }
  for (const atom of toAtoms(text, style)) {
    const lead = atom.spaceBefore && line.pieces.length > 0 ? ' ' : ''
    const fits = (part: string): boolean => used + measure(pdf, lead + part, atom.font, sizeOf(atom)) <= width
    if (fits(atom.text) || line.pieces.length === 0 || !atom.spaceBefore) {
      push(atom, atom.text, atom.spaceBefore)
      continue
    }
    const point = style.hyphenate
      ? hyphenPoints(atom.text).findLast((p) => fits(`${atom.text.slice(0, p)}-`))
      : undefined
    if (point !== undefined) {
      push(atom, `${atom.text.slice(0, point)}-`, true)
      line.joined = true
    }
    next()
    push(atom, point === undefined ? atom.text : atom.text.slice(point), false)
  }
  if (line.pieces.length > 0) next()
  return lines
}

/** Draws one line with its top at `y`; returns nothing, moves no cursor. */
export function drawLine(pdf: Pdf, line: Line, style: TextStyle, x: number, y: number): void {
  let left = x
  const top = y + (style.leading - style.size) / 2
  pdf.fillColor(style.color)
  for (const piece of line.pieces) {
    const size = piece.raised ? style.size * 0.65 : style.size
    pdf
      .font(piece.font)
      .fontSize(size)
      .text(piece.text, left, piece.raised ? top - 1 : top, { lineBreak: false })
    left += pdf.widthOfString(piece.text)
  }
}

/** The words of a line as a reader would copy them, without the hyphen that breaking added. */
export function plainText(line: Line): string {
  const text = line.pieces.map((piece) => (piece.raised ? '' : piece.text)).join('')
  return line.joined ? text.slice(0, -1) : `${text} `
}
