import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createMainWindow, preloadPath } from '../../electron/main/main-window.ts'
import { setMenu } from '../../electron/main/menu.ts'
import { hardenApplication, hardenSession, isFromOwnPage, isOwnUrl } from '../../electron/main/security.ts'
import type { BrowserWindow } from './electron-stand-in.ts'
import { app, Menu, nativeTheme, session, shell } from './electron-stand-in.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

let window: BrowserWindow

beforeAll(async () => {
  hardenApplication()
  await app.becomeReady()
  hardenSession()
  window = createMainWindow('/app/out/preload/preload.cjs') as unknown as BrowserWindow
})

/** Sends an event that can be prevented. @returns whether it was. */
function isPrevented(name: string, url: string): boolean {
  let prevented = false
  window.webContents.emit(name, { url, preventDefault: () => (prevented = true) })
  return prevented
}

describe('the window', () => {
  it('is sandboxed, isolated and without Node anywhere', () => {
    expect(window.options.webPreferences).toMatchObject({
      preload: '/app/out/preload/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    })
    expect(app.isSandboxed).toBe(true)
    for (const weakening of [
      'allowRunningInsecureContent',
      'experimentalFeatures',
      'enableBlinkFeatures',
      'disableBlinkFeatures',
    ])
      expect(window.options.webPreferences).not.toHaveProperty(weakening)
    expect(preloadPath('/app/out/main')).toMatch(/preload\.cjs$/)
  })

  it('has developer tools in a checkout only', () => {
    expect(window.options.webPreferences!.devTools).toBe(true)
    app.isPackaged = true
    const packaged = createMainWindow('/p.cjs') as unknown as BrowserWindow
    expect(packaged.options.webPreferences!.devTools).toBe(false)
    setMenu()
    expect(JSON.stringify(Menu.template)).not.toMatch(/toggleDevTools|reload/)
    packaged.close()
    app.isPackaged = false
  })

  it('stays on its one page', () => {
    const away = [
      'https://example.org/',
      'file:///etc/passwd',
      'app://evil/',
      'app://workbench/files/1',
      'app://workbench.evil/',
      'javascript:alert(1)',
      'data:text/html,x',
      'not a url',
    ]
    for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate'])
      for (const url of away) expect(isPrevented(event, url), `${event} ${url}`).toBe(true)
    expect(isPrevented('will-navigate', 'app://workbench/#/search?q=flood')).toBe(false)
  })

  it('opens no window and no embedded view; only a mail address leaves it', () => {
    const open = (url: string): string => window.webContents.openHandler!({ url }).action
    for (const url of [
      'https://example.org/',
      'app://workbench/',
      'file:///etc/passwd',
      'mailtox:a',
      'mailto:desk@example.org',
    ])
      expect(open(url)).toBe('deny')
    expect(shell.opened).toEqual(['mailto:desk@example.org'])
    expect(isPrevented('will-attach-webview', '')).toBe(true)
  })

  it('is shown when there is something to see, and painted like the theme before and after a change', () => {
    expect(window.shown).toBe(false)
    window.emit('ready-to-show')
    expect(window.shown).toBe(true)
    expect(window.options.backgroundColor).toBe('#f5f6f8')
    nativeTheme.themeSource = 'dark'
    expect(window.painted).toContain('#0f1217')
    nativeTheme.themeSource = 'system'
  })

  it('loads a page that died again, but not for ever', () => {
    const die = (reason: string) => window.webContents.emit('render-process-gone', {}, { reason })
    die('clean-exit')
    expect(window.webContents.reloads).toBe(0)
    die('crashed')
    die('crashed')
    expect(window.webContents.reloads).toBe(1)
  })
})

describe('the session', () => {
  const { defaultSession } = session

  it('grants no permission, to nobody', () => {
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'fullscreen',
      'openExternal',
      'hid',
    ]) {
      let granted: boolean | undefined
      defaultSession.permissionRequest!(window.webContents, permission, (answer) => (granted = answer))
      expect(granted, permission).toBe(false)
    }
    expect([defaultSession.permissionCheck!(), defaultSession.devicePermission!()]).toEqual([false, false])
  })

  it('cancels every request that is not for the own files', () => {
    const isCancelled = (url: string): boolean => {
      let cancel: boolean | undefined
      defaultSession.beforeRequest!({ url }, (answer) => (cancel = answer.cancel))
      return cancel!
    }
    for (const url of [
      'https://example.org/',
      'http://127.0.0.1/',
      'ws://localhost:1/',
      'file:///etc/passwd',
      'app://evil/',
      'ftp://a/',
      'nonsense',
    ])
      expect(isCancelled(url), url).toBe(true)
    for (const url of [
      'app://workbench/',
      'app://workbench/files/1',
      'blob:app://workbench/1',
      'data:image/png;base64,',
    ])
      expect(isCancelled(url), url).toBe(false)
  })

  it('resolves no name, sends no packet past a proxy, fetches no dictionary', () => {
    expect(app.switches.get('host-resolver-rules')).toBe('MAP * ~NOTFOUND')
    expect(app.switches.has('disable-background-networking')).toBe(true)
    expect(window.webContents.webRtcPolicy).toBe('disable_non_proxied_udp')
    expect(defaultSession.spellChecks).toBe(false)
  })
})

describe('a sender', () => {
  const own = { url: 'app://workbench/#/search', parent: null }
  it('is our page itself, or it is refused', () => {
    const ask = (senderFrame: unknown): boolean => isFromOwnPage({ senderFrame } as Parameters<typeof isFromOwnPage>[0])
    expect(ask(own)).toBe(true)
    for (const frame of [
      null,
      { url: own.url, parent: own },
      { url: 'https://example.org/', parent: null },
      { url: 'about:blank', parent: null },
      { url: '', parent: null },
    ])
      expect(ask(frame)).toBe(false)
  })

  it('is told by scheme and host', () => {
    expect(['app://workbench', 'app://workbench/x?y#z'].every(isOwnUrl)).toBe(true)
    expect(
      ['app://workbench:80/', 'app://user@evil/', 'apps://workbench/', 'https://workbench/', ''].some(isOwnUrl),
    ).toBe(false)
  })
})

describe('the menu', () => {
  it('keeps zoom and editing on the keyboard, and leads to no web page', () => {
    setMenu()
    const roles = JSON.stringify(Menu.template)
    for (const role of ['editMenu', 'zoomIn', 'zoomOut', 'resetZoom', 'togglefullscreen']) expect(roles).toContain(role)
    expect(roles).not.toMatch(/help|http/i)
  })
})
