import { goTo, LONGEST_MS, take } from './pictures.ts'
import { trained, whileHeld } from './training-pictures.ts'
import type { OpenWindow } from './window.ts'

const QUESTION = 'how long do residents have when the dam breaks'

/** The Models view: cards, the details of one, one on its way into use, and two compared without their names. */
export async function takeModelsPictures(window: OpenWindow): Promise<void> {
  const { page } = window
  await trained(window)
  await goTo(page, 'training?run=1')
  await page.getByRole('button', { name: 'Use this model' }).click()
  await page.getByText(/^Model: county-pairs-fast/).waitFor({ timeout: LONGEST_MS })
  await goTo(page, 'training?run=2')
  await page.getByRole('button', { name: 'Use this model' }).click()
  // Held as soon as its index is begun: the model was read by then, and a small library is done in a second.
  await page.getByText(/meaning with county-pairs-careful/).waitFor({ timeout: LONGEST_MS })
  await whileHeld(window, 'compute', async () => {
    await take(window, { name: 'models-promotion', place: 'models', ready: 'county-pairs-careful' })
  })
  await page.getByText(/^Model: county-pairs-careful/).waitFor({ timeout: LONGEST_MS })
  await take(window, { name: 'models', place: 'models', ready: 'In use' })
  await take(window, {
    ...{ name: 'models-details', place: 'models?model=county-pairs-careful', ready: 'Prompts' },
  })
  await take(window, {
    ...{ name: 'models-compare', place: 'models?compare=county-pairs-fast', ready: 'Blind comparison' },
    prepare: async (page) => {
      await page.getByRole('textbox', { name: 'Search both' }).fill(QUESTION)
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'B', exact: true }).getByRole('listitem').first().waitFor()
    },
  })
}
