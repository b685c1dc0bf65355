// What tests of the Search view share: where things are, and asking a question.
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { dmr } from './dmr.ts'

const SAMPLE = fileURLToPath(new URL('../../resources/sample-library/pdfs', import.meta.url))

/** Reads the sample library into a new one. */
export async function indexSample(library: string): Promise<void> {
  // Ends with 3, not 0: two of the sample's files are damaged or protected on purpose.
  const { code, stderr } = await dmr('index', SAMPLE, '--library', library, '--quiet')
  if (code !== 3) throw new Error(`the sample library could not be read: ${stderr}`)
}

export const queryBox = (page: Page): Locator => page.getByRole('searchbox', { name: 'Query' })
export const hits = (page: Page): Locator => page.getByRole('grid', { name: 'Passages found' }).getByRole('row')

export async function openSearch(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Search', exact: true }).click()
  await queryBox(page).waitFor()
}

/** Types a question and waits for the answer to it. */
export async function ask(page: Page, question: string): Promise<void> {
  await queryBox(page).fill(question)
  await expect
    .poll(() => decodeURIComponent(new URL(page.url()).hash.replaceAll('+', ' ')), { timeout: 15_000 })
    .toContain(question)
}
