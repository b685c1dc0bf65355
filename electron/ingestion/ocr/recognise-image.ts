/** Runs an OCR engine over an image. Both engines answer in Tesseract's TSV format. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Worker } from 'tesseract.js'
import { builtInDataFolder, ocrEngines, OCR_REMEDY, type OcrEngine } from './ocr-engines.ts'
import type { PageImage } from './page-image.ts'

/** Recognises images one after the other. */
export interface ImageRecogniser extends AsyncDisposable {
  readonly engine: OcrEngine
  /** @returns Tesseract's TSV: one row per page, block, paragraph, line and word. */
  recognise(image: PageImage): Promise<string>
}

/** No engine, or none with the languages asked for. The message says what to install. */
export class OcrUnavailableError extends Error {
  override readonly name = 'OcrUnavailableError'
}

/**
 * @param languages Tesseract's codes
 * @param kind the engine to use; the preferred one that has the languages unless given
 * @throws OcrUnavailableError
 */
export async function openRecogniser(languages: readonly string[], kind?: OcrEngine['kind']): Promise<ImageRecogniser> {
  const engines = (await ocrEngines()).filter((engine) => kind === undefined || engine.kind === kind)
  if (engines.length === 0) throw new OcrUnavailableError(`No text recognition program was found. ${OCR_REMEDY}`)
  const engine = engines.find((candidate) => languages.every((language) => candidate.languages.includes(language)))
  if (!engine) {
    const installed = engines.map(({ name, languages: own }) => `${name}: ${own.join(', ')}`).join('; ')
    throw new OcrUnavailableError(
      `No text recognition program has the languages ${languages.join(', ')} (${installed}). Install their data, such as Debian's tesseract-ocr-${languages.at(-1)}`,
    )
  }
  return engine.kind === 'tesseract' ? systemRecogniser(engine, languages) : builtInRecogniser(engine, languages)
}

/** OMP_THREAD_LIMIT: Tesseract's threads slow each other down (5 times under load); pages run in parallel instead. */
function systemRecogniser(engine: OcrEngine, languages: readonly string[]): ImageRecogniser {
  let running: ChildProcess | undefined
  return {
    engine,
    recognise(image) {
      const flags = ['-l', languages.join('+'), '--psm', '3', '--dpi', String(Math.round(image.dpi)), 'tsv']
      const child = spawn('tesseract', ['stdin', 'stdout', ...flags], {
        env: { ...process.env, OMP_THREAD_LIMIT: '1' },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      running = child
      let tsv = ''
      let errors = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (tsv += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-500)))
      // A program that ends without reading breaks the pipe; its exit code tells why.
      child.stdin.on('error', () => {})
      child.stdin.end(image.pgm)
      return new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code) => {
          if (code === 0) resolve(tsv)
          else reject(new Error(`tesseract ended with code ${code}: ${errors.trim()}`))
        })
      })
    },
    [Symbol.asyncDispose]() {
      running?.kill('SIGKILL')
      return Promise.resolve()
    },
  }
}

async function builtInRecogniser(engine: OcrEngine, languages: readonly string[]): Promise<ImageRecogniser> {
  const { createWorker, OEM, PSM } = await import('tesseract.js')
  const langPath = builtInDataFolder(languages[0] as string)
  if (langPath === undefined) throw new OcrUnavailableError(`The language data of ${languages.join(', ')} is missing`)
  // Without `langPath` it would ask a server on the internet; without `cacheMethod` it writes into the current folder.
  const worker: Worker = await createWorker([...languages], OEM.LSTM_ONLY, {
    langPath,
    gzip: true,
    cacheMethod: 'none',
  })
  // Its default mode takes a page for one column; PSM.AUTO finds the columns.
  await worker.setParameters({ tessedit_pageseg_mode: PSM.AUTO })
  return {
    engine,
    async recognise(image) {
      await worker.setParameters({ user_defined_dpi: String(Math.round(image.dpi)) })
      const { data } = await worker.recognize(image.pgm, {}, { tsv: true, text: false, blocks: false })
      return data.tsv ?? ''
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}
