/** Small PDFs for tests, drawn by pdfkit or written byte by byte. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PDFDocument from 'pdfkit'

export type Draw = (pdf: PDFKit.PDFDocument) => void

/** A drawing without a first page of its own: `draw` adds pages. */
export async function drawPdf(draw: Draw, options: PDFKit.PDFDocumentOptions = {}): Promise<Uint8Array> {
  const pdf = new PDFDocument({ autoFirstPage: false, size: 'LETTER', margin: 72, ...options })
  const parts: Uint8Array[] = []
  pdf.on('data', (part: Uint8Array) => parts.push(part))
  const ended = new Promise<void>((resolve) => pdf.on('end', () => resolve()))
  draw(pdf)
  pdf.end()
  await ended
  return new Uint8Array(Buffer.concat(parts))
}

/** Pages with a sentence that names each. */
export function numberedPages(count: number, options?: PDFKit.PDFDocumentOptions): Promise<Uint8Array> {
  return drawPdf((pdf) => {
    for (let page = 1; page <= count; page++) {
      // Not at the top, where a line that counts the pages would be a running header.
      pdf
        .addPage()
        .fontSize(11)
        .text(`Shelter plan part ${page}. Move residents of zone ${page} to higher ground.`, 72, 300)
    }
  }, options)
}

/** A PDF of numbered objects (the text between "N 0 obj" and "endobj"), object 1 being the catalog. */
export function pdfOfObjects(objects: readonly string[]): Uint8Array {
  let body = '%PDF-1.7\n'
  const offsets: number[] = []
  objects.forEach((object, index) => {
    offsets.push(body.length)
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
  return new Uint8Array(
    Buffer.from(`${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`, 'latin1'),
  )
}

export function streamObject(content: string, entries = ''): string {
  return `<< ${entries} /Length ${content.length} >>\nstream\n${content}\nendstream`
}

/** One page of the given content stream in Helvetica (/F1). */
export function pdfOfContent(
  content: string,
  pageEntries = '',
  moreObjects: readonly string[] = [],
  streamEntries = '',
): Uint8Array {
  return pdfOfObjects([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> ${pageEntries} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    streamObject(content, streamEntries),
    ...moreObjects,
  ])
}

/** A folder of temporary files that is removed on disposal. */
export async function fixtureFolder(): Promise<
  AsyncDisposable & { write(name: string, bytes: Uint8Array | string): Promise<string> }
> {
  const folder = await mkdtemp(join(tmpdir(), 'dmr-extraction-'))
  return {
    async write(name, bytes) {
      const path = join(folder, name)
      await writeFile(path, bytes)
      return path
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
