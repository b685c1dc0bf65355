import '../platform/no-telemetry.ts'
import { app, BrowserWindow, dialog, ipcMain, protocol } from 'electron'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ServicesSettings } from '../platform/desktop-messages.ts'
import { answerAppRequest } from './app-protocol.ts'
import { damageOf, keepCrashReportsLocal, runSelfTest } from './installation.ts'
import { createMainWindow, preloadPath } from './main-window.ts'
import { setMenu } from './menu.ts'
import { hardenApplication, hardenSession, isFromOwnPage } from './security.ts'
import { ServicesLink, type ServicesFailure } from './services-link.ts'

const bundles = dirname(fileURLToPath(import.meta.url))

let window: BrowserWindow | undefined
let services: ServicesLink | undefined

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
])
hardenApplication()
keepCrashReportsLocal()

const { values: wanted } = parseArgs({
  args: process.argv.slice(app.isPackaged ? 1 : 2),
  options: { library: { type: 'string' }, selftest: { type: 'boolean' }, 'selftest-report': { type: 'string' } },
  strict: false,
})

if (wanted.selftest === true) {
  void app.whenReady().then(selfTest)
} else if (app.requestSingleInstanceLock()) {
  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('before-quit', (event) => {
    const running = services
    if (!running) return
    // The services write out what they hold first; close() has a deadline.
    event.preventDefault()
    services = undefined
    void running.close().finally(() => app.quit())
  })
  void app.whenReady().then(start)
} else {
  app.quit()
}

async function start(): Promise<void> {
  hardenSession()
  setMenu()
  protocol.handle('app', (request) =>
    answerAppRequest(request, {
      renderer: join(bundles, '..', 'renderer'),
      findDocument: async (id) => services?.findDocument(id),
    }),
  )
  ipcMain.on('workbench:request-port', (event) => {
    const sender = BrowserWindow.fromWebContents(event.sender)
    if (sender && isFromOwnPage(event)) services?.connect(sender)
  })
  const damage = app.isPackaged ? await damageOf(process.resourcesPath) : undefined
  if (damage !== undefined) {
    dialog.showErrorBox('DMRetriever Workbench', damage)
    return app.exit(1)
  }
  startServices()
  showWindow()
}

async function selfTest(): Promise<void> {
  const reportFile = wanted['selftest-report']
  const settings = servicesSettings()
  app.exit(
    await runSelfTest({ bundles, settings, reportFile: typeof reportFile === 'string' ? reportFile : undefined }),
  )
}

function startServices(): void {
  services = new ServicesLink({ bundles, settings: servicesSettings(), window: () => window, onFailure: fail })
}

function showWindow(): void {
  if (!app.isReady()) return
  if (window && !window.isDestroyed()) {
    if (window.isMinimized()) window.restore()
    window.focus()
    return
  }
  window = createMainWindow(preloadPath(bundles))
  window.on('closed', () => (window = undefined))
}

function servicesSettings(): ServicesSettings {
  return {
    ...(typeof wanted.library === 'string' ? { libraryPath: wanted.library } : {}),
    crashReports: app.getPath('crashDumps'),
    resources: app.isPackaged ? join(process.resourcesPath, 'resources') : join(app.getAppPath(), 'resources'),
  }
}

/** The page reconnects by itself when services are there again; what they were doing goes on from the job table. */
function fail({ message, mayTryAgain }: ServicesFailure): void {
  services = undefined
  const quit = { label: 'Quit', run: () => app.quit() }
  const choices = mayTryAgain ? [{ label: 'Start again', run: startServices }, quit] : [quit]
  const pressed = dialog.showMessageBoxSync({
    type: 'error',
    title: 'DMRetriever Workbench',
    message,
    detail: 'Your documents and the library file are untouched.',
    buttons: choices.map(({ label }) => label),
    cancelId: choices.length - 1,
    noLink: true,
  })
  ;(choices[pressed] ?? quit).run()
}
