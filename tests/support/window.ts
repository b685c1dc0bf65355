import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { startDmr } from './dmr.ts'

const DEBIAN_CHROMIUM = '/usr/bin/chromium'

/** Keeps Chromium from talking to anybody and from needing a GPU. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser that tests drive, or undefined with a printed reason. */
export function chromiumPath(): string | undefined {
  const candidates = [process.env['CHROMIUM_PATH'], DEBIAN_CHROMIUM, playwrightsOwn()]
  const found = candidates.find((path) => path !== undefined && existsSync(path))
  if (!found) console.warn('skipped: no Chromium here; set CHROMIUM_PATH or run "npm test" as root on Debian')
  return found
}

function playwrightsOwn(): string | undefined {
  try {
    return chromium.executablePath()
  } catch {
    return undefined
  }
}

export interface OpenWindow extends AsyncDisposable {
  readonly page: Page
  readonly browser: Browser
  readonly url: string
  /** Its file. */
  readonly library: string
  /** Process id of the server, for tests that look at its workers. */
  readonly serverPid: number
  /** What the page logged as errors; a test that ends with one has found something. */
  readonly problems: string[]
  newPage(options?: PageOptions): Promise<Page>
}

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
}

/** Starts `dmr serve` on a library (a new one when none is named) and opens it in Chromium. */
export async function openWindow(
  executablePath: string,
  options: PageOptions & { library?: string } = {},
): Promise<OpenWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-window-'))
  const { library = join(folder, 'library.db') } = options
  const server = startDmr(['serve', '--json', '--library', library], { DMR_DATA: folder })
  const [line] = (await once(server.stdout!, 'data')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  const problems: string[] = []
  const newPage = async ({ width = 1440, height = 900, theme = 'light' }: PageOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.goto(url)
    return page
  }
  const page = await newPage(options)
  return {
    page,
    browser,
    url,
    library,
    serverPid: server.pid!,
    problems,
    newPage,
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      server.kill('SIGTERM')
      await server.outcome
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
