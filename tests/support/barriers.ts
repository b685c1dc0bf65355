// What axe finds that keeps people out, in a view as it is shown.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { goTo } from './pictures.ts'
import type { OpenWindow } from './window.ts'

/** @returns serious and critical barriers, each with the place and the first elements concerned */
export async function seriousBarriers(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: page as never }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => {
      const elements = nodes.slice(0, 2).map(({ html }) => html)
      return `${where}: ${id} ${elements.join(' ')}`
    })
}

/** Opens a place in a window of its own in both themes. @param prepare what a person does there before the look */
export async function expectNoBarrier(
  window: OpenWindow,
  place: string,
  ready: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    const page = await window.newPage({ theme })
    await goTo(page, place)
    await page.getByText(ready).first().waitFor()
    await prepare?.(page)
    expect(await seriousBarriers(page, `${place}, ${theme}`)).toEqual([])
    await page.context().close()
  }
}
