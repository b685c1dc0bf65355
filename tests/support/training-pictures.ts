import type { Page } from 'playwright-core'
import type { OpenWindow } from './window.ts'

const LONGEST_MS = 600_000

/** Starts the smallest recipe on the sample library, with fewer steps than it has. */
async function start(page: Page, name: string, learningRate: string): Promise<void> {
  await page.getByRole('button', { name: 'New training' }).first().click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('radio', { name: /^Smoke/ }).click()
  await sheet.getByRole('textbox', { name: 'Learning rate' }).nth(1).fill(learningRate)
  await sheet.getByRole('button', { name: 'More settings' }).click()
  await sheet.getByRole('textbox', { name: 'Steps between dev checks' }).fill('5')
  for (const steps of await sheet.getByRole('textbox', { name: 'Steps at most' }).all()) await steps.fill('25')
  await sheet.getByRole('textbox', { name: 'Name' }).fill(name)
  await sheet.getByRole('textbox', { name: 'Tags' }).fill('pilot')
  await sheet.getByText('Ready to start').waitFor()
  await sheet.getByRole('button', { name: 'Start training' }).click()
  await sheet.waitFor({ state: 'hidden', timeout: LONGEST_MS })
}

async function picture(page: Page, place: string, ready: string, path: string): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  await page.evaluate((hash) => (location.hash = `/${hash}`), place)
  await page.getByText(ready).first().waitFor()
  // Curves are asked for after the facts.
  await page.waitForTimeout(2_000)
  await page.screenshot({ path })
}

/** The Training view with two real runs: while one goes on, when both are done, and side by side. */
export async function takeTrainingPictures(window: OpenWindow, out: string): Promise<void> {
  const { page } = window
  await page.evaluate(() => (location.hash = '/training'))
  await start(page, 'County pairs, fast', '0.002')
  await start(page, 'County pairs, careful', '0.0005')
  await page.evaluate(() => (location.hash = '/training?run=2'))
  const level = page.getByRole('list', { name: 'Plan' }).getByRole('listitem').filter({ hasText: 'Negatives 0.65' })
  await level.getByText('Running').waitFor({ state: 'attached', timeout: LONGEST_MS })
  for (const [name, theme, width] of [
    ['light', 'light', 1440],
    ['dark', 'dark', 1440],
    ['900', 'light', 900],
  ] as const)
    await picture(
      await window.newPage({ theme, width }),
      'training?run=2',
      'Negatives 0.65',
      `${out}/training-${name}.png`,
    )
  await page.getByText('Result').waitFor({ timeout: LONGEST_MS })
  for (const theme of ['light', 'dark'] as const) {
    const place = 'training?tab=compare&compare=1-2'
    await picture(
      await window.newPage({ theme }),
      place,
      'Settings that differ',
      `${out}/training-compare-${theme}.png`,
    )
  }
  const list = await window.newPage()
  await picture(list, 'training?tab=runs&compare=1-2', 'County pairs, fast', `${out}/training-runs-light.png`)
  await list.getByRole('button', { name: 'New training' }).click()
  await list.getByText('Ready to start').waitFor()
  await list.screenshot({ path: `${out}/training-new-light.png` })
}
