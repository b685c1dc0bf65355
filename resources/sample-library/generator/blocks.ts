// Draws each kind of block on a sheet.
import { fileURLToPath } from 'node:url'
import type { Block, FormRow, TableBlock } from './markup.ts'
import type { Sheet } from './sheet.ts'
import { drawLine, plainText, wrap, type Line, type TextStyle } from './typeset.ts'

/** A heading and the page it landed on; what a table of contents is made of. */
export interface ContentsEntry {
  readonly level: number
  readonly text: string
  readonly page: number
}

export interface DrawState {
  readonly sheet: Sheet
  /** Headings of the previous layout pass, for `::: contents`. */
  readonly contents: readonly ContentsEntry[]
  readonly found: ContentsEntry[]
  readonly counters: [number, number, number]
  fields: number
}

export function bodyStyle(sheet: Sheet): TextStyle {
  const { layout, family } = sheet.head
  const size = family === 'sans' ? 10.5 : 11
  const leading = layout === 'two-column' ? 15 : 15.8
  return { family, size, leading, color: '#111111', hyphenate: layout === 'two-column' }
}

/** Draws `block` at the sheet's cursor and moves the cursor below it; a heading keeps with the block after it. */
export function drawBlock(state: DrawState, block: Block, next?: Block): void {
  const { sheet } = state
  const style = bodyStyle(sheet)
  switch (block.kind) {
    case 'heading':
      return drawHeading(state, block.level, block.text, next?.kind === 'heading')
    case 'paragraph':
      sheet.lines(wrap(sheet.pdf, block.text, style, sheet.width), style)
      sheet.y += style.leading * 0.55
      return
    case 'list':
      return drawList(sheet, block.items, style)
    case 'table':
      return drawTable(sheet, block)
    case 'callout':
      return drawCallout(sheet, block.title, block.body)
    case 'form':
      for (const row of block.rows) drawFormRow(state, row)
      sheet.y += 10
      return
    case 'landscape':
      sheet.newPage({ landscape: true })
      for (const inner of block.body) drawBlock(state, inner)
      sheet.newPage()
      return
    case 'image':
      return sheet.queueImage(fileURLToPath(new URL(`../source/${block.file}`, import.meta.url)))
    case 'contents':
      return drawContents(state)
    case 'page-break':
      if (!sheet.atTop) sheet.newPage()
  }
}

function drawHeading(state: DrawState, level: 1 | 2 | 3, text: string, headingFollows: boolean): void {
  const { sheet, counters } = state
  const { head } = sheet
  if (level === 1 && head.breaks === 'sections' && !sheet.atTop) sheet.newPage()
  counters[level - 1] = (counters[level - 1] ?? 0) + 1
  counters.fill(0, level)
  const label = head.numbered ? `${counters.slice(0, level).join('.')}\u00a0\u00a0${text}` : text
  const size = [0, 15, 12, 10.8][level] ?? 11
  const style: TextStyle = {
    family: 'sans',
    bold: true,
    size,
    leading: size * 1.3,
    color: level < 3 ? head.accent : '#222222',
  }
  const lines = wrap(sheet.pdf, label, style, sheet.width)
  // The space around the heading and three lines below it: a heading never ends a page.
  sheet.ensure(lines.length * style.leading + (headingFollows ? 120 : 80))
  if (!sheet.atTop) sheet.y += level === 1 ? 14 : 8
  state.found.push({ level, text: label, page: sheet.pageNumber })
  sheet.lines(lines, style)
  if (level === 1) {
    sheet.pdf
      .moveTo(sheet.x, sheet.y + 2)
      .lineTo(sheet.x + sheet.width, sheet.y + 2)
      .lineWidth(0.8)
      .stroke(head.accent)
    sheet.y += 4
  }
  sheet.y += 5
}

function drawList(
  sheet: Sheet,
  items: readonly { mark: string; depth: number; text: string }[],
  style: TextStyle,
): void {
  for (const item of items) {
    const indent = 8 + item.depth * 16
    const hang = indent + 17
    const lines = wrap(sheet.pdf, item.text, style, sheet.width - hang)
    sheet.ensure(style.leading * Math.min(2, lines.length))
    const mark: Line = { pieces: [], joined: false, notes: [] }
    const text = item.mark === '-' ? (item.depth === 0 ? '•' : '–') : item.mark
    mark.pieces.push({ text, font: style.family === 'serif' ? 'Times-Roman' : 'Helvetica', raised: false })
    drawLine(sheet.pdf, mark, style, sheet.x + indent, sheet.y)
    if (item.mark !== '-') sheet.note(`${item.mark} `)
    sheet.lines(lines, style, hang)
    sheet.y += style.leading * 0.22
  }
  sheet.y += style.leading * 0.4
}

function drawTable(sheet: Sheet, table: TableBlock): void {
  const narrow = sheet.head.layout === 'two-column'
  const style: TextStyle = { family: 'sans', size: narrow ? 8.6 : 9.3, leading: narrow ? 11 : 12.4, color: '#111111' }
  const weights = table.widths ?? table.header.map(() => 1)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const widths = weights.map((weight) => (sheet.width * weight) / total)
  const pad = 4
  const setRow = (cells: readonly string[], bold: boolean): { lines: Line[][]; height: number } => {
    const lines = cells.map((cell, i) =>
      wrap(sheet.pdf, cell, { ...style, bold, color: bold ? '#ffffff' : style.color }, (widths[i] ?? 0) - 2 * pad),
    )
    return { lines, height: Math.max(1, ...lines.map((cell) => cell.length)) * style.leading + 2 * pad - 1 }
  }
  const draw = (row: { lines: Line[][]; height: number }, fill: string | undefined, bold: boolean): void => {
    if (fill) sheet.pdf.rect(sheet.x, sheet.y, sheet.width, row.height).fill(fill)
    let x = sheet.x
    for (const [i, cell] of row.lines.entries()) {
      for (const [n, line] of cell.entries()) {
        const cellStyle = { ...style, bold, color: bold ? '#ffffff' : style.color }
        drawLine(sheet.pdf, line, cellStyle, x + pad, sheet.y + pad - 0.5 + n * style.leading)
        sheet.note(plainText(line))
      }
      x += widths[i] ?? 0
    }
    sheet.y += row.height
    sheet.pdf
      .moveTo(sheet.x, sheet.y)
      .lineTo(sheet.x + sheet.width, sheet.y)
      .lineWidth(0.5)
      .stroke('#9aa3ad')
  }
  const header = setRow(table.header, true)
  const first = setRow(table.rows[0] ?? [], false)
  sheet.ensure(header.height + first.height + 24)
  if (table.caption) {
    const caption: TextStyle = { family: 'sans', size: 9.3, leading: 14, color: '#222222', bold: true }
    sheet.lines(wrap(sheet.pdf, table.caption, caption, sheet.width), caption)
    sheet.y += 1
  }
  draw(header, sheet.head.accent, true)
  for (const [index, cells] of table.rows.entries()) {
    const row = setRow(cells, false)
    if (sheet.room < row.height) {
      sheet.advance()
      draw(header, sheet.head.accent, true)
    }
    draw(row, index % 2 === 1 ? '#f1f4f7' : undefined, false)
  }
  sheet.y += 13
}

/** A ruled, tinted box; its text is short, so it is kept on one page. */
function drawCallout(sheet: Sheet, title: string, body: readonly Block[]): void {
  const style: TextStyle = { ...bodyStyle(sheet), family: 'sans', size: 9.8, leading: 13.6 }
  const inner = sheet.width - 28
  const sections = body.flatMap((block): { mark: string; lines: Line[] }[] => {
    if (block.kind === 'paragraph') return [{ mark: '', lines: wrap(sheet.pdf, block.text, style, inner) }]
    if (block.kind !== 'list') throw new Error(`${sheet.head.file}: a callout holds paragraphs and lists only`)
    return block.items.map((item) => ({
      mark: item.mark === '-' ? '•' : item.mark,
      lines: wrap(sheet.pdf, item.text, style, inner - 16),
    }))
  })
  const heading: TextStyle = { ...style, bold: true, color: sheet.head.accent }
  const titleLines = wrap(sheet.pdf, title, heading, inner)
  const count = sections.reduce((sum, section) => sum + section.lines.length, titleLines.length)
  const height = count * style.leading + sections.length * 4 + 18
  sheet.ensure(height + 6)
  const top = sheet.y
  sheet.pdf.rect(sheet.x, top, sheet.width, height).fill('#eef3f8')
  sheet.pdf.rect(sheet.x, top, 4, height).fill(sheet.head.accent)
  sheet.y += 8
  sheet.lines(titleLines, heading, 16)
  for (const section of sections) {
    sheet.y += 4
    const indent = section.mark === '' ? 16 : 32
    if (section.mark !== '') {
      const mark: Line = {
        pieces: [{ text: section.mark, font: 'Helvetica', raised: false }],
        joined: false,
        notes: [],
      }
      drawLine(sheet.pdf, mark, style, sheet.x + 17, sheet.y)
    }
    sheet.lines(section.lines, style, indent)
  }
  sheet.y = top + height + 12
}

function drawContents(state: DrawState): void {
  const { sheet } = state
  const style: TextStyle = { family: 'sans', size: 10.3, leading: 14.8, color: '#111111' }
  const heading: TextStyle = { ...style, size: 15, leading: 26, bold: true, color: sheet.head.accent }
  sheet.lines(wrap(sheet.pdf, 'Contents', heading, sheet.width), heading)
  for (const entry of state.contents.filter((item) => item.level < 3)) {
    sheet.ensure(style.leading)
    const indent = (entry.level - 1) * 18
    const line = wrap(sheet.pdf, entry.text, { ...style, bold: entry.level === 1 }, sheet.width - indent - 40)[0]
    if (!line) continue
    drawLine(sheet.pdf, line, style, sheet.x + indent, sheet.y)
    sheet.note(plainText(line))
    const number = String(entry.page)
    sheet.pdf.font('Helvetica').fontSize(style.size)
    const right = sheet.x + sheet.width
    const numberWidth = sheet.pdf.widthOfString(number)
    sheet.pdf.text(number, right - numberWidth, sheet.y + (style.leading - style.size) / 2, { lineBreak: false })
    const used = line.pieces.reduce(
      (sum, piece) => sum + sheet.pdf.font(piece.font).fontSize(style.size).widthOfString(piece.text),
      0,
    )
    const baseline = sheet.y + style.leading * 0.72
    sheet.pdf.moveTo(sheet.x + indent + used + 6, baseline).lineTo(right - numberWidth - 6, baseline)
    sheet.pdf.lineWidth(0.6).dash(1, { space: 3 }).stroke('#888888').undash()
    sheet.y += style.leading
  }
}

function drawFormRow(state: DrawState, row: FormRow): void {
  const { sheet } = state
  const label: TextStyle = { family: 'sans', size: 7.8, leading: 10, color: '#333333' }
  if (row.kind === 'bar') {
    const style: TextStyle = { family: 'sans', size: 9.5, leading: 12, color: '#ffffff', bold: true }
    sheet.ensure(70)
    sheet.pdf.rect(sheet.x, sheet.y, sheet.width, 18).fill(sheet.head.accent)
    sheet.y += 3
    sheet.lines(wrap(sheet.pdf, row.text, style, sheet.width - 12), style, 6)
    sheet.y += 3
    return
  }
  const total = row.cells.reduce((sum, cell) => sum + cell.weight, 0)
  const tick: TextStyle = { ...label, size: 8.8, leading: 12.5, color: '#111111' }
  const layouts = row.cells.map((cell) => {
    const width = (sheet.width * cell.weight) / total
    const lines = wrap(sheet.pdf, cell.label, label, width - 8)
    return { cell, width, lines, boxes: cell.boxes.map((box) => wrap(sheet.pdf, box, tick, width - 24)) }
  })
  const labels = Math.max(...layouts.map((layout) => layout.lines.length)) * label.leading
  const boxes =
    Math.max(...layouts.map((layout) => layout.boxes.reduce((sum, box) => sum + box.length, 0))) * tick.leading
  const height = Math.max(labels + 4 + row.lines * 15, labels + boxes + 10)
  sheet.ensure(height)
  let x = sheet.x
  for (const { cell, width, lines, boxes: ticks } of layouts) {
    sheet.pdf.rect(x, sheet.y, width, height).lineWidth(0.6).stroke('#555555')
    let y = sheet.y + 3
    for (const line of lines) {
      drawLine(sheet.pdf, line, label, x + 4, y)
      sheet.note(plainText(line))
      y += label.leading
    }
    for (const box of ticks) {
      sheet.pdf
        .rect(x + 6, y + 3, 8, 8)
        .lineWidth(0.7)
        .stroke('#333333')
      for (const line of box) {
        drawLine(sheet.pdf, line, tick, x + 19, y)
        sheet.note(plainText(line))
        y += tick.leading
      }
    }
    if (sheet.head.fillable && cell.boxes.length === 0) {
      state.fields++
      const name = `field-${String(state.fields).padStart(3, '0')}`
      sheet.pdf.font('Helvetica').fontSize(10)
      sheet.pdf.formText(name, x + 3, y + 1, width - 6, sheet.y + height - y - 3, { multiline: row.lines > 1 })
    }
    x += width
  }
  sheet.y += height
}
