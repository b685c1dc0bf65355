/** Makes a scan for tests: pages of text, drawn as images and put into a PDF without text. */
import { createCanvas } from '@napi-rs/canvas'
import { drawPdf } from '../../extraction/testing/pdf-fixtures.ts'
import { pdfLibrary } from '../../extraction/pdf-document.ts'

/** @param rotation of the pages of the scan: the picture lies on the sheet so that the viewer shows it upright */
export async function scannedPdf(textPdf: Uint8Array, rotation: 0 | 90 = 0): Promise<Uint8Array> {
  const library = await pdfLibrary()
  await using pdf = await library.open(textPdf, { images: true })
  const pictures: Buffer[] = []
  for (let number = 1; number <= pdf.document.numPages; number++) {
    const page = await pdf.document.getPage(number)
    const viewport = page.getViewport({ scale: 200 / 72, rotation: (360 - rotation) % 360 })
    const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height))
    await page.render({ canvas: canvas as never, canvasContext: canvas.getContext('2d') as never, viewport }).promise
    pictures.push(canvas.toBuffer('image/png'))
  }
  return drawPdf((scan) => {
    for (const picture of pictures) {
      const size: [number, number] = rotation === 90 ? [792, 612] : [612, 792]
      scan.addPage({ size, margin: 0 })
      scan.image(picture, 0, 0, { width: size[0], height: size[1] })
      if (rotation !== 0) Object.assign(scan.page.dictionary.data, { Rotate: rotation })
    }
  })
}
