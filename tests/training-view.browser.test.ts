import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelFixture } from '../electron/ml/testing/model-fixtures.ts'
import { canFindWorkers, workersOf } from './faults/support/victims.ts'
import { expectNoBarrier } from './support/barriers.ts'
import { dmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'
import { goTo } from './support/pictures.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const executable = chromiumPath()
if (!canFindWorkers) console.warn('skipped: the training process cannot be found without /proc')

let folder = ''
let library = ''

beforeAll(async () => {
  if (!executable || !canFindWorkers) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-training-view-'))
  library = join(folder, 'library.db')
  const pages = Array.from({ length: 30 }, (_, index) => pageOfText(index + 1))
  await writePdf(join(folder, 'plans', 'plan.pdf'), pages, { title: 'County Plan' })
  const indexed = await dmr('index', join(folder, 'plans'), '--library', library, '--quiet')
  if (indexed.code !== 0) throw new Error(`the library could not be read: ${indexed.stderr}`)
  await dmr('models', 'use', 'none', '--library', library)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A model for search to come from and to go back to. */
async function useFixture(page: Page, name: string): Promise<void> {
  await goTo(page, 'models')
  await page.getByRole('button', { name: 'Import a model' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Folder of the model' }).fill(modelFixture(name))
  await dialog.getByRole('button', { name: 'Import a model' }).click()
  const card = page.getByRole('article', { name, exact: true })
  await card.getByRole('button', { name: 'Promote' }).click({ timeout: 60_000 })
  await page.getByText(`Model: ${name}`).waitFor({ timeout: 60_000 })
}

const field = (sheet: Locator, name: string): Locator => sheet.getByRole('textbox', { name, exact: true })
const plan = (page: Page): Locator => page.getByRole('list', { name: 'Plan' })

/** "1,075 of 2,000" -> 1075 */
async function stepOf(page: Page): Promise<number> {
  const text = await page.locator('dl > div', { hasText: /^Step/ }).locator('dd').textContent()
  return Number(/^[\d,]+/.exec(text ?? '')?.[0].replaceAll(',', '') ?? 0)
}

/** What the loss chart shows, as a number that changes with it. */
function lossPicture(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[aria-label="Loss"] canvas')
    if (!canvas) return 0
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((sum, value, index) => (sum * 31 + value + index) | 0, 7)
  })
}

async function savedChart(page: Page, format: 'PNG' | 'SVG'): Promise<Buffer> {
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Actions for Loss' }).click()
  await page.getByRole('menuitem', { name: `Save as ${format}` }).click()
  return readFileSync(await (await saved).path())
}

describe.skipIf(!executable || !canFindWorkers)('someone who trains a model', () => {
  it('starts it, sees it learn, loses its process, resumes, uses the model, searches, rolls back', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await useFixture(page, 'bert')

    await goTo(page, 'training')
    await page.getByText('Nothing has been trained yet').waitFor()
    await page.getByRole('button', { name: 'New training' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('radio', { name: /^Smoke/ }).click()
    await sheet.getByRole('button', { name: 'More settings' }).click()
    await field(sheet, 'Steps between saves').fill('5')
    await field(sheet, 'Steps between dev checks').fill('6')
    for (const steps of await sheet.getByRole('textbox', { name: 'Steps at most' }).all()) await steps.fill('15')
    const rates = sheet.getByRole('textbox', { name: 'Learning rate' })
    await rates.first().fill('fast')
    await sheet.getByText(/1 setting needs your attention/).waitFor()
    expect(await sheet.getByRole('button', { name: 'Start training' }).isDisabled()).toBe(true)
    await rates.first().fill('0.001')
    await field(sheet, 'Name').fill('County pilot')
    await field(sheet, 'Tags').fill('pilot')
    await sheet.getByText('Ready to start').waitFor()
    await sheet.getByRole('button', { name: 'Start training' }).click()
    await sheet.waitFor({ state: 'hidden', timeout: 180_000 })

    // The curve moves: two pictures of it, some steps apart.
    await expect.poll(() => stepOf(page), { timeout: 180_000 }).toBeGreaterThan(3)
    await expect.poll(() => lossPicture(page)).not.toBe(0)
    const [before, step] = [await lossPicture(page), await stepOf(page)]
    await expect.poll(() => stepOf(page), { timeout: 60_000 }).toBeGreaterThan(step + 2)
    await expect.poll(() => lossPicture(page)).not.toBe(before)

    // The training process dies, not the application: the run waits where it was saved.
    await page.getByText(/^step [\d,]+$/).waitFor({ timeout: 60_000 })
    const [worker] = workersOf(window.serverPid, 'train')
    process.kill(worker!, 'SIGKILL')
    await page.getByText('Interrupted').first().waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await plan(page).getByText('Running').first().waitFor()
    await page.getByRole('heading', { name: 'Result', exact: true }).waitFor({ timeout: 300_000 })
    const log = page.getByRole('list', { name: 'Log' })
    expect(await log.getByRole('listitem').count()).toBeGreaterThan(3)

    expect((await savedChart(page, 'PNG')).subarray(1, 4).toString()).toBe('PNG')
    expect((await savedChart(page, 'SVG')).toString()).toContain('<title>Loss</title>')

    await page.getByRole('button', { name: 'Use this model' }).click()
    await page.getByText(/^Model: county-pilot/).waitFor({ timeout: 120_000 })
    await page.getByText('Search uses this model.').waitFor()
    await goTo(page, 'search?q=shelter+inspected')
    await page.getByRole('grid', { name: 'Passages found' }).getByRole('row').first().waitFor()
    expect(await page.getByText('Keyword search only', { exact: false }).count()).toBe(0)
    await goTo(page, 'training')
    await page.getByRole('button', { name: 'Roll back' }).click()
    await page.getByText('Model: bert').waitFor({ timeout: 60_000 })

    await page.getByRole('link', { name: 'All runs' }).click()
    const row = page.getByRole('row', { name: /County pilot/ })
    await page.getByRole('textbox', { name: 'Find a run' }).fill('nothing like it')
    await page.getByText('No run matches').waitFor()
    await page.getByRole('textbox', { name: 'Find a run' }).fill('pilot')
    await row.waitFor()
    await expectNoBarrier(window, 'training', 'Search quality on the dev set')
    await expectNoBarrier(window, 'training?tab=runs', 'County pilot')
    await expectNoBarrier(window, 'training?tab=series', 'No experiment has been run yet')
    await expectNoBarrier(window, 'training?tab=runs', 'County pilot', async (page) => {
      await page.getByRole('button', { name: 'New training' }).click()
      await page.getByText('Ready to start').waitFor()
    })
    await row.getByRole('button', { name: 'Actions for County pilot' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Nothing has been trained yet').waitFor()
    expect(window.problems).toEqual([])
  }, 900_000)
})
