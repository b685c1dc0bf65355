// What tests of the Review view share: a refined sample library, and what a reviewer sees and presses.
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { dmr } from './dmr.ts'
import { goTo } from './pictures.ts'

const SAMPLE = fileURLToPath(new URL('../../resources/sample-library/pdfs', import.meta.url))

/** Reads the sample library into a new library file. */
export async function readSample(library: string): Promise<void> {
  // Ends with 3, not 0: two of the sample's files are damaged or protected on purpose.
  const indexed = await dmr('index', SAMPLE, '--library', library, '--quiet')
  if (indexed.code !== 3) throw new Error(`the sample library could not be read: ${indexed.stderr}`)
}

/** Makes pairs of it with the built-in generator, filters and mines them. */
export async function refine(library: string): Promise<void> {
  const made = await dmr('refine', '--library', library, '--limit', '25', '--quiet')
  if (made.code !== 0) throw new Error(`the sample library could not be refined: ${made.stderr}`)
}

export const heading = (page: Page): Locator =>
  page.getByRole('region', { name: 'Pair', exact: true }).getByRole('heading').first()
/** Waits until the pair of the chosen row is shown, whose row says `saying`: a key pressed before that is for no pair. */
export async function pairShown(page: Page, saying = ''): Promise<void> {
  const isShown = async (): Promise<boolean> => {
    const query = await page.locator('p.query').textContent()
    const shown = (await chosen(page).textContent()) ?? ''
    return query !== null && shown.includes(query) && shown.includes(saying)
  }
  await expect.poll(isShown).toBe(true)
}
export const rows = (page: Page): Locator =>
  page.getByRole('listbox', { name: 'Pairs of the queue' }).getByRole('option')
export const chosen = (page: Page): Locator => rows(page).and(page.locator('[aria-selected=true]'))
export const row = (page: Page, position: number): Locator => page.locator(`[role=option][aria-posinset="${position}"]`)
export const progress = (page: Page): Locator => page.getByRole('complementary', { name: 'Queue' }).locator('.progress')
export const toast = (page: Page, text: string | RegExp): Locator => page.locator('.toast').getByText(text)

export async function startAs(page: Page, name: string): Promise<void> {
  await goTo(page, 'review')
  const known = page.getByRole('button', { name, exact: true })
  const field = page.getByRole('textbox', { name: 'Your name' })
  await field.waitFor()
  if ((await known.count()) > 0) await known.click()
  else {
    await field.fill(name)
    await page.keyboard.press('Enter')
  }
  await chosen(page).waitFor()
}

/** Presses keys one after the other, each when the pair of the one before has gone. */
export async function decide(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const before = (await heading(page).textContent()) ?? ''
    await page.keyboard.press(key)
    await expect.poll(() => heading(page).textContent()).not.toBe(before)
  }
}
