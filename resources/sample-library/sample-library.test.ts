import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getDocument, OPS, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { afterAll, describe, expect, it } from 'vitest'
import { CUT_OFF, EXACT_COPY, renderSource } from './generate.ts'
import { hyphenPoints } from './generator/hyphenate.ts'
import { foldText, type ResolvedQuestion } from './generator/questions.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const RESTRICTED = 'plans/continuity-access-procedures-restricted.pdf'
const PASSWORD = 'calder-2025'
const SCANNED = { file: 'after-action-reports/aar-2024-ice-storm.pdf', page: 3 }

const files = readdirSync(here('pdfs'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.pdf'))
  .sort()
const readable = files.filter((file) => file !== CUT_OFF.file)
const questions = readFileSync(here('questions.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as ResolvedQuestion)

const opened = new Map<string, PDFDocumentProxy>()
const texts = new Map<string, string[]>()

async function open(file: string): Promise<PDFDocumentProxy> {
  const known = opened.get(file)
  if (known) return known
  const data = new Uint8Array(readFileSync(here(`pdfs/${file}`)))
  const pdf = await getDocument({ data, verbosity: 0, ...(file === RESTRICTED ? { password: PASSWORD } : {}) }).promise
  opened.set(file, pdf)
  return pdf
}

/** Text of each page as pdf.js extracts it, one line a row. */
async function pageTexts(file: string): Promise<string[]> {
  const known = texts.get(file)
  if (known) return known
  const pdf = await open(file)
  const pages: string[] = []
  for (let number = 1; number <= pdf.numPages; number++) {
    const { items } = await (await pdf.getPage(number)).getTextContent()
    pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''))
  }
  texts.set(file, pages)
  return pages
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((gram) => b.has(gram)).length
  return common / (a.size + b.size - common)
}

function wordTrigrams(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(words.slice(2).map((word, i) => `${words[i] ?? ''} ${words[i + 1] ?? ''} ${word}`))
}

afterAll(async () => {
  for (const pdf of opened.values()) await pdf.loadingTask.destroy()
})

describe('the sample library', () => {
  it('holds at least 14 readable PDFs with 150 pages in at most 2.5 MB', async () => {
    let pages = 0
    for (const file of readable) pages += (await open(file)).numPages
    const bytes = files.reduce((sum, file) => sum + readFileSync(here(`pdfs/${file}`)).length, 0)
    expect(readable.length).toBeGreaterThanOrEqual(14)
    expect(pages).toBeGreaterThanOrEqual(150)
    expect(bytes).toBeLessThan(2_500_000)
  })

  it.each(['heat-safety-leaflet.md', 'sop-114-rev3.revision'])('regenerates %s byte for byte', async (name) => {
    const { file, document } = await renderSource(name)
    expect(document.bytes.equals(readFileSync(here(`pdfs/${file}`)))).toBe(true)
  })

  it('names every file in its README, with its page count', async () => {
    const rows = readFileSync(here('README.md'), 'utf8').matchAll(/^\| `(\S+\.pdf)` +\| (\d+) /gm)
    const stated = new Map([...rows].map((row) => [row[1], Number(row[2])]))
    expect([...stated.keys()].sort()).toEqual(files)
    for (const file of readable) expect([file, stated.get(file)]).toEqual([file, (await open(file)).numPages])
  })
})

describe('the special files', () => {
  it('include one page that is an image without text, inside a document with text', async () => {
    const pages = await pageTexts(SCANNED.file)
    const textless = pages.flatMap((text, i) => (text.trim() === '' ? [i + 1] : []))
    expect(textless).toEqual([SCANNED.page])
    const { fnArray } = await (await (await open(SCANNED.file)).getPage(SCANNED.page)).getOperatorList()
    expect(fnArray).toContain(OPS.paintImageXObject)
  })

  it('include a file that opens with its password only', async () => {
    const data = new Uint8Array(readFileSync(here(`pdfs/${RESTRICTED}`)))
    await expect(getDocument({ data, verbosity: 0 }).promise).rejects.toThrow(/password/i)
    expect((await pageTexts(RESTRICTED))[0]).toContain('Access Procedures')
    expect(readFileSync(here('README.md'), 'utf8')).toContain(PASSWORD)
  })

  it('include a file cut off in the middle that cannot be opened', async () => {
    const data = new Uint8Array(readFileSync(here(`pdfs/${CUT_OFF.file}`)))
    expect(Buffer.from(data.subarray(0, 5)).toString()).toBe('%PDF-')
    await expect(getDocument({ data, verbosity: 0 }).promise).rejects.toThrow(/invalid pdf/i)
  })

  it('include an exact copy under another name in another folder, and no other', () => {
    const contents = files.map((file) => readFileSync(here(`pdfs/${file}`)).toString('base64'))
    const copies = files.filter(
      (_, i) => contents.indexOf(contents[i] ?? '') !== contents.lastIndexOf(contents[i] ?? ''),
    )
    expect(copies).toEqual([EXACT_COPY.to, EXACT_COPY.from].sort())
  })

  it('include an earlier revision with similarity over 0.85 that is not the same', async () => {
    const current = (await pageTexts('sops/sop-114-shelter-opening-rev4.pdf')).join('\n')
    const earlier = (await pageTexts('sops/sop-114-shelter-opening-rev3.pdf')).join('\n')
    const similarity = jaccard(wordTrigrams(current), wordTrigrams(earlier))
    expect(similarity).toBeGreaterThan(0.85)
    expect(similarity).toBeLessThan(0.99)
  })

  it('include one page turned by 90 degrees', async () => {
    const pdf = await open('annexes/annex-e-evacuation.pdf')
    const rotations: number[] = []
    for (let number = 1; number <= pdf.numPages; number++) rotations.push((await pdf.getPage(number)).rotate)
    expect(rotations.filter((rotation) => rotation === 90)).toHaveLength(1)
    expect(rotations.filter((rotation) => rotation !== 0)).toHaveLength(1)
  })

  it('include fillable forms', async () => {
    const pdf = await open('forms/field-forms-pack.pdf')
    let fields = 0
    for (let number = 1; number <= pdf.numPages; number++) {
      const annotations = await (await pdf.getPage(number)).getAnnotations()
      fields += annotations.filter((annotation) => annotation.fieldType === 'Tx').length
    }
    expect(fields).toBeGreaterThan(50)
  })

  it('include a Spanish leaflet of 3 to 4 pages with its accents', async () => {
    const pages = await pageTexts('public-information/folleto-inundaciones-es.pdf')
    expect(pages.length).toBeGreaterThanOrEqual(3)
    expect(pages.length).toBeLessThanOrEqual(4)
    expect(pages.join(' ')).toContain('¿Está su casa en peligro?')
  })

  it('include words broken at line ends in a two-column document', async () => {
    const text = (await pageTexts('plans/disaster-recovery-framework.pdf')).join('\n')
    expect((text.match(/[a-z]-\n/g) ?? []).length).toBeGreaterThanOrEqual(10)
  })
})

describe('the questions', () => {
  it('are 60, mostly QA, over known files, with ids of their own', () => {
    expect(questions).toHaveLength(60)
    expect(new Set(questions.map((question) => question.id)).size).toBe(60)
    expect(new Set(questions.map((question) => question.intent))).toEqual(
      new Set(['QA', 'QAdoc', 'FactCheck', 'STS', 'NLI', 'Twitter']),
    )
    expect(questions.filter((question) => question.intent === 'QA').length).toBeGreaterThan(30)
    const named = questions.flatMap((question) => question.answers.map((answer) => answer.file))
    expect(named.filter((file) => !readable.includes(file))).toEqual([])
  })

  it.each(questions)('$id has its evidence on the stated pages', async ({ answers, query }) => {
    expect(answers.length).toBeGreaterThan(0)
    for (const { file, pages, evidence, anyPage } of answers) {
      if (anyPage) {
        expect(pages).toEqual([])
        continue
      }
      expect(evidence).toHaveLength(pages.length)
      const text = await pageTexts(file)
      for (const [i, phrase] of (evidence ?? []).entries()) {
        expect(foldText(text[(pages[i] ?? 0) - 1] ?? '')).toContain(foldText(phrase))
        expect(foldText(query)).not.toContain(foldText(phrase))
      }
    }
  })
})

describe('hyphenPoints', () => {
  it('breaks between consonants and at affixes, never within the last two letters', () => {
    expect(hyphenPoints('information').map((at) => `${'information'.slice(0, at)}-${'information'.slice(at)}`)).toEqual(
      ['in-formation', 'infor-mation', 'informa-tion'],
    )
    expect(hyphenPoints('house')).toEqual([])
    expect(hyphenPoints('2,500-gallon')).toEqual([])
  })
})
