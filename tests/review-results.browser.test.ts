// What comes of reviewing, and what comes into it: a language model's grades, data sets built from decisions, samples, dropped files.
import Database from 'better-sqlite3'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { graded } from '../electron/curation/testing/graded.ts'
import { startChatServer } from '../electron/refinement/testing/chat-server.ts'
import { goTo } from './support/pictures.ts'
import { decide, progress, readSample, refine, row, rows, startAs, toast } from './support/review-window.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const executable = chromiumPath()
const LONG = { timeout: 120_000 }

let folder = ''
let refined = ''
beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-review-results-'))
  refined = join(folder, 'refined.db')
  await readSample(refined)
  await refine(refined)
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function copyOf(name: string): string {
  const path = join(folder, name)
  copyFileSync(refined, path)
  return path
}

const reviewLink = (page: Page): Locator =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /^Review/ })

/** The number that the rail shows beside Review; 0 where it shows none. */
async function waiting(page: Page): Promise<number> {
  const name = (await reviewLink(page).textContent()) ?? ''
  return Number(/([\d,]+) pairs? waits?/u.exec(name.replaceAll('\n', ' '))?.[1]?.replaceAll(',', '') ?? 0)
}

async function more(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

/** Drops files or folders of this machine on the window, as a file manager does. */
async function drop(page: Page, ...files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data })
}

describe.skipIf(!executable)('the results of reviewing', () => {
  it('include the grades of a language model, always marked as such', async () => {
    const server = await startChatServer(graded([3, 3, 2]))
    try {
      const library = copyOf('rated.db')
      await using window = await openWindow(executable!, { library })
      const { page } = window
      await goTo(page, 'refinement')
      await page
        .getByRole('listitem', { name: 'Write queries', exact: true })
        .getByRole('button', { name: 'Settings' })
        .click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('radio', { name: 'Server' }).click()
      await dialog.getByRole('button', { name: 'Set up' }).click()
      await dialog.getByRole('textbox', { name: 'Address' }).fill(server.url)
      await dialog.getByRole('textbox', { name: 'Model', exact: true }).fill('tiny-judge')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await toast(page, 'tiny-judge is set up').waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      expect(server.calls).toHaveLength(0)

      await startAs(page, 'Ada Lund')
      await goTo(page, 'review?intents=QAdoc')
      const db = new Database(library, { readonly: true })
      const pairs = db.prepare("SELECT count(*) FROM pair WHERE intent = 'QAdoc'").pluck().get() as number
      db.close()
      await expect.poll(() => progress(page).textContent()).toContain(`of ${pairs}`)
      await more(page, /^Have the language model grade pairs/)
      await toast(page, /grades pairs in the background/).waitFor()
      await page.getByText('Grade pairs with a language model: Done').waitFor(LONG)
      // Three styles of asking for each pair of the queue's intent, and for nothing else.
      expect(server.calls).toHaveLength(3 * pairs)
      await page.keyboard.press('a')
      await expect.poll(() => row(page, 1).textContent()).toContain('Accepted')
      await page.keyboard.press('k')
      await page.getByRole('button', { name: /language model: grade 3/ }).click()
      const drawer = page.getByRole('complementary', { name: 'Where it comes from' })
      await expect.poll(() => drawer.textContent()).toContain('tiny-judge')
      expect(window.problems).toEqual([])
    } finally {
      await server.close()
    }
  }, 180_000)

  it('become data sets: what was rejected is missing in them', async () => {
    const library = copyOf('built.db')
    await using window = await openWindow(executable!, { library })
    const { page } = window
    await startAs(page, 'Ada Lund')
    await decide(page, ['r', 'a', 'r', 'a', 'r', 'a', 'r', 'a'])
    await more(page, /^Build data sets/)
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Build', exact: true }).click()
    const built = dialog.getByRole('row', { name: /^reviewed-MTP/ })
    await built.waitFor(LONG)
    const cells = await built.getByRole('cell').allTextContents()
    const db = new Database(library, { readonly: true })
    const count = (kept: number, outcome: string): number =>
      db
        .prepare(
          `SELECT count(*) FROM pair_decision AS filtered
           LEFT JOIN review_state AS judged ON judged.pair_id = filtered.pair_id AND judged.text_id = 0
           WHERE filtered.kept = ? AND coalesce(judged.outcome, '') = ?`,
        )
        .pluck()
        .get(kept, outcome) as number
    const [left, accepted, rejected, rescued] = [
      count(1, ''),
      count(1, 'accept'),
      count(1, 'reject'),
      count(0, 'accept'),
    ]
    db.close()
    expect(rejected).toBeGreaterThan(0)
    expect(cells.slice(0, 3).map(Number)).toEqual([left + accepted + rescued, rejected, rescued])
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await goTo(page, 'refinement?section=sets')
    await page.getByRole('button', { name: 'reviewed-MTP', exact: true }).waitFor()
    expect(window.problems).toEqual([])
  }, 180_000)
})

describe.skipIf(!executable)('samples', () => {
  it('are kept, left out and sent to review beside their votes, in the log that review undoes', async () => {
    await using window = await openWindow(executable!, { library: copyOf('samples.db') })
    const { page } = window
    await goTo(page, 'refinement?samples=yes')
    const samples = page.getByRole('complementary', { name: 'Samples' })
    const first = samples.getByRole('article').first()
    await first.getByRole('button', { name: 'Keep anyway' }).click()
    // Decisions have a name, and nobody has given one here.
    await toast(page, /say in Review who judges/).waitFor()
    await startAs(page, 'Ada Lund')
    await expect.poll(() => waiting(page)).toBeGreaterThan(10)
    const before = await waiting(page)

    await goTo(page, 'refinement?samples=yes')
    await first.getByRole('button', { name: 'Keep anyway' }).click()
    await first.getByText('Kept by you').waitFor()
    await expect.poll(() => waiting(page), LONG).toBe(before - 1)
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    await first.getByRole('button', { name: 'Keep anyway' }).waitFor()
    await expect.poll(() => waiting(page), LONG).toBe(before)

    const query = (await first.getAttribute('aria-label'))!
    await first.getByRole('button', { name: 'Send to review' }).click()
    await first.getByRole('link', { name: 'Sent to review' }).click()
    await expect.poll(() => rows(page).count()).toBe(1)
    expect(await row(page, 1).textContent()).toContain(query.slice(0, 20))
    const comment = page.getByText('Sent from the samples: please look again.')
    await comment.waitFor()
    await page.keyboard.press('Control+z')
    await comment.waitFor({ state: 'detached' })
    expect(window.problems).toEqual([])
  }, 180_000)
})

describe.skipIf(!executable)('what is dropped on the window of a browser', () => {
  it('is brought to the server: packages are opened, decisions asked about, data sets imported', async () => {
    const file = join(folder, 'floods.package')
    {
      await using window = await openWindow(executable!, { library: copyOf('sender.db') })
      const { page } = window
      await startAs(page, 'Ada Lund')
      await page.keyboard.press('Alt+4')
      await page.getByRole('button', { name: 'Make a package', exact: true }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox', { name: 'File to write' }).fill(file)
      await dialog.getByRole('button', { name: 'Make', exact: true }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await using window = await openWindow(executable!, { library: join(folder, 'receiver.db') })
    const { page } = window
    await goTo(page, 'review?tab=packages')
    await page.getByRole('heading', { name: 'Review' }).waitFor()
    await drop(page, file)
    await toast(page, /new, 0 here already/).waitFor(LONG)
    await expect.poll(() => waiting(page), LONG).toBeGreaterThan(10)
    await drop(page, join(folder, 'refined.db'))
    await page
      .getByRole('dialog')
      .getByText(/is no work package/)
      .waitFor(LONG)
    await page.keyboard.press('Escape')

    const set = join(folder, 'Small set')
    mkdirSync(set)
    writeFileSync(join(set, 'train.jsonl'), '{"query":"q","pos":["p"],"neg":["n"]}\n')
    await goTo(page, 'refinement?section=sets')
    await page.getByRole('heading', { name: 'Data sets' }).waitFor()
    await drop(page, set)
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.getByRole('textbox', { name: 'File or folder' }).inputValue()).toMatch(/Small set$/)
    await dialog.getByRole('textbox', { name: 'Name' }).fill('dropped')
    await dialog.getByRole('button', { name: 'Import' }).click()
    await page.getByRole('button', { name: 'dropped', exact: true }).waitFor()
    expect(window.problems).toEqual([])
  }, 180_000)
})
