import { app, session, shell, type WebContents } from 'electron'

/** The only origin that exists for this application. */
export const APP_ORIGIN = 'app://workbench'

/** Denies what a window never needs: every permission, every other page, every new window, every embedded view. */
export function hardenApplication(): void {
  app.on('web-contents-created', (_event, contents) => hardenContents(contents))
}

/** Call when the application is ready. */
export function hardenSession(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
  session.defaultSession.setDevicePermissionHandler(() => false)
}

function hardenContents(contents: WebContents): void {
  const stayHome = (event: { preventDefault(): void; url: string }): void => {
    if (!isOwnPage(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stayHome)
  contents.on('will-redirect', stayHome)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    // The person's own mail program may be asked for; web pages are never opened from inside.
    if (url.startsWith('mailto:')) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** True for pages of this application. Custom schemes have an opaque `URL.origin`, so protocol and host are compared. */
export function isOwnPage(url: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}` === APP_ORIGIN
  } catch {
    return false
  }
}
