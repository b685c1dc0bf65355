// Takes the pictures in docs/screenshots: npm run screenshots [-- part ...], all parts unless some are named. Needs a Chromium
// (see tests/support/window.ts).
import { mkdirSync } from 'node:fs'
import { takeEvaluationPictures } from './support/evaluation-pictures.ts'
import { takeLibraryPictures } from './support/library-pictures.ts'
import { takeModelsPictures } from './support/models-pictures.ts'
import { OUT } from './support/pictures.ts'
import { takeRefinementPictures } from './support/refinement-pictures.ts'
import { takeReviewPictures } from './support/review-pictures.ts'
import { takeTrainingPictures } from './support/training-pictures.ts'
import { chromiumPath, openWindow, type OpenWindow } from './support/window.ts'

/** In an order in which later parts find what they need made by earlier ones; alone, each makes it itself. */
const PARTS: Readonly<Record<string, (window: OpenWindow) => Promise<void>>> = {
  library: takeLibraryPictures,
  refinement: takeRefinementPictures,
  review: takeReviewPictures,
  training: takeTrainingPictures,
  evaluation: takeEvaluationPictures,
  models: takeModelsPictures,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`no part "${unknown.join('", "')}"; choose of ${Object.keys(PARTS).join(', ')}`)
  process.exit(1)
}
const executable = chromiumPath()
if (!executable) process.exit(1)
mkdirSync(OUT, { recursive: true })
await using window = await openWindow(executable)
const sample = window.page.getByRole('button', { name: /sample library/i })
await sample.waitFor()
if (wanted.length === 0) await window.page.screenshot({ path: `${OUT}/first-run-light.png` })
await sample.click()
await window.page.getByRole('button', { name: /^All\s*32/ }).waitFor()
await window.page.getByRole('button', { name: /^Waiting\s*0/ }).waitFor({ timeout: 120_000 })
for (const [name, takePictures] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await takePictures(window)
if (window.problems.length > 0) console.warn(`the page logged:\n${window.problems.join('\n')}`)
