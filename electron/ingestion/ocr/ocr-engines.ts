/** Which programs on this machine can recognise text in page images. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface OcrEngine {
  readonly kind: 'tesseract' | 'tesseract.js'
  /** For people: "Tesseract" or "Tesseract (built in)". */
  readonly name: string
  readonly version: string
  /** Tesseract's codes, such as "eng"; `osd` is not a language. */
  readonly languages: readonly string[]
}

/** What to do when `ocrEngines` finds nothing. */
export const OCR_REMEDY =
  'Install Tesseract (Debian: apt-get install tesseract-ocr; Windows and macOS: see tesseract-ocr.github.io) or the packages tesseract.js and @tesseract.js-data/eng'

const run = promisify(execFile)
// Not named `require`: the bundler declares that name itself wherever it finds it.
const installed = createRequire(import.meta.url)

/**
 * The engines, the preferred one first: a system Tesseract is 1.6 times as fast as the WebAssembly build and has the
 * languages that its owner chose.
 */
export async function ocrEngines(): Promise<readonly OcrEngine[]> {
  return [await systemTesseract(), builtInTesseract()].filter((engine) => engine !== undefined)
}

async function systemTesseract(): Promise<OcrEngine | undefined> {
  try {
    const [version, languages] = await Promise.all([
      run('tesseract', ['--version']),
      run('tesseract', ['--list-langs']),
    ])
    return {
      kind: 'tesseract',
      name: 'Tesseract',
      // Version 3 writes to standard error, version 4 and later to standard output.
      version: /tesseract\s+v?([\d.]+\d)/.exec(version.stdout + version.stderr)?.[1] ?? 'unknown',
      languages: listedLanguages(languages.stdout + languages.stderr),
    }
  } catch {
    return undefined
  }
}

/** One code a line after a headline; "script/Latin" and the orientation model are no languages. */
function listedLanguages(output: string): string[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^[a-z]{3}(?:_[A-Za-z_]+)?$/.test(line) && line !== 'osd')
}

function builtInTesseract(): OcrEngine | undefined {
  try {
    const { version } = installed('tesseract.js/package.json') as { version: string }
    return builtInDataFolder('eng')
      ? { kind: 'tesseract.js', name: 'Tesseract (built in)', version, languages: ['eng'] }
      : undefined
  } catch {
    return undefined
  }
}

/** Folder of `<language>.traineddata.gz` in its package: the integer model, 3 MB, as good as the 11 MB one on print. */
export function builtInDataFolder(language: string): string | undefined {
  try {
    const folder = join(dirname(installed.resolve(`@tesseract.js-data/${language}/package.json`)), '4.0.0_best_int')
    return existsSync(join(folder, `${language}.traineddata.gz`)) ? folder : undefined
  } catch {
    return undefined
  }
}
