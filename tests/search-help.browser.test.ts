import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, hits, indexSample, openSearch, queryBox } from './support/search-page.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const executable = chromiumPath()
let folder = ''
let library = ''

beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-search-help-'))
  library = join(folder, 'library.db')
  await indexSample(library)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Saves what was found in a format, and reads the file. */
async function exported(page: Page, format: string): Promise<string> {
  await page.getByRole('button', { name: 'Export these passages' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: format }).click(),
  ])
  return readFileSync(await download.path(), 'utf8')
}

describe.skipIf(!executable)('help with a search', () => {
  it('names the section of a hit, and marks a sentence that answers without the heading before it', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, 'who decides to open a shelter when the evacuation route floods')
    const hit = hits(page).filter({ hasText: 'The incident commander orders' }).first()
    expect((await hit.locator('.path').innerText()).trim()).toBe('3. Who decides')
    expect(await hit.locator('.path mark').innerText()).toBe('decides')
    expect(await hit.locator('.text').innerText()).toMatch(/^The incident commander orders/)
    for (const sentence of await page.locator('.hit .sense').allInnerTexts()) expect(sentence).toMatch(/[.!?…:;]$/)
  }, 60_000)

  it('knows how the library spells a word', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, 'shleter evacuatoin')
    await page.getByRole('button', { name: 'shelter evacuation' }).click()
    await expect.poll(() => queryBox(page).inputValue()).toBe('shelter evacuation')
    await expect.poll(() => hits(page).first().locator('mark').count()).toBeGreaterThan(0)
    await ask(page, '"evacuatoin"')
    await page.getByText('No passage found for “evacuatoin”').waitFor()
    await page.getByRole('button', { name: 'Search for “evacuation”' }).click()
    await expect.poll(() => hits(page).count()).toBeGreaterThan(0)
    expect(await page.getByText('no search model is installed', { exact: false }).count()).toBe(0)
  }, 60_000)

  it('goes back to earlier queries with the arrow key, and forward to what was being written', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    for (const question of ['levee breach', 'boil water notice']) {
      await ask(page, question)
      await queryBox(page).press('Enter')
      await page.getByRole('grid', { name: 'Passages found' }).and(page.locator(':focus')).waitFor()
    }
    await queryBox(page).fill('gener')
    for (const [key, text] of [
      ['ArrowUp', 'boil water notice'],
      ['ArrowUp', 'levee breach'],
      ['ArrowDown', 'boil water notice'],
      ['ArrowDown', 'gener'],
    ] as const) {
      await queryBox(page).press(key)
      expect(await queryBox(page).inputValue()).toBe(text)
    }
  }, 60_000)

  it('hands on what was found: as a table, as citations, and a briefing on paper', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, '"public shelter"')
    await expect.poll(() => hits(page).count()).toBeGreaterThan(2)
    const title = await hits(page).first().locator('.strong').first().innerText()
    const total = Number((await page.getByText(/^\d+ passages, /).innerText()).split(' ')[0])
    const table = (await exported(page, 'Table (CSV)')).split('\r\n')
    expect(table[0]).toBe('title,page,date,sha256,text')
    expect(table[1]).toContain(title)
    expect(table.filter((line) => /,[0-9a-f]{64},/.test(line))).toHaveLength(total)
    const citations = (await exported(page, 'List of citations')).trimEnd().split('\n')
    expect(citations[0]).toMatch(/^.+, page \d+, .*SHA-256 [0-9a-f]{64}$/)
    expect(citations[0]).toContain(title)

    await page.getByRole('grid', { name: 'Passages found' }).focus()
    await page.keyboard.press('b')
    await page.keyboard.press('b')
    await page.getByRole('complementary', { name: 'Briefing' }).getByRole('button', { name: 'Print' }).waitFor()
    const sheet = page.locator('.print-sheet')
    expect(await sheet.isVisible()).toBe(false)
    await page.emulateMedia({ media: 'print' })
    expect(await sheet.innerText()).toContain(title)
    expect(await page.locator('#app').isVisible()).toBe(false)
    expect(window.problems).toEqual([])
  }, 60_000)

  it('keeps the intents on one line, as a menu where there is no room for them', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    const chips = page.getByRole('group', { name: 'Looking for' }).getByRole('button')
    await expect.poll(() => chips.count()).toBe(7)
    const tops = await chips.evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().top))
    expect(new Set(tops).size).toBe(1)
    const group = page.getByRole('group', { name: 'Looking for' })
    expect(await group.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)

    await page.setViewportSize({ width: 900, height: 800 })
    await expect.poll(() => chips.count()).toBe(1)
    await chips.click()
    await page.getByRole('menuitemcheckbox', { name: 'Check a claim' }).click()
    await page.getByRole('button', { name: 'Looking for: Check a claim' }).waitFor()
    await page.setViewportSize({ width: 1440, height: 800 })
    await page.getByRole('button', { name: 'Check a claim', pressed: true }).waitFor()
  }, 60_000)

  it('maps the keys of each view, also those that cannot act yet', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    for (const view of ['Library', 'Search', 'Review', 'Data sets', 'Training', 'Evaluation', 'Models', 'Activity']) {
      await page.getByRole('link', { name: view, exact: true }).click()
      await expect.poll(() => page.title()).toContain(view)
      await page.locator('main').focus()
      await page.keyboard.press('?')
      const map = page.getByRole('dialog', { name: 'Keyboard map' })
      await map.waitFor()
      if (view === 'Search') await map.getByText('Copy citation').waitFor()
      await page.keyboard.press('Escape')
      await map.waitFor({ state: 'detached' })
    }
    expect(window.problems).toEqual([])
  }, 60_000)
})
