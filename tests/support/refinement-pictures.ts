import { goTo, LOOKS, take } from './pictures.ts'
import type { OpenWindow } from './window.ts'

/** Makes training data from the sample library in the window, unless that was done. */
export async function mine({ page }: OpenWindow): Promise<void> {
  await goTo(page, 'refinement')
  const done = page.getByText('hard negatives kept')
  const run = page.getByRole('button', { name: 'Run all steps' })
  await done.or(run).first().waitFor()
  if ((await done.count()) > 0) return
  await run.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
  await done.waitFor({ timeout: 300_000 })
}

/** The Data sets view: the steps with their pairs, and a set with how it was made. */
export async function takeRefinementPictures(window: OpenWindow): Promise<void> {
  await mine(window)
  for (const look of LOOKS) {
    await take(window, {
      name: 'pairs',
      place: `refinement${look.width > 1_000 ? '?samples=yes' : ''}`,
      ready: 'hard negatives kept',
      looks: [look],
    })
  }
  await take(window, { name: 'data-sets', place: 'refinement?section=sets&set=MTT-0.75', ready: 'How it was made' })
}
