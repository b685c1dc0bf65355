/**
 * [Note: stand-in for Electron]
 * What main and preload use of the `electron` module, for tests on machines without its program. Where behaviour matters it
 * is real: utility processes are forked, ports carry structured clones between them, protocol handlers answer real Requests.
 * The rest records what it was told, so that a test can ask. Signatures follow electron.d.ts of the pinned version; the
 * types at the end fail the type check when a name does not exist there.
 */
import type Electron from 'electron'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannelMain, type MessagePortMain } from './message-ports.ts'
import { utilityProcess } from './utility-process.ts'

type Handler<Args extends readonly unknown[], Result> = (...args: Args) => Result

class App extends EventEmitter {
  isPackaged = false
  hasLock = true
  isSandboxed = false
  quits = 0
  exited = false
  exitCode: number | undefined
  readonly switches = new Map<string, string>()
  readonly commandLine = { appendSwitch: (name: string, value = '') => void this.switches.set(name, value) }
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false

  whenReady = (): Promise<void> => this.#ready.promise
  isReady = (): boolean => this.#isReady
  requestSingleInstanceLock = (): boolean => this.hasLock
  enableSandbox = (): void => void (this.isSandboxed = !this.#isReady)
  getAppPath = (): string => process.cwd()
  getPath = (name: string): string => join(tmpdir(), `dmr-stand-in-${name}`)
  exit = (code: number): void => {
    this.exitCode = code
    this.exited = true
  }

  becomeReady(): Promise<void> {
    this.#isReady = true
    this.#ready.resolve()
    return this.#ready.promise
  }

  /** Like Electron's: asks, and ends only when nobody objects. */
  quit(): void {
    this.quits += 1
    let prevented = false
    this.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (prevented || this.exited) return
    this.exited = true
    this.emit('will-quit', { preventDefault: () => {} })
  }
}
export const app = new App()

class NativeTheme extends EventEmitter {
  #source = 'system'
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }
  get themeSource(): string {
    return this.#source
  }
  set themeSource(source: string) {
    this.#source = source
    this.emit('updated')
  }
}
export const nativeTheme = new NativeTheme()

export interface Frame {
  readonly url: string
  readonly parent: Frame | null
}

export class WebContents extends EventEmitter {
  mainFrame: Frame | null = null
  reloads = 0
  webRtcPolicy = ''
  /** What the page's preload script receives. */
  readonly toPage = new EventEmitter()
  openHandler: Handler<[{ url: string }], { action: string }> | undefined

  setWindowOpenHandler = (handler: Handler<[{ url: string }], { action: string }>): void =>
    void (this.openHandler = handler)
  setWebRTCIPHandlingPolicy = (policy: string): void => void (this.webRtcPolicy = policy)
  reload = (): void => void (this.reloads += 1)
  postMessage(channel: string, message: unknown, ports: MessagePortMain[] = []): void {
    setImmediate(() => this.toPage.emit(channel, { ports }, structuredClone(message)))
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = []
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    BrowserWindow.all.find((window) => window.webContents === contents) ?? null

  readonly webContents = new WebContents()
  readonly options: Electron.BrowserWindowConstructorOptions
  readonly painted: unknown[] = []
  shown = false
  focused = 0
  #destroyed = false

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
    BrowserWindow.all.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  loadURL(url: string): Promise<void> {
    this.webContents.mainFrame = { url, parent: null }
    return Promise.resolve()
  }
  show = (): void => void (this.shown = true)
  focus = (): void => void (this.focused += 1)
  isMinimized = (): boolean => false
  isFocused = (): boolean => this.focused > 0
  restore = (): void => {}
  isDestroyed = (): boolean => this.#destroyed
  setBackgroundColor = (color: string): void => void this.painted.push(color)
  setTitleBarOverlay = (overlay: unknown): void => void this.painted.push(overlay)
  close(): void {
    this.#destroyed = true
    this.emit('closed')
    BrowserWindow.all.splice(BrowserWindow.all.indexOf(this), 1)
    if (BrowserWindow.all.length === 0) app.emit('window-all-closed')
  }
}

class Session {
  permissionRequest: Handler<[unknown, string, (granted: boolean) => void], void> | undefined
  permissionCheck: Handler<[], boolean> | undefined
  devicePermission: Handler<[], boolean> | undefined
  beforeRequest: Handler<[{ url: string }, (answer: { cancel?: boolean }) => void], void> | undefined
  spellChecks = true

  setPermissionRequestHandler = (handler: NonNullable<Session['permissionRequest']>): void =>
    void (this.permissionRequest = handler)
  setPermissionCheckHandler = (handler: Handler<[], boolean>): void => void (this.permissionCheck = handler)
  setDevicePermissionHandler = (handler: Handler<[], boolean>): void => void (this.devicePermission = handler)
  setSpellCheckerEnabled = (enabled: boolean): void => void (this.spellChecks = enabled)
  readonly webRequest = {
    onBeforeRequest: (listener: NonNullable<Session['beforeRequest']>): void => void (this.beforeRequest = listener),
  }
}
export const session = { defaultSession: new Session() }

export const protocol = {
  schemes: [] as Electron.CustomScheme[],
  handlers: new Map<string, (request: Request) => Promise<Response>>(),
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    if (app.isReady()) throw new Error('schemes are registered before the application is ready')
    this.schemes.push(...schemes)
  },
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    if (!app.isReady()) throw new Error('protocols are handled when the application is ready')
    this.handlers.set(scheme, handler)
  },
}

export const ipcMain = new EventEmitter()

export const dialog = {
  /** What the person does next. */
  folder: undefined as string | undefined,
  button: 0,
  shown: [] as Electron.MessageBoxSyncOptions[],
  errors: [] as string[],
  showErrorBox: (_title: string, content: string): void => void dialog.errors.push(content),
  showOpenDialog: (..._args: unknown[]) =>
    Promise.resolve({
      canceled: dialog.folder === undefined,
      filePaths: dialog.folder === undefined ? [] : [dialog.folder],
    }),
  showMessageBoxSync(options: Electron.MessageBoxSyncOptions): number {
    this.shown.push(options)
    return this.button
  },
}

export const crashReporter = {
  started: [] as Electron.CrashReporterStartOptions[],
  start: (options: Electron.CrashReporterStartOptions): void => void crashReporter.started.push(options),
}

export const shell = {
  revealed: [] as string[],
  opened: [] as string[],
  showItemInFolder: (path: string): void => void shell.revealed.push(path),
  openExternal: (url: string): Promise<void> => Promise.resolve(void shell.opened.push(url)),
}

export class Notification extends EventEmitter {
  static readonly shown: Notification[] = []
  static isSupported = (): boolean => true
  readonly options: Electron.NotificationConstructorOptions

  constructor(options: Electron.NotificationConstructorOptions) {
    super()
    this.options = options
  }
  show = (): void => void Notification.shown.push(this)
}

export const Menu = {
  template: [] as Electron.MenuItemConstructorOptions[],
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (template: Electron.MenuItemConstructorOptions[] | null): void =>
    void (Menu.template = template ?? []),
}

export { MessageChannelMain, utilityProcess }

/** Names that are not Electron's own do not belong here. */
type Names =
  | 'app'
  | 'nativeTheme'
  | 'BrowserWindow'
  | 'session'
  | 'protocol'
  | 'ipcMain'
  | 'dialog'
  | 'crashReporter'
  | 'shell'
  | 'Menu'
  | 'Notification'
  | 'MessageChannelMain'
  | 'utilityProcess'
export type Checked = Names extends keyof typeof Electron ? true : never
export const checked: Checked = true
