import type { Page } from 'playwright-core'
import { goTo, LOOKS, OUT } from './pictures.ts'
import { mine } from './refinement-pictures.ts'
import type { OpenWindow } from './window.ts'

async function review(page: Page, name: string, keys: string): Promise<void> {
  await goTo(page, 'review')
  const field = page.getByRole('textbox', { name: 'Your name' })
  await field.waitFor()
  const known = page.getByRole('button', { name, exact: true })
  if ((await known.count()) > 0) await known.click()
  else await field.fill(name).then(() => field.press('Enter'))
  await page.locator('.sheet .outline').first().waitFor()
  for (const key of keys) {
    await page.keyboard.press(key)
    await page.waitForTimeout(400)
  }
}

/** The Review view: pairs judged by keyboard, by one person and then by another who differs on some. */
export async function takeReviewPictures(window: OpenWindow): Promise<void> {
  await mine(window)
  await review(await window.newPage(), 'Ada Lund', 'aarasaaraaraa')
  for (const look of LOOKS) {
    const page = await window.newPage(look)
    await review(page, 'Ben Okafor', look.name === 'light' ? 'araaaararan13' : 'n')
    await page.waitForTimeout(2_000)
    await page.screenshot({ path: `${OUT}/review-${look.name}.png` })
    if (look.width < 1_000) continue
    await page.keyboard.press('Alt+2')
    await page.getByRole('article', { name: 'Ada Lund' }).waitFor()
    await page.waitForTimeout(1_500)
    await page.screenshot({ path: `${OUT}/differences-${look.name}.png` })
  }
}
