import { app, session, shell, type IpcMainEvent, type WebContents } from 'electron'

/** The only origin that exists for this application. */
export const APP_ORIGIN = 'app://workbench'

/** What the window may load: its own files, what it made itself, and the developer tools' own pages. */
const LOADABLE = new Set(['blob:', 'data:', 'devtools:'])

/** Denies what a window never needs: every other page, every new window, every embedded view. Call before the application is ready. */
export function hardenApplication(): void {
  app.enableSandbox()
  // Chromium resolves no name at all: not for a page, not for its own services (field trials, dictionaries, components).
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND')
  app.commandLine.appendSwitch('disable-background-networking')
  app.on('web-contents-created', (_event, contents) => hardenContents(contents))
}

/** Denies every permission and every request that is not for the application's own files. Call when the application is ready. */
export function hardenSession(): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  defaultSession.setPermissionCheckHandler(() => false)
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.setSpellCheckerEnabled(false)
  defaultSession.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !mayLoad(url) }))
}

/** True when a message comes from the page of a window of ours itself: not from a frame in it, not from a page that is gone. */
export function isFromOwnPage({ senderFrame }: Pick<IpcMainEvent, 'senderFrame'>): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOwnUrl(senderFrame.url)
}

/** True for addresses of this application. Custom schemes have an opaque `URL.origin`, so protocol and host are compared. */
export function isOwnUrl(url: string): boolean {
  const { protocol, host } = parse(url) ?? {}
  return `${protocol}//${host}` === APP_ORIGIN
}

function hardenContents(contents: WebContents): void {
  // WebRTC does not ask the content policy before it sends packets.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  const stayHome = (event: { preventDefault(): void; readonly url: string }): void => {
    if (!isOwnPage(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stayHome)
  contents.on('will-redirect', stayHome)
  contents.on('will-frame-navigate', stayHome)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    // The person's own mail program may be asked for; web pages are never opened from inside.
    if (parse(url)?.protocol === 'mailto:') void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** The one page there is. A document is fetched by the viewer; navigating to it would replace the workbench. */
function isOwnPage(url: string): boolean {
  return isOwnUrl(url) && parse(url)?.pathname === '/'
}

function mayLoad(url: string): boolean {
  return isOwnUrl(url) || LOADABLE.has(parse(url)?.protocol ?? '')
}

function parse(url: string): URL | undefined {
  return URL.parse(url) ?? undefined
}
