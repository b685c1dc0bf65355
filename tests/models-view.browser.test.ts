import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelFixture } from '../electron/ml/testing/model-fixtures.ts'
import { expectNoBarrier } from './support/barriers.ts'
import { dmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'
import { goTo } from './support/pictures.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const executable = chromiumPath()

let folder = ''
let library = ''

beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-models-view-'))
  library = join(folder, 'library.db')
  const pages = Array.from({ length: 30 }, (_, index) => pageOfText(index + 1))
  await writePdf(join(folder, 'plans', 'plan.pdf'), pages, { title: 'County Plan' })
  // Without a model of its own the library starts with keywords alone, whatever comes with the application.
  const indexed = await dmr('index', join(folder, 'plans'), '--library', library, '--quiet')
  if (indexed.code !== 0) throw new Error(`the library could not be read: ${indexed.stderr}`)
  await dmr('models', 'use', 'none', '--library', library)
  writeTestSet(join(folder, 'testset'))
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Eight documents, and for each a query made of its words. */
function writeTestSet(path: string): void {
  const subjects = ['shelter', 'levee', 'generator', 'water main', 'radio net', 'road block', 'fuel depot', 'clinic']
  const documents = subjects.map((subject, index) => ({
    _id: `d${index}`,
    title: `About the ${subject}`,
    text: `The ${subject} is inspected within ${index + 2} hours.`,
  }))
  const queries = subjects.map((subject, index) => ({
    _id: `q${index}`,
    text: `when is the ${subject} inspected`,
    intent: index % 2 === 0 ? 'QA' : 'FactCheck',
  }))
  const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  mkdirSync(join(path, 'qrels'), { recursive: true })
  writeFileSync(join(path, 'corpus.jsonl'), lines(documents))
  writeFileSync(join(path, 'queries.jsonl'), lines(queries))
  const judgements = subjects.map((_, index) => `q${index}\td${index}\t1\n`).join('')
  writeFileSync(join(path, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\n${judgements}`)
}

const card = (page: Page, name: string): Locator => page.getByRole('article', { name, exact: true })

async function importModel(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: 'Import a model' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Folder of the model' }).fill(path)
  await dialog.getByRole('button', { name: 'Import a model' }).click()
}

async function evaluate(page: Page, system: string): Promise<void> {
  await page.getByRole('button', { name: 'Run an evaluation' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Folder of the test set' }).fill(join(folder, 'testset'))
  await dialog.getByRole('radio', { name: system }).click()
  await dialog.getByRole('button', { name: 'Start' }).click()
  await dialog.waitFor({ state: 'hidden' })
}

describe.skipIf(!executable)('someone who brings a model', () => {
  it('imports it, makes the library searchable with it, switches, searches and rolls back', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await goTo(page, 'models')

    await importModel(page, join(folder, 'plans'))
    const dialog = page.getByRole('dialog')
    await dialog
      .getByRole('alert')
      .getByText(/config\.json/)
      .waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    for (const name of ['bert', 'distilbert']) {
      await importModel(page, modelFixture(name))
      await card(page, name).waitFor({ timeout: 60_000 })
    }
    await page.getByRole('heading', { name: 'Prompts' }).waitFor()

    // From card to card by arrow keys, on the same control of each.
    await goTo(page, 'models')
    await page.getByRole('heading', { name: 'Prompts' }).waitFor({ state: 'detached' })
    const focused = (): Promise<string | undefined> =>
      page.evaluate(() => document.activeElement?.closest('article')?.querySelector('h2')?.textContent.trim())
    await card(page, 'bert').getByRole('button', { name: 'Details' }).focus()
    await page.keyboard.press('Home')
    const first = await focused()
    await page.keyboard.press('ArrowRight')
    const second = await focused()
    await page.keyboard.press('ArrowLeft')
    expect(await focused()).toBe(first)
    expect([first, second]).toEqual(expect.arrayContaining([expect.any(String), expect.any(String)]))
    expect(second).not.toBe(first)

    await card(page, 'bert').getByRole('button', { name: 'Promote' }).click()
    await card(page, 'bert').getByText('In use').waitFor({ timeout: 60_000 })
    await page.getByText('Model: bert').waitFor()

    await card(page, 'distilbert').getByRole('button', { name: 'Build index' }).click()
    await card(page, 'distilbert').getByText('Search index ready').waitFor({ timeout: 60_000 })
    expect(await card(page, 'bert').getByText('In use').count()).toBe(1)
    await card(page, 'distilbert').getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('textbox', { name: 'Search both' }).fill('where does the shelter open')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'A', exact: true }).getByRole('listitem').first().waitFor()
    await page.getByRole('button', { name: 'A is better' }).click()
    await page.getByText('1 of 30').waitFor()
    await page.keyboard.press('Escape')

    await card(page, 'distilbert').getByRole('button', { name: 'Use this model' }).click()
    await page.getByText('Model: distilbert').waitFor()
    await goTo(page, 'search?q=shelter+inspected')
    await page.getByRole('grid', { name: 'Passages found' }).getByRole('row').first().waitFor()
    expect(await page.getByText('Keyword search only', { exact: false }).count()).toBe(0)

    await goTo(page, 'models')
    await card(page, 'distilbert').getByRole('button', { name: 'Roll back to bert' }).click()
    await card(page, 'bert').getByText('In use').waitFor()
    await page.getByText('Model: bert').waitFor()

    await card(page, 'distilbert').getByRole('button', { name: 'Actions for distilbert' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await card(page, 'distilbert').waitFor({ state: 'detached' })

    await goTo(page, 'evaluation')
    await evaluate(page, 'Keywords')
    await page.getByRole('columnheader', { name: /Keywords/ }).waitFor({ timeout: 60_000 })
    await evaluate(page, 'Meaning')
    await page.getByRole('columnheader', { name: /bert/ }).waitFor({ timeout: 60_000 })
    // Keywords find every one of these documents; random weights do not.
    const mean = page.getByRole('row', { name: /Mean of intents/ })
    await expect.poll(() => mean.textContent()).toContain('100.0')
    await page.getByRole('listbox', { name: 'Queries by change' }).getByRole('option').first().click()
    await page.getByRole('list', { name: 'Keywords' }).getByRole('listitem').first().waitFor()

    await page.getByRole('link', { name: 'Small test sets' }).click()
    await page.getByRole('button', { name: 'Make a small test set' }).first().click()
    await page.getByRole('textbox', { name: 'Full test set' }).fill(join(folder, 'testset'))
    await page.getByRole('textbox', { name: 'New folder for the small set' }).fill(join(folder, 'small'))
    await page.getByRole('textbox', { name: 'Queries' }).fill('4')
    await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('region', { name: 'small' }).getByText('4 queries').waitFor({ timeout: 60_000 })

    await expectNoBarrier(window, 'evaluation?tab=dev-sets', '4 queries')
    await expectNoBarrier(window, 'models', 'In use')
    await expectNoBarrier(window, 'models?model=bert', 'Prompts')
    await expectNoBarrier(window, 'models', 'In use', async (page) => {
      await page.getByRole('button', { name: 'Import a model' }).click()
      await page.getByRole('dialog').waitFor()
    })
    await expectNoBarrier(window, 'evaluation', 'Mean of intents')
    await expectNoBarrier(window, 'evaluation', 'Mean of intents', async (page) => {
      await page.getByRole('button', { name: 'Run an evaluation' }).click()
      await page.getByRole('dialog').waitFor()
    })
    expect(window.problems).toEqual([])
  }, 300_000)
})
