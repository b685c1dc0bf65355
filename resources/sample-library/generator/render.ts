// Lays a parsed document out as a PDF: title, then its blocks, again until the contents list agrees with them.
import { bodyStyle, drawBlock, type ContentsEntry, type DrawState } from './blocks.ts'
import type { SourceDocument } from './markup.ts'
import { Sheet } from './sheet.ts'
import { wrap, type TextStyle } from './typeset.ts'

export interface RenderedDocument {
  readonly bytes: Buffer
  /** The text of each page in reading order, without running heads; index 0 is page 1. */
  readonly pages: readonly string[]
}

/** @returns the PDF and the text of its pages; the same source always gives the same bytes */
export async function renderDocument(source: SourceDocument): Promise<RenderedDocument> {
  let state = layOut(source, [])
  for (let pass = 2; !sameEntries(state.contents, state.found); pass++) {
    if (pass > MOST_PASSES)
      throw new Error(`${source.head.file}: the contents list does not settle in ${MOST_PASSES} passes`)
    await state.sheet.finish()
    state = layOut(source, state.found)
  }
  const { sheet } = state
  const bytes = await sheet.finish()
  return { bytes, pages: sheet.pageTexts }
}

const MOST_PASSES = 4

function sameEntries(a: readonly ContentsEntry[], b: readonly ContentsEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry.page === b[i]?.page)
}

function layOut(source: SourceDocument, contents: readonly ContentsEntry[]): DrawState {
  const sheet = new Sheet(source.head, source.notes)
  const state: DrawState = { sheet, contents, found: [], counters: [0, 0, 0], fields: 0 }
  drawTitle(sheet)
  if (source.head.fillable) sheet.pdf.font('Helvetica').initForm()
  for (const [i, block] of source.blocks.entries()) drawBlock(state, block, source.blocks[i + 1])
  refuseEmptyLastPage(sheet)
  return state
}

/** A landscape block opens a page after itself; a document that ends there must be written with text to follow. */
function refuseEmptyLastPage(sheet: Sheet): void {
  if (sheet.pageTexts.at(-1) === '')
    throw new Error(`${sheet.head.file}: ends with an empty page; put text after the last block`)
}

function drawTitle(sheet: Sheet): void {
  const { head } = sheet
  if (head.cover === 'page') return drawCoverPage(sheet)
  sheet.newPage()
  const full = 612 - 2 * sheet.x
  if (head.cover === 'banner') {
    sheet.pdf.rect(0, 76, 612, 78).fill(head.accent)
    titleLines(sheet, head.title, { family: 'sans', size: 21, leading: 26, color: '#ffffff', bold: true }, full, 92)
    if (head.subtitle)
      titleLines(sheet, head.subtitle, { family: 'sans', size: 11.5, leading: 15, color: '#ffffff' }, full, sheet.y)
    sheet.lowerTop(172)
    return
  }
  titleLines(
    sheet,
    head.agency.toUpperCase(),
    { family: 'sans', size: 8.5, leading: 13, color: '#555555', bold: true },
    full,
    84,
  )
  titleLines(
    sheet,
    head.title,
    { family: 'sans', size: 18, leading: 23, color: head.accent, bold: true },
    full,
    sheet.y + 2,
  )
  if (head.subtitle)
    titleLines(sheet, head.subtitle, { family: 'sans', size: 11, leading: 15, color: '#333333' }, full, sheet.y)
  const style: TextStyle = { family: 'sans', size: 9, leading: 13, color: '#333333' }
  const issued = head.language.startsWith('es') ? 'Publicado' : 'Issued'
  titleLines(sheet, `${head.number}   ·   ${issued} ${head.date}`, style, full, sheet.y + 4)
  sheet.pdf
    .moveTo(sheet.x, sheet.y + 5)
    .lineTo(sheet.x + full, sheet.y + 5)
    .lineWidth(1.5)
    .stroke(head.accent)
  sheet.lowerTop(sheet.y + 20)
}

function titleLines(sheet: Sheet, text: string, style: TextStyle, width: number, y: number): void {
  sheet.y = y
  sheet.lines(wrap(sheet.pdf, text, style, width), style)
}

function drawCoverPage(sheet: Sheet): void {
  const { head, pdf } = sheet
  sheet.newPage({ bare: true })
  pdf.rect(0, 0, 612, 30).fill(head.accent)
  pdf.rect(0, 770, 612, 22).fill(head.accent)
  const width = 612 - 2 * sheet.x
  titleLines(
    sheet,
    head.agency.toUpperCase(),
    { family: 'sans', size: 11, leading: 16, color: '#444444', bold: true },
    width,
    190,
  )
  pdf
    .moveTo(sheet.x, sheet.y + 8)
    .lineTo(sheet.x + 90, sheet.y + 8)
    .lineWidth(3)
    .stroke(head.accent)
  titleLines(
    sheet,
    head.title,
    { family: 'sans', size: 29, leading: 36, color: head.accent, bold: true },
    width,
    sheet.y + 26,
  )
  if (head.subtitle) {
    titleLines(sheet, head.subtitle, { family: 'sans', size: 14, leading: 20, color: '#222222' }, width, sheet.y + 8)
  }
  const body = bodyStyle(sheet)
  titleLines(sheet, head.number, { ...body, family: 'sans', bold: true }, width, 590)
  titleLines(sheet, head.date, { ...body, family: 'sans' }, width, sheet.y)
  sheet.newPage()
}
