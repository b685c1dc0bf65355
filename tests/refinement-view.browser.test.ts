import { AxeBuilder } from '@axe-core/playwright'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr } from './support/dmr.ts'
import { goTo } from './support/pictures.ts'
import { chromiumPath, openWindow, type OpenWindow } from './support/window.ts'

const executable = chromiumPath()
const sample = fileURLToPath(new URL('../resources/sample-library/pdfs', import.meta.url))
const FILES = ['sops/eoc-handbook.pdf', 'annexes/annex-w-wildfire.pdf', 'plans/larkmoor-dam-emergency-action-plan.pdf']
const LONG = { timeout: 90_000 }

let folder = ''
let library = ''

beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-refinement-view-'))
  library = join(folder, 'library.db')
  for (const file of FILES) cpSync(join(sample, file), join(folder, 'pdfs', file))
  const indexed = await dmr('index', join(folder, 'pdfs'), '--library', library, '--quiet')
  if (indexed.code !== 0) throw new Error(`the library could not be read: ${indexed.stderr}`)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const step = (page: Page, name: string): Locator => page.getByRole('listitem', { name, exact: true })
const card = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })

/** The figure over a caption such as "hard negatives kept". */
async function figure(page: Page, caption: string): Promise<number> {
  const box = card(page, 'How hard should the negatives be?').getByText(caption, { exact: false }).locator('..')
  return Number((await box.locator('b').textContent())?.replaceAll(',', ''))
}

async function expectNoBarrier(
  window: OpenWindow,
  theme: 'light' | 'dark',
  place: string,
  ready: string,
): Promise<void> {
  const page = await window.newPage({ theme })
  await goTo(page, place)
  await page.getByText(ready).first().waitFor()
  const { violations } = await new AxeBuilder({ page: page as never }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${place}, ${theme}: ${id} ${nodes[0]?.html}`)).toEqual([])
  await page.context().close()
}

describe.skipIf(!executable)('someone who makes training data in the window', () => {
  it('gets from PDFs to mined sets, moves the threshold, looks at samples, exports and imports', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await goTo(page, 'refinement')
    await step(page, 'Write queries').getByText('Not run yet').waitFor()

    await page.getByRole('button', { name: 'Run all steps' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Shares of the right answer’s score (alpha)' }).fill('0.65, two')
    await dialog.getByText('Numbers up to 1').waitFor()
    expect(await dialog.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: 'Shares of the right answer’s score (alpha)' }).fill('0.65, 0.75, 0.85')
    await dialog.getByRole('button', { name: 'Start' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await step(page, 'Write queries')
      .getByText(/^\d+ queries from \d+ passages/)
      .waitFor(LONG)
    await step(page, 'Keep what is agreed on')
      .getByText(/^\d+ of \d+ kept/)
      .waitFor(LONG)
    await step(page, 'Find hard negatives')
      .getByText(/^3 sets/)
      .waitFor(LONG)

    const funnel = card(page, 'From written queries to training pairs')
    expect(await funnel.getByRole('row').count()).toBe(7)
    await funnel.getByRole('radio', { name: 'top 3' }).click()
    await funnel.getByText('Filter again with this to go on').waitFor()
    await funnel.getByRole('radio', { name: '1st passage' }).click()

    // The counts follow the slider by keyboard: each step only takes some away, and there are none at the far end.
    const slider = page.getByRole('slider', { name: 'Alpha' })
    await page.getByText('At alpha 0.75').waitFor()
    const at75 = await figure(page, 'hard negatives kept')
    expect(at75).toBeGreaterThan(0)
    await slider.focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByText('At alpha 0.745').waitFor()
    expect(await figure(page, 'hard negatives kept')).toBeLessThanOrEqual(at75)
    await page.keyboard.press('Home')
    expect(await figure(page, 'hard negatives kept')).toBeLessThan(at75)
    await slider.fill('0.5')
    await page.getByRole('button', { name: 'Make a set of it' }).click()
    expect(await dialog.getByRole('textbox', { name: /alpha/ }).inputValue()).toBe('0.5, 0.65, 0.75, 0.85')
    const expected = await figure(page, 'queries with none')
    await dialog.getByRole('button', { name: 'Start' }).click()
    await step(page, 'Find hard negatives')
      .getByText(/^4 sets/)
      .waitFor(LONG)
    await slider.fill('0.5')
    await page.getByRole('button', { name: 'Data set MTT-0.5' }).waitFor()
    expect(await figure(page, 'queries with none')).toBe(expected)

    await page.getByRole('button', { name: 'Samples' }).click()
    const samples = page.getByRole('complementary', { name: 'Samples' })
    await samples
      .getByText(/^Dropped: /)
      .first()
      .waitFor()
    await samples.getByRole('radio', { name: 'Kept' }).click()
    await samples
      .getByText(/^Kept: all/)
      .first()
      .waitFor()
    await samples
      .getByRole('link', { name: /^Source, page/ })
      .first()
      .click()
    await page.locator('canvas').first().waitFor(LONG)

    await goTo(page, 'refinement?section=sets')
    await page.getByRole('button', { name: 'MTT-0.75', exact: true }).click()
    expect(await page.getByRole('row').count()).toBe(6)
    const drawer = page.getByRole('complementary', { name: 'MTT-0.75' })
    await drawer.getByText('below 75% of the right answer’s score').waitFor()
    await drawer.getByText('# MTT-0.75').waitFor()
    await drawer.getByRole('button', { name: 'Export' }).click()
    await dialog.getByRole('textbox', { name: 'Into the folder' }).fill(join(folder, 'out'))
    await dialog.getByRole('button', { name: 'Export' }).click()
    await dialog.waitFor({ state: 'hidden' })
    const lines = readFileSync(join(folder, 'out', 'MTT-0.75', 'train.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) expect((JSON.parse(line) as { neg: string[] }).neg.length).toBeGreaterThan(0)
    expect(existsSync(join(folder, 'out', 'MTT-0.75', 'README.md'))).toBe(true)

    writeFileSync(join(folder, 'bad.jsonl'), '{"query":"q","pos":["p"]}\n{"query":"q"}\n')
    await page.getByRole('button', { name: 'Import' }).click()
    await dialog.getByRole('textbox', { name: 'File or folder' }).fill(join(folder, 'bad.jsonl'))
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog
      .getByRole('alert')
      .getByText(/bad\.jsonl, line 2/)
      .waitFor()
    await dialog.getByRole('textbox', { name: 'File or folder' }).fill(join(folder, 'out', 'MTT-0.75'))
    await dialog.getByRole('textbox', { name: 'Name' }).fill('again')
    await dialog.getByRole('button', { name: 'Import' }).click()
    await page.getByRole('button', { name: 'again', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Actions for again' }).click()
    await page.getByRole('menuitem', { name: 'Delete this data set' }).click()
    await dialog.getByRole('button', { name: 'Delete this data set' }).click()
    await page.getByRole('button', { name: 'again', exact: true }).waitFor({ state: 'detached' })

    for (const theme of ['light', 'dark'] as const) {
      await expectNoBarrier(window, theme, 'refinement?samples=yes', 'hard negatives kept')
      await expectNoBarrier(window, theme, 'refinement?section=sets&set=MTT-0.65', 'How it was made')
    }
    expect(window.problems).toEqual([])
  }, 300_000)
})
