// The pages of one PDF: frames (columns) that fill from the top, footnotes at their foot, running heads and page numbers.
import PDFDocument from 'pdfkit'
import type { DocumentHead } from './markup.ts'
import { drawLine, plainText, wrap, type Line, type Pdf, type TextStyle } from './typeset.ts'

/** Page geometry in points; letter size. */
const PAGE = { width: 612, height: 792, top: 92, bottom: 716, side: 82, gutter: 22, narrowSide: 62 } as const

/** Every sample document carries this instant, so that a second run gives the same bytes. */
const FIXED_DATE = new Date('2025-06-02T09:00:00Z')

interface Frame {
  readonly x: number
  readonly width: number
  readonly top: number
  bottom: number
}

export class Sheet {
  readonly pdf: Pdf
  readonly head: DocumentHead
  /** The logical text of each page, without running heads; what evidence phrases are looked up in. */
  readonly pageTexts: string[] = []
  y = 0
  private readonly notes: ReadonlyMap<string, string>
  private readonly chunks: Buffer[] = []
  private frame: Frame = { x: 0, width: 0, top: 0, bottom: 0 }
  private column = 0
  private columnTop: number = PAGE.top
  private pending: { mark: string; lines: Line[] }[] = []
  private landscape = false
  private queued: string | undefined
  private readonly bare = new Set<number>()
  private readonly wide = new Set<number>()

  constructor(head: DocumentHead, notes: ReadonlyMap<string, string>) {
    this.head = head
    this.notes = notes
    this.pdf = new PDFDocument({
      size: 'LETTER',
      margin: 0,
      autoFirstPage: false,
      bufferPages: true,
      lang: head.language,
      // RC4 (PDF 1.4) on purpose: the AES modes draw random vectors, and the library must regenerate byte for byte.
      pdfVersion: '1.4',
      ...(head.password === undefined ? {} : { userPassword: head.password, ownerPassword: `${head.password}-owner` }),
      info: {
        Title: head.title,
        Author: head.agency,
        Subject: head.number,
        CreationDate: FIXED_DATE,
        ModDate: FIXED_DATE,
      },
    })
    this.pdf.on('data', (chunk: Buffer) => this.chunks.push(chunk))
  }

  get x(): number {
    return this.frame.x
  }

  get width(): number {
    return this.frame.width
  }

  /** Points left in the column above its footnotes. */
  get room(): number {
    return this.frame.bottom - this.y
  }

  get atTop(): boolean {
    return this.y === this.frame.top
  }

  get pageNumber(): number {
    return this.pageTexts.length
  }

  /** Puts a full-page image on the page after the current one; the text flows on around it. */
  queueImage(path: string): void {
    this.queued = path
  }

  /** Starts a page. `bare` pages (covers, scans) carry no running head. */
  newPage(options: { bare?: boolean; landscape?: boolean } = {}): void {
    this.closeFrame()
    this.placeQueuedImage()
    this.pdf.addPage({ size: 'LETTER', margin: 0 })
    this.pageTexts.push('')
    this.landscape = options.landscape ?? false
    if (options.bare) this.bare.add(this.pageNumber - 1)
    if (this.landscape) {
      this.wide.add(this.pageNumber - 1)
      Object.assign(this.pdf.page.dictionary.data, { Rotate: 90 })
      this.turn()
    }
    this.openColumn(0)
  }

  /** Moves to the next column or page. */
  advance(): void {
    const columns = this.head.layout === 'two-column' && !this.landscape ? 2 : 1
    if (this.column + 1 < columns) {
      this.closeFrame()
      this.openColumn(this.column + 1)
    } else this.newPage({ landscape: this.landscape })
  }

  /** Advances unless `height` points are left. */
  ensure(height: number): void {
    if (this.room < height && !this.atTop) this.advance()
  }

  /** Sets `y` as the top of the current column and of those after it on this page (below a title block). */
  lowerTop(y: number): void {
    this.frame = { ...this.frame, top: y }
    this.y = y
    this.columnTop = y
  }

  /** Adds drawn text to the page's logical text. */
  note(text: string): void {
    this.pageTexts[this.pageNumber - 1] = (this.pageTexts[this.pageNumber - 1] ?? '') + text
  }

  /** Draws lines one below the other, breaking over columns and pages, never leaving one line alone. */
  lines(lines: readonly Line[], style: TextStyle, indent = 0): void {
    for (const [index, line] of lines.entries()) {
      const left = lines.length - index
      const keep = index === 0 ? Math.min(left, left === 3 ? 3 : 2) : left === 2 ? 2 : 1
      const foot = this.footHeight(line)
      this.ensure(style.leading * keep + foot)
      drawLine(this.pdf, line, style, this.frame.x + indent, this.y)
      this.note(plainText(line))
      this.takeNotes(line)
      this.y += style.leading
    }
  }

  /** Closes the document. @returns its bytes */
  async finish(): Promise<Buffer> {
    this.closeFrame()
    this.placeQueuedImage()
    for (let page = 0; page < this.pageNumber; page++) if (!this.bare.has(page)) this.furniture(page)
    const ended = new Promise<void>((resolve) => this.pdf.on('end', resolve))
    this.pdf.end()
    await ended
    return Buffer.concat(this.chunks)
  }

  private placeQueuedImage(): void {
    if (this.queued === undefined) return
    this.pdf.addPage({ size: 'LETTER', margin: 0 })
    this.bare.add(this.pageNumber)
    this.pageTexts.push('')
    this.pdf.image(this.queued, 0, 0, { width: PAGE.width, height: PAGE.height })
    this.queued = undefined
  }

  private openColumn(column: number): void {
    this.column = column
    if (column === 0) this.columnTop = PAGE.top
    if (this.landscape) this.frame = { x: 66, width: PAGE.height - 132, top: 84, bottom: 540 }
    else if (this.head.layout === 'two-column') {
      const width = (PAGE.width - 2 * PAGE.narrowSide - PAGE.gutter) / 2
      this.frame = {
        x: PAGE.narrowSide + column * (width + PAGE.gutter),
        width,
        top: this.columnTop,
        bottom: PAGE.bottom,
      }
    } else this.frame = { x: PAGE.side, width: PAGE.width - 2 * PAGE.side, top: this.columnTop, bottom: PAGE.bottom }
    this.y = this.frame.top
  }

  private turn(): void {
    this.pdf.transform(0, -1, 1, 0, 0, PAGE.height)
  }

  private get noteStyle(): TextStyle {
    return { family: this.head.family, size: 8.5, leading: 11, color: '#222222' }
  }

  private noteLines(mark: string): Line[] {
    const text = this.notes.get(mark)
    if (text === undefined) throw new Error(`${this.head.file}: footnote [^${mark}] has no text`)
    return wrap(this.pdf, text, this.noteStyle, this.frame.width - 12)
  }

  private footHeight(line: Line): number {
    const added = line.notes.reduce((sum, mark) => sum + this.noteLines(mark).length * this.noteStyle.leading + 3, 0)
    return added > 0 && this.pending.length === 0 ? added + 8 : added
  }

  private takeNotes(line: Line): void {
    this.frame.bottom -= this.footHeight(line)
    for (const mark of line.notes) this.pending.push({ mark, lines: this.noteLines(mark) })
  }

  private closeFrame(): void {
    if (this.pending.length === 0) return
    let y = this.frame.bottom + 8
    this.pdf
      .moveTo(this.frame.x, y - 3)
      .lineTo(this.frame.x + 110, y - 3)
      .lineWidth(0.5)
      .stroke('#555555')
    for (const { mark, lines } of this.pending) {
      this.pdf
        .font('Helvetica')
        .fontSize(6.5)
        .fillColor('#222222')
        .text(mark, this.frame.x, y + 1, { lineBreak: false })
      for (const line of lines) {
        drawLine(this.pdf, line, this.noteStyle, this.frame.x + 12, y)
        this.note(plainText(line))
        y += this.noteStyle.leading
      }
      y += 3
    }
    this.pending = []
  }

  private furniture(index: number): void {
    this.pdf.switchToPage(index)
    const wide = this.wide.has(index)
    const right = wide
      ? PAGE.height - 66
      : PAGE.width - (this.head.layout === 'two-column' ? PAGE.narrowSide : PAGE.side)
    const left = wide ? 66 : PAGE.width - right
    const foot = wide ? 566 : 744
    const small = (text: string, x: number, y: number, alignRight: boolean): void => {
      this.pdf.font('Helvetica').fontSize(8).fillColor('#555555')
      this.pdf.text(text, alignRight ? x - this.pdf.widthOfString(text) : x, y, { lineBreak: false })
    }
    const spanish = this.head.language.startsWith('es')
    small(this.head.title, left, 52, false)
    small(this.head.number, right, 52, true)
    this.pdf.moveTo(left, 66).lineTo(right, 66).lineWidth(0.75).stroke(this.head.accent)
    this.pdf
      .moveTo(left, foot - 8)
      .lineTo(right, foot - 8)
      .lineWidth(0.4)
      .stroke('#999999')
    small(`${this.head.agency} · ${this.head.date}`, left, foot, false)
    const [page, of] = spanish ? ['Página', 'de'] : ['Page', 'of']
    small(`${page} ${index + 1} ${of} ${this.pageNumber}`, right, foot, true)
  }
}
