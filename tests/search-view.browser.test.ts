import { AxeBuilder } from '@axe-core/playwright'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'
import { ask, hits, indexSample, openSearch, queryBox } from './support/search-page.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const executable = chromiumPath()
const QUESTION = 'What share of residents told to leave are expected to use public shelters?'
const ANSWER = 'About 15 percent of people told to evacuate go to a public shelter'
const ANSWER_PAGE = 4

let folder = ''
let library = ''
let longLibrary = ''

beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-search-view-'))
  library = join(folder, 'library.db')
  longLibrary = join(folder, 'long.db')
  const pages = Array.from({ length: 1_000 }, (_, index) =>
    index === 776 ? `The quokka depot opens at noon. ${pageOfText(777)}` : pageOfText(index + 1),
  )
  await writePdf(join(folder, 'long', 'thousand-pages.pdf'), pages, { title: 'A Thousand Pages' })
  await indexSample(library)
  const long = await dmr('index', join(folder, 'long'), '--library', longLibrary, '--quiet')
  if (long.code !== 0) throw new Error(`the long document could not be read: ${long.stderr}`)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const chosen = (page: Page): Locator => hits(page).and(page.locator('[aria-selected=true]'))
const sheet = (page: Page, number: number): Locator => page.locator(`.sheet[data-page="${number}"]`)

/** The words of the text layer inside the outline of the passage, in reading order. */
function outlinedText(page: Page): Promise<string> {
  return page.evaluate(() => {
    const boxes = [...document.querySelectorAll('.sheet .outline')].map((outline) => outline.getBoundingClientRect())
    const inside = ({ left, right, top, bottom }: DOMRect): boolean =>
      boxes.some(
        (box) =>
          (left + right) / 2 > box.left &&
          (left + right) / 2 < box.right &&
          (top + bottom) / 2 > box.top &&
          (top + bottom) / 2 < box.bottom,
      )
    return [...document.querySelectorAll('.sheet .text-layer > span')]
      .filter((span) => span.textContent.trim() !== '' && inside(span.getBoundingClientRect()))
      .map((span) => span.textContent)
      .join(' ')
  })
}

const plain = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()

describe.skipIf(!executable)('the Search view', () => {
  it('finds the passage that answers a question and outlines it on its page', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, QUESTION)
    expect(await chosen(page).getAttribute('aria-rowindex')).toBe('1')
    expect(await chosen(page).innerText()).toContain(`page ${ANSWER_PAGE}`)
    await sheet(page, ANSWER_PAGE).locator('.outline').first().waitFor()
    await expect.poll(() => outlinedText(page)).toContain('15 percent')
    const outlined = plain(await outlinedText(page))
    expect(outlined).toContain(plain(ANSWER))

    // All of what is outlined is the passage, and nearly all of the passage is outlined.
    await page.getByRole('grid', { name: 'Passages found' }).press('Space')
    const passage = plain(await chosen(page).locator('.whole').innerText())
    const words = outlined.split(' ')
    expect(words.filter((word) => passage.includes(word)).length / words.length).toBeGreaterThan(0.98)
    expect(
      passage.split(' ').filter((word) => outlined.includes(word)).length / passage.split(' ').length,
    ).toBeGreaterThan(0.98)
    expect(window.problems).toEqual([])
  }, 60_000)

  it('marks the words of the query on the page, word by word, also on a turned page', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, 'evacuation zones with routes, transit loops and destinations')
    await hits(page).filter({ hasText: 'Table E-4' }).first().click()
    await page.locator('.keyword').first().waitFor()
    const marked = await page.evaluate(() =>
      [...document.querySelectorAll('.sheet .keyword')].map((mark) => {
        const box = mark.getBoundingClientRect()
        const layer = mark.closest('.sheet')!.querySelector('.text-layer')!
        const range = document.createRange()
        for (const span of layer.querySelectorAll('span')) {
          for (const word of span.textContent.matchAll(/[\p{L}\p{N}]+/gu)) {
            range.setStart(span.firstChild!, word.index)
            range.setEnd(span.firstChild!, word.index + word[0].length)
            const at = range.getBoundingClientRect()
            if (
              Math.abs(at.left - box.left) < 1.5 &&
              Math.abs(at.right - box.right) < 1.5 &&
              Math.abs(at.top - box.top) < 3
            )
              return word[0].toLowerCase()
          }
        }
        return `nothing at ${Math.round(box.left)}, ${Math.round(box.top)}`
      }),
    )
    expect(marked.length).toBeGreaterThan(5)
    for (const word of marked) expect(word).toMatch(/^(evacuat|zone|rout|transit|loop|destination)/)
  }, 60_000)

  it('is used without a pointer: ask, move, peek, explain, judge, collect, read the page and come back', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await page.getByRole('link', { name: 'Search', exact: true }).waitFor()
    const keys = page.keyboard
    await keys.press('Control+2')
    await queryBox(page).waitFor()
    await expect.poll(() => queryBox(page).evaluate((box) => box === document.activeElement)).toBe(true)
    await keys.type('who opens a shelter')
    await keys.press('Alt+1')
    await expect.poll(() => page.getByRole('button', { name: 'Answer', pressed: true }).count()).toBe(1)
    await page.getByText(/passages, \d+ ms/).waitFor()
    await keys.press('Enter')
    const list = page.getByRole('grid', { name: 'Passages found' })
    await expect.poll(() => list.evaluate((grid) => grid === document.activeElement)).toBe(true)
    await expect.poll(() => chosen(page).getAttribute('aria-rowindex')).toBe('1')

    await keys.press('ArrowDown')
    await keys.press('ArrowDown')
    await expect.poll(() => chosen(page).getAttribute('aria-rowindex')).toBe('3')
    await keys.press('Space')
    await chosen(page).locator('.whole').waitFor()
    await keys.press('w')
    const why = page.getByRole('dialog', { name: 'Why this rank' })
    await why.getByText('Why rank 3').waitFor()
    await keys.press('Escape')
    await why.waitFor({ state: 'detached' })

    await list.focus()
    await keys.press('2')
    await chosen(page).getByText('Judged 2').waitFor()
    await keys.press('2')
    await chosen(page).getByText('Judged 2').waitFor({ state: 'detached' })
    await keys.press('b')
    await page.getByText('Added to the briefing, 1 quote').waitFor()

    const title = await chosen(page).locator('.strong').first().innerText()
    await keys.press('Enter')
    const well = page.getByRole('region', { name: 'Document' }).and(page.locator('.well'))
    await expect.poll(() => well.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await page.getByRole('heading', { name: title }).count()).toBe(1)
    await keys.press('Control+f')
    await page.getByRole('textbox', { name: 'Find in document' }).waitFor()
    await keys.type('shelter')
    await page
      .getByText(/^\d+ of \d+/)
      .first()
      .waitFor()
    await keys.press('Escape')
    await keys.press('Escape')
    await expect.poll(() => list.evaluate((grid) => grid === document.activeElement)).toBe(true)

    await keys.press('s')
    await page.getByText(`Like ${title}`).waitFor()
    await keys.press('Escape')
    await page.getByText(`Like ${title}`).waitFor({ state: 'detached' })
    await keys.press('/')
    await expect.poll(() => queryBox(page).evaluate((box) => box === document.activeElement)).toBe(true)
    expect(window.problems).toEqual([])
  }, 60_000)

  it('says what is wrong with a query and where, and what to try when nothing is found', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await queryBox(page).fill('shelter AND')
    await queryBox(page).press('Enter')
    await page.getByRole('alert').waitFor()
    await page.getByRole('button', { name: 'Search without quotes and operators' }).click()
    await expect.poll(() => hits(page).count()).toBeGreaterThan(0)
    expect(await page.getByRole('alert').count()).toBe(0)

    await ask(page, '"zxqwv qwfpg"')
    await page.getByText(/No passage found for/).waitFor()
    await page.getByRole('button', { name: 'Why is a file missing?' }).first().click()
    await page.getByRole('heading', { name: 'Library' }).waitFor()
    expect(new URL(page.url()).hash).toContain('show=attention')
  }, 60_000)

  it('goes through a thousand pages with few of them drawn, and comes back after a reload', async () => {
    await using window = await openWindow(executable!, { library: longLibrary })
    const { page } = window
    await openSearch(page)
    await ask(page, 'quokka depot')
    await sheet(page, 777).locator('.outline').waitFor()
    await expect.poll(() => outlinedText(page)).toContain('quokka')
    const field = page.getByRole('textbox', { name: 'Page number' })
    for (const number of ['1', '1000', '500']) {
      await field.fill(number)
      await field.press('Enter')
      await expect.poll(() => sheet(page, Number(number)).locator('canvas').count()).toBe(1)
    }
    const well = page.locator('.well')
    for (let step = 0; step < 40; step += 1) await well.evaluate((element) => element.scrollBy(0, 900))
    await expect.poll(() => page.locator('.sheet canvas').count()).toBeGreaterThan(0)
    expect(await page.locator('.sheet').count()).toBeLessThan(8)
    expect(await page.locator('canvas').count()).toBeLessThan(40)

    await page.reload()
    await sheet(page, 777).locator('.outline').waitFor()
    expect(await queryBox(page).inputValue()).toBe('quokka depot')
  }, 90_000)

  it('searches for what was selected on the page', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await openSearch(page)
    await ask(page, QUESTION)
    const line = sheet(page, ANSWER_PAGE).locator('.text-layer > span', { hasText: 'go to a public shelter' }).first()
    await line.click({ clickCount: 3 })
    await page.getByRole('button', { name: 'Search for this' }).click()
    await expect.poll(() => queryBox(page).inputValue()).toContain('go to a public shelter')
    await expect.poll(() => hits(page).first().innerText()).toContain('public shelter')
    expect(window.problems).toEqual([])
  }, 60_000)

  it('asks for the password of a protected file, and again when it is wrong', async () => {
    const protectedFolder = join(folder, 'protected')
    await writePdf(join(protectedFolder, 'sealed.pdf'), [`The wombat tunnel is closed. ${pageOfText(1)}`], {
      title: 'Sealed Plan',
      password: 'open sesame',
    })
    const sealed = join(folder, 'sealed.db')
    await dmr('index', protectedFolder, '--library', sealed, '--quiet')
    await using window = await openWindow(executable!, { library: sealed })
    const { page } = window
    await page.getByRole('button', { name: 'Unlock' }).first().click()
    await page.getByLabel('Password').fill('open sesame')
    await page.keyboard.press('Enter')
    await page.getByRole('grid').getByText('Searchable', { exact: true }).waitFor()

    await openSearch(page)
    await ask(page, 'wombat tunnel')
    await page.getByText('This file is protected with a password').waitFor()
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the password of the file.').waitFor()
    await page.getByLabel('Password').fill('open sesame')
    await page.keyboard.press('Enter')
    await expect.poll(() => outlinedText(page)).toContain('wombat')
    expect(window.problems).toEqual([])
  }, 60_000)

  it.each(['light', 'dark'] as const)(
    'meets no serious barrier with hits, page, menus and drawer, %s',
    async (theme) => {
      await using window = await openWindow(executable!, { library, theme })
      const { page } = window
      await openSearch(page)
      await ask(page, QUESTION)
      await page.locator('.sheet canvas').first().waitFor()
      const serious = async (state: string): Promise<string[]> => {
        const { violations } = await new AxeBuilder({ page: page as never })
          .exclude('.text-layer') // the words of the document itself
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze()
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${state}: ${id} ${nodes[0]?.html}`)
      }
      expect(await serious('hits')).toEqual([])
      await page.getByRole('button', { name: 'Why this rank' }).first().click()
      await page.getByText('Why rank 1').waitFor()
      expect(await serious('why')).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Filter', exact: true }).click()
      await page.getByText('Date of the document').waitFor()
      expect(await serious('filters')).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('grid', { name: 'Passages found' }).focus()
      await page.keyboard.press('b')
      await page.keyboard.press('b')
      await page.getByRole('complementary', { name: 'Briefing' }).waitFor()
      expect(await serious('briefing')).toEqual([])
    },
    90_000,
  )
})
