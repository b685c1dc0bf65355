import { PasswordResponses, readPdf, type PDFDocumentLoadingTask, type PDFDocumentProxy } from './pdfjs.ts'

/** Files kept open, so that going back to one shows it at once. */
const KEPT_OPEN = 3

export interface OpeningHooks {
  /** The file wants a password; answer when there is one. `wrong`: the last one was refused. */
  readonly onpassword: (answer: (password: string) => void, wrong: boolean) => void
  /** Bytes read and bytes in all, once the server has said. */
  readonly onprogress: (loaded: number, total: number) => void
}

interface Shelved {
  readonly task: PDFDocumentLoadingTask
  hooks: OpeningHooks
}

/** The few files that are open, the last used one last. Never closes the one in use. */
export class PdfShelf {
  readonly #shelved = new Map<string, Shelved>()

  /** @throws what pdf.js says of a file that cannot be read; the file is then not kept */
  async open(url: string, hooks: OpeningHooks): Promise<PDFDocumentProxy> {
    const shelved = this.#shelved.get(url) ?? this.#start(url, hooks)
    shelved.hooks = hooks
    this.#shelved.delete(url)
    this.#shelved.set(url, shelved)
    this.#tidy()
    try {
      return await shelved.task.promise
    } catch (error) {
      this.close(url)
      throw error
    }
  }

  close(url: string): void {
    const shelved = this.#shelved.get(url)
    this.#shelved.delete(url)
    void shelved?.task.destroy()
  }

  #start(url: string, hooks: OpeningHooks): Shelved {
    const shelved: Shelved = { task: readPdf(url), hooks }
    shelved.task.onPassword = (answer: (password: string) => void, reason: number) =>
      shelved.hooks.onpassword(answer, reason === PasswordResponses.INCORRECT_PASSWORD)
    shelved.task.onProgress = ({ loaded, total }: { loaded: number; total: number }) =>
      shelved.hooks.onprogress(loaded, total)
    return shelved
  }

  #tidy(): void {
    for (const url of [...this.#shelved.keys()].slice(0, -KEPT_OPEN)) this.close(url)
  }
}
