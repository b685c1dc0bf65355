// The application in Electron itself. What the stand-in can only record is looked at from inside here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { ROOT } from './build-shell.ts'
import { electronProgram } from './electron-program.ts'

const executablePath = electronProgram()
let data: string
let running: ElectronApplication
let page: Page

const start = (): Promise<ElectronApplication> =>
  _electron.launch({
    executablePath: executablePath!,
    // Chromium's own sandbox refuses to run as root, as containers do.
    env: { ...process.env, DMR_DATA: data },
    args: [ROOT, `--user-data-dir=${data}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })

beforeAll(async () => {
  if (!executablePath) return
  execFileSync(process.execPath, [join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
    cwd: ROOT,
  })
  data = mkdtempSync(join(tmpdir(), 'dmr-electron-'))
  await writePdf(join(data, 'plans', 'plan.pdf'), ['The shelter manager opens the fairground hall.', pageOfText(7)])
  running = await start()
  page = await running.firstWindow()
  await page.waitForLoadState('domcontentloaded')
}, 120_000)
afterAll(async () => {
  if (!executablePath) return
  await running.close()
  rmSync(data, { recursive: true, force: true })
})

describe.skipIf(!executablePath)('in Electron itself', () => {
  it('the page has the origin that posts and policies are made for, and no Node', async () => {
    const seen = await page.evaluate(() => ({
      origin: location.origin,
      isSecure: isSecureContext,
      node: [
        typeof (globalThis as { require?: unknown }).require,
        typeof (globalThis as { process?: unknown }).process,
      ],
      bridge: Object.keys((globalThis as unknown as { workbench: object }).workbench).sort(),
    }))
    expect(seen).toEqual({
      origin: 'app://workbench',
      isSecure: true,
      node: ['undefined', 'undefined'],
      bridge: ['pathForFile', 'platform', 'requestPort'],
    })
  })

  it('the port reaches the services: a folder is indexed and a question answered', async () => {
    await running.evaluate(
      ({ dialog }, folder) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [folder] })
      },
      join(data, 'plans'),
    )
    await page
      .getByRole('button', { name: /add.*folder/i })
      .first()
      .click()
    await page.getByText('plan.pdf').first().waitFor({ timeout: 30_000 })
    await page.evaluate(() => (location.hash = '#/search?q=who+opens+the+fairground+hall'))
    await page
      .getByText(/fairground hall/)
      .first()
      .waitFor({ timeout: 30_000 })
  })

  it('a document comes by id with a range, and nothing comes from elsewhere', async () => {
    const answers = await page.evaluate(async () => {
      const part = await fetch('/files/1', { headers: { Range: 'bytes=0-4' } })
      const outside = await fetch('https://example.org/').then(
        () => 'answered',
        () => 'refused',
      )
      return { status: part.status, text: await part.text(), outside }
    })
    expect(answers).toEqual({ status: 206, text: '%PDF-', outside: 'refused' })
  })

  it('no script runs from a string, no window opens, no page replaces this one', async () => {
    const outcome = await page.evaluate(() => {
      let evaluated: string
      try {
        evaluated = String((0, eval)('1'))
      } catch {
        evaluated = 'refused'
      }
      return { evaluated, opened: window.open('https://example.org/') === null }
    })
    expect(outcome).toEqual({ evaluated: 'refused', opened: true })
    await page.evaluate(() => location.assign('https://example.org/'))
    expect(page.url()).toMatch(/^app:\/\/workbench\//)
    expect(running.windows()).toHaveLength(1)
  })

  it('the window is sandboxed as it was asked to be', async () => {
    const preferences = await running.evaluate(({ BrowserWindow }) => {
      const { webContents } = BrowserWindow.getAllWindows()[0]!
      return (webContents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences()
    })
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
  })

  it('services, workers and page are processes of their own', async () => {
    const kinds = await running.evaluate(({ app }) =>
      app.getAppMetrics().map(({ type, name }) => `${type}:${name ?? ''}`),
    )
    expect(kinds).toContainEqual(expect.stringContaining('Utility:DMRetriever services'))
    expect(kinds).toContainEqual(expect.stringMatching(/^Tab:/))
  })

  it('comes back with everything after it was closed', async () => {
    await running.close()
    running = await start()
    page = await running.firstWindow()
    await page.getByText('plan.pdf').first().waitFor({ timeout: 30_000 })
  })
})
