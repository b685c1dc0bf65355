import { app, BrowserWindow, nativeTheme } from 'electron'
import { join } from 'node:path'
import { APP_ORIGIN } from './security.ts'

/** Height of the window's own title bar (tokens.css: --title-bar). */
const TITLE_BAR = 40
/** tokens.css: --bg, --rail, --text-2. The window's frame is drawn before, and beside, any style sheet. */
const COLOURS = {
  light: { background: '#f5f6f8', bar: '#eceef2', symbols: '#454e5c' },
  dark: { background: '#0f1217', bar: '#0b0d11', symbols: '#b7bfcb' },
} as const
/** A page that dies again this soon would do so for ever. */
const RELOAD_PAUSE_MS = 10_000

/** The one window: sandboxed, isolated, without Node, showing the application's own pages only. */
export function createMainWindow(preload: string): BrowserWindow {
  const { background, bar, symbols } = colours()
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    backgroundColor: background,
    titleBarStyle: 'hidden',
    ...(hasOverlay() ? { titleBarOverlay: { height: TITLE_BAR, color: bar, symbolColor: symbols } } : {}),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  })
  followTheme(window)
  reviveWhenGone(window)
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${APP_ORIGIN}/`)
  return window
}

export function preloadPath(bundles: string): string {
  return join(bundles, '..', 'preload', 'preload.cjs')
}

function followTheme(window: BrowserWindow): void {
  const paint = (): void => {
    const { background, bar, symbols } = colours()
    window.setBackgroundColor(background)
    if (hasOverlay()) window.setTitleBarOverlay({ height: TITLE_BAR, color: bar, symbolColor: symbols })
  }
  nativeTheme.on('updated', paint)
  window.once('closed', () => nativeTheme.off('updated', paint))
}

/** Everything shown is kept by the services, so a page that died is simply loaded again. */
function reviveWhenGone(window: BrowserWindow): void {
  let last = -Infinity
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || performance.now() - last < RELOAD_PAUSE_MS) return
    last = performance.now()
    window.webContents.reload()
  })
}

function colours(): (typeof COLOURS)['light' | 'dark'] {
  return COLOURS[nativeTheme.shouldUseDarkColors ? 'dark' : 'light']
}

/** macOS draws its own window buttons over the page. */
function hasOverlay(): boolean {
  return process.platform !== 'darwin'
}
