import { app, BrowserWindow, dialog, ipcMain, Menu, protocol } from 'electron'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { answerAppRequest } from './app-protocol.ts'
import { createMainWindow, preloadPath } from './main-window.ts'
import { hardenApplication, hardenSession, isOwnPage } from './security.ts'
import { ServicesLink } from './services-link.ts'

const bundles = dirname(fileURLToPath(import.meta.url))

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
])
hardenApplication()

let window: BrowserWindow | undefined
let services: ServicesLink | undefined

if (app.requestSingleInstanceLock()) {
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

function start(): void {
  hardenSession()
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null)
  services = new ServicesLink({ bundles, settings: servicesSettings(), window: () => window, onFailure: fail })
  const link = services
  protocol.handle('app', (request) =>
    answerAppRequest(request, {
      renderer: join(bundles, '..', 'renderer'),
      findDocument: (id) => link.findDocument(id),
    }),
  )
  ipcMain.on('workbench:request-port', (event) => {
    const sender = BrowserWindow.fromWebContents(event.sender)
    if (sender && event.senderFrame && event.senderFrame === event.sender.mainFrame && isOwnPage(event.senderFrame.url))
      services?.connect(sender)
  })
  showWindow()
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

function servicesSettings() {
  const { values } = parseArgs({
    args: process.argv.slice(app.isPackaged ? 1 : 2),
    options: { library: { type: 'string' } },
    strict: false,
  })
  const data = app.getPath('userData')
  return {
    data,
    libraryPath: typeof values.library === 'string' ? values.library : join(data, 'library.db'),
    resources: app.isPackaged ? join(process.resourcesPath, 'resources') : join(app.getAppPath(), 'resources'),
  }
}

function fail(message: string): void {
  dialog.showErrorBox('DMRetriever Workbench', `${message}\n\nYour documents and the library file are untouched.`)
  services = undefined
  app.quit()
}
