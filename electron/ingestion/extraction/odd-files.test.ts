/**
 * Odd, damaged and encrypted files of other PDF programs' test suites, where they lie beside the checkout.
 * DMR_ALL_ODD_FILES=1 reads all of them, otherwise every seventh.
 */
import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../tests/shared-data.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import { FAILURE_STATES, ExtractionError } from './extraction-error.ts'
import { extractFile } from './extract-file.ts'
import { ExtractionPool } from './extraction-pool.ts'

const oddFiles = sharedData('robustness')
const guides = sharedData('pdfs')
const all = process.env['DMR_ALL_ODD_FILES'] === '1'

describe.skipIf(!oddFiles)('odd files', () => {
  it('end in exactly one state with a reason each, and kill no process', { timeout: 180_000 }, async () => {
    const files = globSync('**/*.pdf', { cwd: oddFiles! })
      .sort()
      .filter((_, index) => all || index % 7 === 0)
    await using pool = new ExtractionPool({ launcher: new NodeLauncher(), size: 2 })
    const outcomes = await Promise.all(
      files.map(async (file) => {
        try {
          const document = await pool.extract(join(oddFiles!, file))
          expect(document.pages.length, file).toBeGreaterThan(0)
          for (const page of document.pages) expect(page.quality !== 'text' || page.text !== undefined, file).toBe(true)
          return 'read'
        } catch (error) {
          if (!(error instanceof ExtractionError)) throw error
          expect(error.message.length, file).toBeGreaterThan(10)
          expect(Object.keys(FAILURE_STATES)).toContain(error.code)
          return error.code
        }
      }),
    )
    const counts = Object.groupBy(outcomes, (outcome) => outcome)
    expect(counts['CRASHED'], 'files that killed a worker').toBeUndefined()
    expect(counts['TIME_LIMIT'], 'files that hung').toBeUndefined()
    expect(counts['read']!.length).toBeGreaterThan(files.length * 0.85)
  })
})

describe.skipIf(!guides || !hasPoppler())('text of real documents', () => {
  it('has the words that pdftotext finds', { timeout: 60_000 }, async () => {
    const files = globSync('**/*.pdf', { cwd: guides! })
      .map((name) => join(guides!, name))
      .filter((path) => statSync(path).size < 2_000_000)
      .sort()
      .filter((_, index) => index % 12 === 0)
    expect(files.length).toBeGreaterThan(4)
    for (const file of files) {
      const { pages } = await extractFile(file)
      const ours = pages.map((page) => [page.text, ...page.dropped.map((line) => line.text)].join(' ')).join(' ')
      const theirs = execFileSync('pdftotext', ['-enc', 'UTF-8', file, '-'], { encoding: 'utf8', stdio: 'pipe' })
      expect(bagF1(words(ours), words(theirs)), file).toBeGreaterThan(0.95)
    }
  })
})

function hasPoppler(): boolean {
  try {
    execFileSync('pdftotext', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: pdftotext (poppler-utils) is not installed, the comparison with it is left out')
    return false
  }
}

/** Words of four letters and more, which line-end hyphens and symbols do not change. */
function words(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{L}{4,}/gu) ?? []
  )
}

/** Harmonic mean of the shares of words that both have, as bags. */
function bagF1(ours: readonly string[], theirs: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const word of theirs) counts.set(word, (counts.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of ours) {
    const left = counts.get(word) ?? 0
    if (left > 0) shared++
    counts.set(word, left - 1)
  }
  return (2 * shared) / (ours.length + theirs.length || 1)
}
