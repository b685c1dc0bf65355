import { goTo, LOOKS, OUT } from './pictures.ts'
import type { OpenWindow } from './window.ts'

const QUESTION = 'who decides to open a shelter when the evacuation route floods'

/** The Library and Search views over the sample library. */
export async function takeLibraryPictures(window: OpenWindow): Promise<void> {
  for (const look of LOOKS.filter(({ width }) => width > 1_000)) {
    const page = await window.newPage(look)
    await page.getByRole('button', { name: /^All\s*32/ }).waitFor()
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${OUT}/library-${look.name}.png` })
    await goTo(page, 'search')
    await page.getByRole('searchbox', { name: 'Query' }).fill(QUESTION)
    await page.getByText(/passages, \d+ ms/).waitFor()
    await page.waitForTimeout(2_500)
    await page.screenshot({ path: `${OUT}/search-${look.name}.png` })
    await page.context().close()
  }
}
