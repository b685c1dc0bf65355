// Settings that keep an installation well, as a person uses them: updates from a folder, the support bundle, the licences.
import { AxeBuilder } from '@axe-core/playwright'
import { strFromU8, unzipSync } from 'fflate'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signUpdate, writeNewKey } from '../packaging/sign-update.ts'
import { dmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'
import { chromiumPath, openWindow, type OpenWindow } from './support/window.ts'

const executable = chromiumPath()
const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64'

let folder = ''
let share = ''
let key = ''
let window: OpenWindow

beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-upkeep-'))
  share = join(folder, 'share')
  mkdirSync(share)
  writeFileSync(join(share, `dmretriever-workbench-cli-99.0.0-linux-${ARCH}.deb`), 'a newer one')
  key = writeNewKey(join(folder, 'key.pem'))
  await signUpdate(share, join(folder, 'key.pem'), 'Finds more.')
  // An empty library shows the welcome instead of the views.
  const library = join(folder, 'library.db')
  await writePdf(join(folder, 'plans', 'plan.pdf'), [pageOfText(1)])
  const indexed = await dmr('index', join(folder, 'plans'), '--library', library, '--quiet')
  if (indexed.code !== 0) throw new Error(`the library could not be read: ${indexed.stderr}`)
  window = await openWindow(executable, { library })
}, 60_000)
afterAll(async () => {
  await window?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

async function openSection(page: Page, section: string): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  await page.evaluate((name) => (location.hash = `/settings?section=${name}`), section)
}

async function expectNoBarrier(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: page as never }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

describe.skipIf(!executable || process.platform !== 'linux')('updates in the settings', { timeout: 60_000 }, () => {
  it('are off, then found and taken with what to do next', async () => {
    const { page } = window
    await openSection(page, 'updates')
    const look = page.getByRole('button', { name: 'Look for an update' })
    await look.waitFor()
    expect(await look.isDisabled()).toBe(true)
    await page.getByRole('textbox', { name: 'Folder of updates' }).fill(share)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await look.click()
    await page.getByText('Updates need a key').waitFor()
    await page.getByRole('textbox', { name: 'Key of whoever makes them' }).fill(key)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await look.click()
    await page.getByText('Version 99.0.0 is available').waitFor()
    await page.getByText('Finds more.').waitFor()
    await page.getByRole('button', { name: /Check and copy it/u }).click()
    await page.getByText('sudo apt install').waitFor()
    await expectNoBarrier(page)
  })

  it('say what is wrong when somebody changed the folder', async () => {
    const { page } = window
    writeFileSync(join(share, 'update.json'), readFileSync(join(share, 'update.json'), 'utf8').replace('99.', '98.'))
    await page.getByRole('button', { name: 'Look for an update' }).click()
    await page.getByText('not signed with the key of your organisation').waitFor()
  })
})

describe.skipIf(!executable)('the support bundle', { timeout: 60_000 }, () => {
  it('is shown file by file, and saved as it was shown', async () => {
    const { page } = window
    await openSection(page, 'support')
    await page.getByRole('button', { name: 'Show what would be saved' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('region', { name: 'README.txt' }).waitFor()
    const texts: Record<string, string> = {}
    for (const button of await dialog.getByRole('list', { name: 'Files' }).getByRole('button').all()) {
      const name = await button.innerText()
      await button.click()
      texts[name] = (await dialog.getByRole('region', { name }).textContent()) ?? ''
    }
    expect(Object.keys(texts)).toContain('log.txt')
    await expectNoBarrier(page)
    const download = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Save the file' }).click()
    const path = await (await download).path()
    const entries = unzipSync(readFileSync(path))
    expect(Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [name, strFromU8(bytes)]))).toEqual(texts)
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText(/Saved as dmr-support-/u).waitFor()
  })
})

describe.skipIf(!executable)('the licences', { timeout: 60_000 }, () => {
  it('are all there, found by name and by a word of their terms, and open with a key', async () => {
    const { page } = window
    await openSection(page, 'about')
    await page.getByRole('link', { name: 'Show all licences' }).click()
    const entries = page.locator('section[aria-label="Licences"] li')
    await expect.poll(() => entries.count()).toBeGreaterThan(100)
    const search = page.getByRole('textbox', { name: 'Find a package' })
    await search.fill('valibot')
    await expect.poll(() => entries.count()).toBe(1)
    await entries.locator('summary').focus()
    await page.keyboard.press('Enter')
    await page.getByText('Permission is hereby granted').waitFor()
    // Only the terms of fonts inside pdf.js speak of these.
    await search.fill('Liberation')
    await expect.poll(() => entries.locator('summary').allInnerTexts()).toEqual([expect.stringContaining('pdfjs-dist')])
    await search.fill('no such word anywhere')
    await page.getByText('Nothing in these terms matches.').waitFor()
    await search.fill('')
    await expectNoBarrier(page)
    expect(window.problems).toEqual([])
  })
})
