// The bundles that a packaged application consists of, run from end to end: main under the stand-in, services and workers
// as processes of their own, the preload script in a bare context, and the window's client over a real port.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runSelfTest } from '../../electron/main/installation.ts'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { buildShell, ROOT, type Bundle } from './build-shell.ts'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  nativeTheme,
  protocol,
  shell,
  utilityProcess,
} from './electron-stand-in.ts'
import { forked } from './utility-process.ts'
import { clientOver, loadPage, type Client, type Page } from './window-page.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))
vi.setConfig({ testTimeout: 15_000 })

const built = join(ROOT, 'out', 'shell-test')
let bundles: Bundle[]
let data: string
let page: Page
let client: Client

beforeAll(async () => {
  bundles = await buildShell(built)
  mkdirSync(join(built, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(built, 'renderer', 'index.html'), '<!doctype html><title>Workbench</title>')
  writeFileSync(join(built, 'secret.txt'), 'not for the window')
  data = mkdtempSync(join(tmpdir(), 'dmr-electron-'))
  await writePdf(join(data, 'plans', 'plan.pdf'), ['The shelter manager opens the fairground hall.', pageOfText(7)])
  process.env['DMR_DATA'] = join(data, 'user')
  await import(join(built, 'main', 'main.js'))
  await app.becomeReady()
  await vi.waitFor(() => expect(BrowserWindow.all).toHaveLength(1))
  page = loadPage(BrowserWindow.all[0]!, bundleNamed('preload/preload.cjs'))
}, 120_000)
afterAll(async () => {
  if (!app.exited) app.quit()
  await vi.waitFor(() => expect(forked.every((child) => child.pid === undefined)).toBe(true), 10_000)
  rmSync(data, { recursive: true, force: true })
  rmSync(built, { recursive: true, force: true })
})

const bundleNamed = (name: string): string => bundles.find((bundle) => bundle.name === name)!.code
const bridge = (): Record<string, unknown> => page.exposed['workbench']!
const answer = (url: string, init?: RequestInit): Promise<Response> =>
  protocol.handlers.get('app')!(new Request(url, init))

/** Asks for a port and waits for it, as renderer/src/connection/transport.ts does. */
async function openPort(): Promise<Client> {
  const before = page.received.length
  ;(bridge()['requestPort'] as () => void)()
  await vi.waitFor(() => expect(page.received.length).toBe(before + 1), 10_000)
  return clientOver(page.received.at(-1)!.ports[0]!)
}

describe('the bundles', () => {
  it('are where the shell looks for them', () => {
    for (const name of ['main.js', 'services-process.js', 'workers/extract.js', 'workers/compute.js'])
      expect(existsSync(join(built, 'main', name)), name).toBe(true)
    expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).toMatchObject({
      main: 'out/main/main.js',
      type: 'module',
    })
  })

  it('name no source file and no module that is not installed or bundled', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object }
    const known = new Set([...builtinModules, 'electron', ...Object.keys(dependencies)])
    for (const { name, code } of bundles) {
      expect(code, name).not.toMatch(/(?:from|import\()\s*["'][^"']+\.ts["']/u)
      for (const [, wanted = ''] of code.matchAll(/^(?:import|export)\b(?:[^'"\n]*\bfrom)?\s*["']([^"']+)["'];?$/gmu)) {
        if (wanted.startsWith('.'))
          expect(existsSync(join(built, dirname(name), wanted)), `${name}: ${wanted}`).toBe(true)
        else expect(known, `${name} imports ${wanted}`).toContain(packageOf(wanted))
      }
    }
  })
})

describe('every worker', () => {
  it('loads as a bundle and waits for its owner', async () => {
    const workers = bundles.filter(({ name }) => /^main\/workers\/[^/]+\.js$/u.test(name))
    expect(workers.length).toBeGreaterThanOrEqual(3)
    const outcomes = workers.map(async ({ name }) => {
      const worker = utilityProcess.fork(join(built, name), [], { stdio: ['ignore', 'ignore', 'pipe'] })
      let errors = ''
      worker.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()))
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      expect(worker.pid, `${name}: ${errors}`).toBeDefined()
      worker.kill()
    })
    await Promise.all(outcomes)
    forked.splice(-workers.length)
  })
})

describe('the preload script', () => {
  it('gives the page exactly three things, and needs nothing but Electron for it', () => {
    expect(Object.keys(page.exposed)).toEqual(['workbench'])
    expect(Object.keys(bridge()).sort()).toEqual(['pathForFile', 'platform', 'requestPort'])
    expect(page.required).toEqual(['electron'])
    expect((bridge()['pathForFile'] as (file: object) => string)({ path: '/a/b.pdf' })).toBe('/a/b.pdf')
  })
})

describe('the desktop application', () => {
  it('hands the page a port to the services, addressed to its own origin', async () => {
    client = await openPort()
    expect(page.received[0]).toMatchObject({ data: { type: 'workbench:port' }, origin: 'app://workbench' })
    expect(await client.system.info()).toMatchObject({ host: 'desktop', canChooseFolder: true, canReveal: true })
  })

  it('indexes a folder in a worker of its own and finds the page', async () => {
    await client.library.addSource({ path: join(data, 'plans') })
    await vi.waitFor(
      async () =>
        expect((await client.search.query({ query: 'who opens the fairground hall' })).hits).not.toHaveLength(0),
      {
        timeout: 20_000,
        interval: 200,
      },
    )
    const { hits } = await client.search.query({ query: 'who opens the fairground hall' })
    expect(hits[0]).toMatchObject({ page: 1 })
    const worker = forked.find(({ modulePath }) => modulePath.endsWith(join('workers', 'extract.js')))!
    expect(worker.options).toMatchObject({
      stdio: ['ignore', 'ignore', 'pipe'],
      serviceName: expect.stringMatching(/\S/),
    })
    expect(worker.options.execArgv?.[0]).toMatch(/^--max-old-space-size=\d+$/)
  })

  it('serves the window and documents by id, and nothing else', async () => {
    const index = await answer('app://workbench/')
    expect(await index.text()).toContain('<title>Workbench</title>')
    expect(index.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/)
    const whole = await answer('app://workbench/files/1')
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(bytes.equals(readFileSync(join(data, 'plans', 'plan.pdf')))).toBe(true)
    const part = await answer('app://workbench/files/1', { headers: { Range: 'bytes=10-19' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${bytes.length}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true)
    expect((await answer('app://workbench/files/99')).status).toBe(404)
    expect((await answer('app://elsewhere/')).status).toBe(404)
    expect((await answer('app://workbench/', { method: 'POST' })).status).toBe(405)
  })

  it('shows the folder dialog and hands back what was chosen, or that nothing was', async () => {
    dialog.folder = '/plans'
    expect(await client.system.chooseFolder()).toEqual({ path: '/plans' })
    dialog.folder = undefined
    expect(await client.system.chooseFolder()).toEqual({ path: null })
  })

  it('paints the frame of the window like the chosen theme', async () => {
    await client.system.updateSettings({ theme: 'dark' })
    await vi.waitFor(() => expect(nativeTheme.themeSource).toBe('dark'))
    expect(JSON.stringify(BrowserWindow.all[0]!.painted)).toContain('#0b0d11')
  })

  it('gives no port to a frame inside the page, to another origin, or to a page that is gone', async () => {
    const contents = BrowserWindow.all[0]!.webContents
    const own = contents.mainFrame!
    const before = page.received.length
    const attempts = [
      { url: own.url, parent: own },
      { url: 'https://evil.example/', parent: null },
      { url: 'app://evil/', parent: null },
      null,
    ]
    for (const senderFrame of attempts) ipcMain.emit('workbench:request-port', { sender: contents, senderFrame })
    await client.system.info()
    expect(page.received.length).toBe(before)
  })

  it('shows its one window when it is started a second time', () => {
    const [window] = BrowserWindow.all
    app.emit('second-instance')
    expect(window!.focused).toBe(1)
    expect(BrowserWindow.all).toHaveLength(1)
  })

  it('says so when the services die, and goes on with new ones', async () => {
    dialog.button = 0
    process.kill(forked[0]!.pid!, 'SIGKILL')
    await vi.waitFor(() => expect(dialog.shown).toHaveLength(1), 10_000)
    expect(dialog.shown[0]).toMatchObject({
      message: expect.stringContaining('ended unexpectedly'),
      buttons: ['Start again', 'Quit'],
    })
    client = await openPort()
    const { hits } = await client.search.query({ query: 'who opens the fairground hall' })
    expect(hits[0]).toMatchObject({ page: 1 })
  })

  it('ends when its window closes, after the services have closed the library', async () => {
    const services = forked.findLast(({ modulePath }) => modulePath.endsWith('services-process.js'))!
    const code = new Promise((resolve) => services.once('exit', resolve))
    BrowserWindow.all[0]!.close()
    expect(app.exited).toBe(false)
    expect(await code).toBe(0)
    await vi.waitFor(() => expect(app.exited).toBe(true))
    // A library that was closed properly leaves no write-ahead log behind.
    expect(existsSync(join(data, 'user', 'library.db'))).toBe(true)
    expect(existsSync(join(data, 'user', 'library.db-wal'))).toBe(false)
    expect(shell.opened).toEqual([])
  })
})

describe('--selftest', () => {
  it('tries the bundles on a trial library, prints the report and ends with 0', async () => {
    const reportFile = join(data, 'report.json')
    const bundles = join(built, 'main')
    const code = await runSelfTest({ bundles, settings: { resources: join(ROOT, 'resources') }, reportFile })
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as { steps: { name: string; detail: string }[] }
    expect(report.steps.filter((step) => !('ok' in step && step.ok))).toEqual([])
    expect(code).toBe(0)
    const addon = existsSync(join(built, 'main', 'native'))
    expect(report.steps.find(({ name }) => name === 'Vector scan')?.detail).toMatch(addon ? /^addon-/u : /^wasm-/u)
  }, 30_000)

  it('ends with 1 and a report where the services cannot even start', async () => {
    const reportFile = join(data, 'broken.json')
    const bundles = join(ROOT, 'tests/electron/processes/failing')
    expect(await runSelfTest({ bundles, settings: { resources: '' }, reportFile })).toBe(1)
    expect(JSON.parse(readFileSync(reportFile, 'utf8'))).toMatchObject({ ok: false, steps: [{ name: 'Services' }] })
  })
})

function packageOf(specifier: string): string {
  const bare = specifier.replace(/^node:/u, '')
  const [scope = '', name = ''] = bare.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : builtinModules.includes(bare) ? bare : scope
}
