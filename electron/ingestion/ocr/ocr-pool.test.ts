import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import type { PageText } from '../../text/page.ts'
import { drawPdf, fixtureFolder, numberedPages } from '../extraction/testing/pdf-fixtures.ts'
import { ocrEngines } from './ocr-engines.ts'
import { OcrPool } from './ocr-pool.ts'
import { OcrUnavailableError } from './recognise-image.ts'
import { scannedPdf } from './testing/scanned-pdf.ts'

const FLOOD =
  'Residents of low-lying areas must move to higher ground when the river gauge passes four metres. Wardens report every empty house to the shelter.'
const FIRE = 'Keep a defensible space of thirty metres around every building.'

const engines = await ocrEngines()
for (const kind of ['tesseract', 'tesseract.js'] as const) {
  if (!engines.some((engine) => engine.kind === kind)) console.warn(`skipped: ${kind} is not installed`)
}

let folder: Awaited<ReturnType<typeof fixtureFolder>>
let scan: string
let turned: string
let pool: OcrPool | undefined

beforeAll(async () => {
  folder = await fixtureFolder()
  const text = await drawPdf((pdf) => {
    pdf.addPage().font('Times-Roman').fontSize(12).text(FLOOD, 72, 100, { width: 300 }).moveDown(2).text(FIRE)
    pdf.addPage().font('Times-Roman').fontSize(12).text(FIRE, 72, 300)
  })
  scan = await folder.write('scan.pdf', await scannedPdf(text.slice()))
  turned = await folder.write('turned.pdf', await scannedPdf(text, 90))
})
afterAll(() => folder[Symbol.asyncDispose]())
afterEach(() => pool?.close())

function open(options: { pageCapMs?: number } = {}): OcrPool {
  return (pool = new OcrPool({ launcher: new NodeLauncher(), size: 1, ...options }))
}

function boxOf(page: PageText, word: string): PageText['lines'][number] {
  const at = page.text.indexOf(word)
  const line = page.lines.find(({ start, end }) => start <= at && at < end)
  if (at < 0 || !line) throw new Error(`"${word}" is not on the page: ${page.text}`)
  return line
}

describe.each(engines)('$name', ({ kind }) => {
  it('reads a scanned page, with boxes and confidence', { timeout: 60_000 }, async () => {
    const page = await open().recognisePage(scan, 1, { engine: kind })
    expect(page).toMatchObject({ number: 1, width: 612, height: 792, rotation: 0, source: 'ocr', quality: 'text' })
    expect(page.text).toBe(`${FLOOD}\n\n${FIRE}`)
    expect(page.ocrConfidence).toBeGreaterThan(80)
    expect(page.ocrConfidence).toBeLessThanOrEqual(100)
    const line = boxOf(page, 'Residents')
    expect(line.x).toBeGreaterThan(70)
    expect(line.x).toBeLessThan(75)
    // 100 points from the top of 792.
    expect(line.y + line.height).toBeGreaterThan(680)
    expect(line.y + line.height).toBeLessThan(694)
    expect(line.fontSize).toBeGreaterThan(8)
    expect(line.fontSize).toBeLessThan(15)
  })

  it('gives boxes of the unturned page for a turned one', { timeout: 60_000 }, async () => {
    const page = await open().recognisePage(turned, 2, { engine: kind })
    expect(page).toMatchObject({ width: 792, height: 612, rotation: 90, text: FIRE })
    const line = boxOf(page, 'Keep')
    // Seen upright the line is 300 points from the top; the sheet lies on its side.
    expect(line.height).toBeGreaterThan(line.width * 5)
    expect(line.x).toBeGreaterThan(295)
    expect(line.x).toBeLessThan(305)
    expect(line.y).toBeGreaterThan(70)
    expect(line.y).toBeLessThan(75)
  })
})

describe.skipIf(engines.length === 0)('OcrPool', () => {
  it('says what is missing for a language without data', async () => {
    const page = open().recognisePage(scan, 1, { languages: ['tlh'] })
    await expect(page).rejects.toThrow(OcrUnavailableError)
    await expect(page).rejects.toThrow(/languages tlh .*tesseract-ocr-tlh/)
  })

  it('says that a page does not exist', async () => {
    await expect(open().recognisePage(scan, 9)).rejects.toThrow('There is no page 9; the file has 2')
  })

  it('passes on why a file cannot be opened', async () => {
    const path = await folder.write('locked.pdf', await numberedPages(1, { userPassword: 'levee', ownerPassword: 'x' }))
    await expect(open().recognisePage(path, 1)).rejects.toMatchObject({ code: 'ENCRYPTED' })
    expect((await pool!.recognisePage(path, 1, { password: 'levee' })).text).toContain('Shelter plan part 1')
  })

  it('stops a page that is cancelled and reads the next', { timeout: 60_000 }, async () => {
    const controller = new AbortController()
    open()
    const cancelled = pool!.recognisePage(scan, 1, { signal: controller.signal })
    const waiting = pool!.recognisePage(scan, 2, { signal: controller.signal })
    const next = pool!.recognisePage(scan, 2)
    setTimeout(() => controller.abort(new Error('enough')), 200)
    await Promise.all([expect(cancelled).rejects.toThrow('enough'), expect(waiting).rejects.toThrow('enough')])
    expect((await next).text).toBe(FIRE)
  })

  it('ends a page that takes too long', async () => {
    await expect(open({ pageCapMs: 50 }).recognisePage(scan, 1)).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  })
})
