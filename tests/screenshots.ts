// Takes the pictures in docs/screenshots: npm run screenshots. Needs a Chromium (see tests/support/window.ts).
import { mkdirSync } from 'node:fs'
import { takeTrainingPictures } from './support/training-pictures.ts'
import { chromiumPath, openWindow } from './support/window.ts'

const OUT = 'docs/screenshots'
const QUESTION = 'who decides to open a shelter when the evacuation route floods'

const executable = chromiumPath()
if (!executable) process.exit(1)
mkdirSync(OUT, { recursive: true })
await using window = await openWindow(executable)
const sample = window.page.getByRole('button', { name: /sample library/i })
await sample.waitFor()
await window.page.screenshot({ path: `${OUT}/first-run-light.png` })
await sample.click()
await window.page.getByRole('button', { name: /^All\s*32/ }).waitFor()
await window.page.getByRole('button', { name: /^Waiting\s*0/ }).waitFor({ timeout: 120_000 })

for (const theme of ['light', 'dark'] as const) {
  const page = await window.newPage({ theme })
  await page.getByRole('button', { name: /^All\s*32/ }).waitFor()
  await page.waitForTimeout(500)
  await page.screenshot({ path: `${OUT}/library-${theme}.png` })
  await page.goto(`${new URL(window.url).origin}/#/search`)
  await page.getByRole('searchbox', { name: 'Query' }).fill(QUESTION)
  await page.getByText(/passages, \d+ ms/).waitFor()
  await page.waitForTimeout(2_500)
  await page.screenshot({ path: `${OUT}/search-${theme}.png` })
}

// Training data from the sample library, made in the window; also as narrow as a window gets beside another one.
await window.page.goto(`${new URL(window.url).origin}/#/refinement`)
await window.page.getByRole('button', { name: 'Run all steps' }).click()
await window.page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
await window.page.getByText('hard negatives kept').waitFor({ timeout: 300_000 })
for (const [name, theme, width] of [
  ['light', 'light', 1440],
  ['dark', 'dark', 1440],
  ['900', 'light', 900],
] as const) {
  const page = await window.newPage({ theme, width })
  for (const [picture, place, ready] of [
    ['pairs', `refinement${width > 1000 ? '?samples=yes' : ''}`, 'hard negatives kept'],
    ['data-sets', 'refinement?section=sets&set=MTT-0.75', 'How it was made'],
  ] as const) {
    await page.goto(`${new URL(window.url).origin}/#/${place}`)
    await page.getByText(ready).first().waitFor()
    await page.waitForTimeout(1_000)
    await page.screenshot({ path: `${OUT}/${picture}-${name}.png` })
  }
}

// Pairs judged by keyboard, by one person and then by another who differs on some.
async function review(page: typeof window.page, name: string, keys: string): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  await page.goto(`${new URL(window.url).origin}/#/review`)
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
await review(await window.newPage(), 'Ada Lund', 'aarasaaraaraa')
for (const [name, theme, width] of [
  ['light', 'light', 1440],
  ['dark', 'dark', 1440],
  ['900', 'light', 900],
] as const) {
  const page = await window.newPage({ theme, width })
  await review(page, 'Ben Okafor', theme === 'light' && width > 1000 ? 'araaaararan13' : 'n')
  await page.waitForTimeout(2_000)
  await page.screenshot({ path: `${OUT}/review-${name}.png` })
  if (width < 1000) continue
  await page.keyboard.press('Alt+2')
  await page.getByRole('article', { name: 'Ada Lund' }).waitFor()
  await page.waitForTimeout(1_500)
  await page.screenshot({ path: `${OUT}/differences-${name}.png` })
}

await takeTrainingPictures(window, OUT)
