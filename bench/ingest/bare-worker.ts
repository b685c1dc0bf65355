/** The yardstick: pdf.js's `getTextContent` over all pages of a file and nothing else, in a process like the pool's. */
import { readFile } from 'node:fs/promises'
import { pdfLibrary } from '../../electron/ingestion/extraction/pdf-document.ts'

export interface BareReply {
  readonly pages: number
  readonly characters: number
}

const library = await pdfLibrary()

process.on('message', (path: string) => {
  void readText(path).then((reply) => process.send?.(reply))
})
process.once('disconnect', () => process.exit(0))
process.send?.({ pages: 0, characters: 0 } satisfies BareReply)

async function readText(path: string): Promise<BareReply> {
  let pages = 0
  let characters = 0
  try {
    await using pdf = await library.open(new Uint8Array(await readFile(path)))
    for (let number = 1; number <= pdf.document.numPages; number++) {
      const page = await pdf.document.getPage(number)
      const { items } = await page.getTextContent()
      for (const item of items) if ('str' in item) characters += item.str.length
      page.cleanup()
      pages++
    }
  } catch {
    // A file that cannot be opened costs both sides its opening and counts no pages.
  }
  return { pages, characters }
}
