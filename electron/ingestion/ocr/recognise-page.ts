/** Recognises the text of one page and brings it into the form that pages with text have. */
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { normalise } from '../../text/normalise.ts'
import type { PageText } from '../../text/page.ts'
import { assemblePages } from '../extraction/assemble-pages.ts'
import { uprightBox } from '../extraction/page-frame.ts'
import { FEW_CHARACTERS } from '../extraction/page-quality.ts'
import type { PageRun, RawPage } from '../extraction/pdf-extractor.ts'
import { drawPage, type PageImage } from './page-image.ts'
import type { ImageRecogniser } from './recognise-image.ts'
import { parseTesseractTsv, type RecognisedLine } from './tesseract-tsv.ts'

/** The box of a line of mixed letters, from ascender to descender, is this much higher than its font size. */
const LINE_BOX_PER_SIZE = 1.1

/** @throws RangeError when the document has no such page */
export async function recognisePage(
  document: PDFDocumentProxy,
  pageNumber: number,
  recogniser: ImageRecogniser,
): Promise<PageText> {
  if (pageNumber < 1 || pageNumber > document.numPages) {
    throw new RangeError(`There is no page ${pageNumber}; the file has ${document.numPages}`)
  }
  const page = await document.getPage(pageNumber)
  try {
    const image = await drawPage(page)
    const lines = parseTesseractTsv(await recogniser.recognise(image))
    const [left = 0, bottom = 0, right = 0, top = 0] = page.view
    const raw: RawPage = {
      number: pageNumber,
      width: right - left,
      height: top - bottom,
      rotation: page.rotate,
      runs: runsOf(lines, image, page.rotate),
      source: 'ocr',
      quality: 'text',
    }
    const [text] = assemblePages([raw])
    const words = lines.reduce((sum, line) => sum + line.words, 0)
    const confidence = lines.reduce((sum, line) => sum + line.confidence * line.words, 0) / (words || 1)
    const quality = (text?.text.length ?? 0) < FEW_CHARACTERS ? 'no-text' : 'text'
    return { ...(text as PageText), quality, ocrConfidence: Math.round(confidence * 10) / 10 }
  } finally {
    page.cleanup()
  }
}

/** Tesseract's order is kept: it has found the columns on the image. */
function runsOf(lines: readonly RecognisedLine[], image: PageImage, rotation: number): PageRun[] {
  const heights = new Map<string, number[]>()
  for (const { paragraph, height } of lines) heights.set(paragraph, [...(heights.get(paragraph) ?? []), height])
  const pointsPerPixel = 72 / image.dpi
  return lines.flatMap((line): PageRun[] => {
    const { text } = normalise(line.text)
    if (text === '') return []
    const box = image.toPage(line.left, line.top, line.width, line.height)
    // The height of a line varies with its letters; a paragraph has one size.
    const height = median(heights.get(line.paragraph) ?? [line.height])
    return [
      {
        text: text.replaceAll('\n', ' '),
        ...box,
        upright: uprightBox(box, TURN_OF_ROTATION[rotation] ?? 0),
        fontSize: Math.max(1, Math.round((height * pointsPerPixel) / LINE_BOX_PER_SIZE)),
        turn: 0,
        bold: false,
      },
    ]
  })
}

/** Quarter turns counterclockwise of text that is upright when the viewer has turned the page clockwise. */
const TURN_OF_ROTATION: Readonly<Record<number, number>> = { 0: 0, 90: 1, 180: 2, 270: 3 }

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
