// Every view for everybody: no serious barrier in light, dark or at 200 %, all of it by keyboard, still where motion is
// unwelcome, and in the language that was chosen. Views are taken from the rail, so that a new one is covered by being there.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousBarriers } from './support/barriers.ts'
import { dmr } from './support/dmr.ts'
import { chromiumPath, openWindow, type OpenWindow } from './support/window.ts'

const executable = chromiumPath()
const SAMPLE = fileURLToPath(new URL('../resources/sample-library/pdfs', import.meta.url))
const FILES = ['sops/eoc-handbook.pdf', 'annexes/annex-f-mass-care.pdf', 'after-action-reports/aar-2024-ice-storm.pdf']
/** 1440 x 900 at 200 %: half the room in the page's own pixels. */
const ZOOMED = { width: 720, height: 450 }

let folder = ''
let library = ''
beforeAll(async () => {
  if (!executable) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-access-'))
  library = join(folder, 'library.db')
  for (const file of FILES) cpSync(join(SAMPLE, file), join(folder, 'pdfs', file))
  await dmr('index', join(folder, 'pdfs'), '--library', library, '--quiet')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Addresses of all views, as the rail has them. */
async function viewsOf(page: Page): Promise<string[]> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  return page
    .locator('nav.rail a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')!.split('?')[0]!))
}

/** Opens a view and waits until it has stopped changing. */
async function show(page: Page, view: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), view)
  await page.locator(`nav.rail a[aria-current=page][href^="${view}"]`).waitFor()
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  const content = (): Promise<string> => page.locator('main').innerText()
  let before = ''
  await expect
    .poll(async () => {
      const now = await content()
      const isStill = now === before && now !== ''
      before = now
      return isStill
    })
    .toBe(true)
}

async function eachView(window: OpenWindow, page: Page, look: (view: string) => Promise<void>): Promise<void> {
  const views = await viewsOf(page)
  expect(views.length).toBeGreaterThanOrEqual(6)
  for (const view of views) {
    await show(page, view)
    await look(view)
  }
  expect(window.problems).toEqual([])
}

describe.skipIf(!executable)('every view', () => {
  it.each(['light', 'dark'] as const)(
    'has no serious barrier, %s, at 100 and at 200 percent',
    async (theme) => {
      await using window = await openWindow(executable!, { library, theme })
      const barriers: string[] = []
      await eachView(window, window.page, async (view) => {
        barriers.push(...(await seriousBarriers(window.page, view)))
      })
      const zoomed = await window.newPage({ theme, ...ZOOMED })
      await eachView(window, zoomed, async (view) => {
        barriers.push(...(await seriousBarriers(zoomed, `${view} at 200 %`)))
      })
      expect(barriers).toEqual([])
    },
    180_000,
  )

  it('keeps every control within reach at 200 %', async () => {
    await using window = await openWindow(executable!, { library, ...ZOOMED })
    const lost: string[] = []
    await eachView(window, window.page, async (view) => {
      lost.push(...(await outOfReach(window.page)).map((what) => `${view}: ${what}`))
    })
    expect(lost).toEqual([])
  }, 120_000)

  it('is walked through by Tab, forth and back, with the focus always to be seen', async () => {
    await using window = await openWindow(executable!, { library })
    const found: string[] = []
    await eachView(window, window.page, async (view) => {
      found.push(...(await walk(window.page, 'Tab')).map((what) => `${view}: ${what}`))
      found.push(...(await walk(window.page, 'Shift+Tab')).map((what) => `${view}, backwards: ${what}`))
    })
    expect(found).toEqual([])
  }, 240_000)

  it('is opened by keys alone, and the command palette gives the focus back', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    const views = await viewsOf(page)
    const opened = new Set<string>()
    for (const key of 'lsrdtemac,') {
      await page.keyboard.press('Escape')
      await page.locator('main').click({ position: { x: 2, y: 2 } })
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      opened.add(
        await page
          .locator('nav.rail a[aria-current=page]')
          .evaluate((link) => link.getAttribute('href')!.split('?')[0]!),
      )
    }
    expect([...opened].sort()).toEqual([...views].sort())

    const rail = page.locator('nav.rail a').first()
    await rail.focus()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await rail.evaluate((link) => link === document.activeElement)).toBe(true)
  }, 60_000)

  it('does not move where motion is unwelcome', async () => {
    // Windows of tests ask for reduced motion.
    await using window = await openWindow(executable!, { library })
    const moving: string[] = []
    await eachView(window, window.page, async (view) => {
      const here = await window.page.evaluate(() =>
        [...document.querySelectorAll('*')].flatMap((element) => {
          const style = getComputedStyle(element)
          const longest = (list: string): number => Math.max(...list.split(',').map((part) => Number.parseFloat(part)))
          const animated = style.animationName !== 'none' && longest(style.animationDuration) > 0.01
          const travels =
            longest(style.transitionDuration) > 0.01 &&
            /all|transform|left|top|width|height/u.test(style.transitionProperty)
          return animated || travels ? [element.outerHTML.slice(0, 120)] : []
        }),
      )
      moving.push(...here.map((html) => `${view}: ${html}`))
    })
    expect(moving).toEqual([])
  }, 60_000)
})

/** Controls that cannot be brought into the window, and content that widens the page itself. */
function outOfReach(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lost: string[] = []
    if (document.documentElement.scrollWidth > innerWidth)
      lost.push(`the page is ${document.documentElement.scrollWidth} wide`)
    for (const control of document.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, [tabindex="0"]',
    )) {
      if (!control.checkVisibility({ visibilityProperty: true }) || control.matches(':disabled')) continue
      control.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      const { left, right, top, bottom, width } = control.getBoundingClientRect()
      if (width > 1 && (right <= 0 || left >= innerWidth || bottom <= 0 || top >= innerHeight))
        lost.push(control.outerHTML.slice(0, 160))
    }
    return lost
  })
}

const MOST_STOPS = 400

/** Presses a key until the focus is back where it began. @returns what a person who does so would stumble over */
async function walk(page: Page, key: 'Tab' | 'Shift+Tab'): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  const seen = new Set<string>()
  for (let stop = 0; ; stop += 1) {
    if (stop > MOST_STOPS) return [...found, `the focus does not come round in ${MOST_STOPS} stops`]
    await page.keyboard.press(key)
    const place = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null
      if (element === null || element === document.body) return null
      const id = (element.dataset['walked'] ??= String(Math.random()))
      const box = element.getBoundingClientRect()
      const isOutlined = (one: Element | null): boolean => {
        const style = one && getComputedStyle(one)
        return (
          style !== null &&
          ((style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none')
        )
      }
      // A field may show the focus on the frame around it, a list on the row that the keys act on.
      const row = document.getElementById(element.getAttribute('aria-activedescendant') ?? '')
      const isMarked = [element, element.parentElement, row].some(isOutlined)
      return { id, html: element.outerHTML.slice(0, 140), isVisible: box.width > 0 && box.height > 0, isMarked }
    })
    if (place === null || seen.has(place.id)) return found
    seen.add(place.id)
    if (!place.isVisible) found.push(`the focus is on what cannot be seen: ${place.html}`)
    if (!place.isMarked) found.push(`the focus cannot be seen: ${place.html}`)
  }
}

describe.skipIf(!executable)('the language', () => {
  it('is Spanish when the system is, or when it is chosen, and stays chosen', async () => {
    await using window = await openWindow(executable!, { library })
    const { page } = window
    const rail = page.locator('nav.rail')
    await show(page, '#/settings')
    await page.getByRole('radio', { name: 'Español' }).click()
    await rail.getByText('Biblioteca').waitFor()
    await page.getByRole('heading', { name: 'Ajustes' }).first().waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('es')
    const cut = await rail.evaluate((nav) =>
      [...nav.querySelectorAll('a')].flatMap((link) => {
        const label = link.querySelector('span')!.getBoundingClientRect()
        const room = nav.getBoundingClientRect()
        return label.left < room.left || label.right > room.right ? [link.textContent.trim()] : []
      }),
    )
    expect(cut, 'names of views that do not fit the rail').toEqual([])
    expect(await page.getByRole('radio', { name: 'Español' }).isChecked()).toBe(true)
    // The setting is the library's, and so another window has it.
    const other = await window.newPage()
    await other.locator('nav.rail').getByText('Biblioteca').waitFor()
    await show(page, '#/settings')
    await page.getByRole('radiogroup', { name: 'Idioma' }).getByRole('radio', { name: 'Como el sistema' }).click()
    await rail.getByText('Library').waitFor()

    const context = await window.browser.newContext({ locale: 'es-MX' })
    const mexican = await context.newPage()
    await mexican.goto(window.url)
    await mexican.locator('nav.rail').getByText('Biblioteca').waitFor()
    expect(window.problems).toEqual([])
  }, 60_000)

  it('has every text of every view in its catalogue', async () => {
    await using window = await openWindow(executable!, { library })
    const context = await window.browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    let received = ''
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (received += String(payload))))
    await page.addInitScript(() => localStorage.setItem('language', 'x-pseudo'))
    await page.goto(window.url)
    const outside = new Set<string>()
    await eachView(window, page, async (view) => {
      for (const text of await textsOutside(page)) if (!isData(text, received)) outside.add(`${view}: ${text}`)
    })
    await show(page, '#/search')
    await page.getByRole('searchbox').fill('evacuation shelter')
    await page.getByRole('grid').getByRole('row').first().waitFor()
    for (const text of await textsOutside(page)) if (!isData(text, received)) outside.add(`a search: ${text}`)
    expect([...outside]).toEqual([])
  }, 120_000)
})

/** What is shown, or read out, without the brackets of the catalogue. */
function textsOutside(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement!
      // Pages of documents are drawn by pdf.js; keys are named as the keyboard has them.
      if (parent.closest('script, style, kbd, .text-layer, .keycap') || !parent.checkVisibility()) continue
      texts.push(node.textContent ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) texts.push(element.getAttribute(name) ?? '')
    // A text of the catalogue may stand in another one.
    const withoutCatalogue = (text: string): string => {
      const rest = text.replaceAll(/⟦[^⟦⟧]*⟧/gu, '')
      return rest === text ? rest.trim() : withoutCatalogue(rest)
    }
    return texts.map(withoutCatalogue).filter((text) => /\p{L}{2}/u.test(text))
  })
}

const UNITS = /^[\s\d.,:·/()%+–−-]*(?:B|kB|MB|GB|TB|ms|s|h|min)?[\s\d.,:·/()%+–−-]*$/u

/** Data is what the services sent, alone or in parts. */
function isData(text: string, received: string): boolean {
  const words = text
    .split(/\s+/u)
    .map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => /\p{L}{2}/u.test(word))
  return (
    UNITS.test(text) || words.every((word) => received.includes(JSON.stringify(word).slice(1, -1)) || UNITS.test(word))
  )
}
