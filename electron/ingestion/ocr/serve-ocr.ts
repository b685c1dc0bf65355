/** The worker's side: keeps the last file and the last engine open, because pages of one file come in a row. */
import type { WorkerPort } from '../../platform/worker-port.ts'
import { ExtractionError, type ExtractionFailure } from '../extraction/extraction-error.ts'
import { pdfLibrary, type OpenPdf } from '../extraction/pdf-document.ts'
import { readBytes } from '../extraction/read-bytes.ts'
import type { OcrReply, OcrRequest, RecogniseRequest } from './protocol.ts'
import { OcrUnavailableError, openRecogniser, type ImageRecogniser } from './recognise-image.ts'
import { recognisePage } from './recognise-page.ts'

class OcrServer {
  #file: { key: string; pdf: OpenPdf } | undefined
  #recogniser: { key: string; recogniser: ImageRecogniser } | undefined

  async answer(request: RecogniseRequest): Promise<OcrReply> {
    try {
      const recogniser = await this.#openRecogniser(request)
      const { document } = await this.#openFile(request)
      return { kind: 'page', page: await recognisePage(document, request.page, recogniser) }
    } catch (error) {
      if (error instanceof OcrUnavailableError) return { kind: 'unavailable', reason: error.message }
      return { kind: 'failed', failure: failureOf(error, request.page) }
    }
  }

  /** Also ends the engine's process, which would go on with its page otherwise. */
  async close(): Promise<void> {
    await this.#recogniser?.recogniser[Symbol.asyncDispose]()
  }

  async #openFile({ path, password }: RecogniseRequest): Promise<OpenPdf> {
    const name = typeof path === 'string' ? path : Buffer.from(path)
    const key = JSON.stringify([Buffer.from(name).toString('latin1'), password])
    if (this.#file?.key === key) return this.#file.pdf
    await this.#file?.pdf[Symbol.asyncDispose]()
    this.#file = undefined
    const library = await pdfLibrary()
    const pdf = await library.open(readBytes(name), { password, images: true })
    this.#file = { key, pdf }
    return pdf
  }

  async #openRecogniser({ languages, engine }: RecogniseRequest): Promise<ImageRecogniser> {
    const key = JSON.stringify([languages, engine])
    if (this.#recogniser?.key === key) return this.#recogniser.recogniser
    await this.#recogniser?.recogniser[Symbol.asyncDispose]()
    this.#recogniser = undefined
    const recogniser = await openRecogniser(languages, engine)
    this.#recogniser = { key, recogniser }
    return recogniser
  }
}

export function serveOcr(port: WorkerPort<OcrRequest, OcrReply>): void {
  const server = new OcrServer()
  port.onMessage((request) => {
    if (request.kind === 'stop') void server.close().finally(() => process.exit(0))
    else void server.answer(request).then((reply) => port.post(reply))
  })
}

function failureOf(error: unknown, page: number): ExtractionFailure {
  if (error instanceof ExtractionError) return error.toFailure()
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'CRASHED', reason: `Page ${page} could not be recognised: ${message}` }
}
