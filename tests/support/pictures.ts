// What the scripts that take pictures share: themes and widths, going to a place, and one picture of it each.
import type { Page } from 'playwright-core'
import type { OpenWindow } from './window.ts'

export const OUT = 'docs/screenshots'
export const LONGEST_MS = 600_000
/** After what a picture waits for is there: curves and thumbnails are asked for after the facts. */
const SETTLES_MS = 1_500

/** Light, dark, and as narrow as a window gets beside another one. */
export const LOOKS = [
  { name: 'light', theme: 'light', width: 1440 },
  { name: 'dark', theme: 'dark', width: 1440 },
  { name: '900', theme: 'light', width: 900 },
] as const
export type Look = (typeof LOOKS)[number]

/** Goes to a place once the first view is there: until then that view writes its own place into the address. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  // As text: who imports this need not know the page's types.
  await page.evaluate(`location.hash = ${JSON.stringify(`/${place}`)}`)
}

export interface Picture {
  /** Name of its files, before the look. */
  readonly name: string
  /** View with its parameters. */
  readonly place: string
  /** Text that says that the view is there. */
  readonly ready: string
  /** What a person does before it is taken. */
  readonly prepare?: (page: Page) => Promise<void>
  readonly looks?: readonly Look[]
}

/** Takes a picture in each look, in a window of its own. */
export async function take(window: OpenWindow, picture: Picture): Promise<void> {
  const { name, place, ready, prepare, looks = LOOKS } = picture
  for (const look of looks) {
    const page = await window.newPage(look)
    await goTo(page, place)
    await page.getByText(ready).first().waitFor()
    await prepare?.(page)
    await page.waitForTimeout(SETTLES_MS)
    await page.screenshot({ path: `${OUT}/${name}-${look.name}.png` })
    await page.context().close()
  }
}
