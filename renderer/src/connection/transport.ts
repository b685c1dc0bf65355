import type { ClientContext, ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'

/** What the preload script of the desktop application puts on `window`. */
export interface DesktopBridge {
  /** Asks the shell for a new port to the services; it arrives as a window message of type 'workbench:port'. */
  requestPort(): void
  /** Path of a dropped file or folder; '' when it has none. */
  pathForFile(file: File): string
  readonly platform: string
}

declare global {
  interface Window {
    readonly workbench?: DesktopBridge
  }
}

/** An open way to the services. */
export interface Transport {
  readonly link: ClientLink<ClientContext>
  /** Settles when the way is gone, for whatever reason. */
  readonly closed: Promise<void>
  close(): void
}

/** The server is there, but this browser has no key to it, such as after the server was started again. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError'
}

const OPEN_TIMEOUT_MS = 10_000

/**
 * Opens a port from the preload script, or a WebSocket to the page's own origin.
 * @throws SignedOutError when the server wants a key, any other error when nothing answers within ten seconds
 */
export function openTransport(): Promise<Transport> {
  return window.workbench === undefined ? openSocket(new URL('rpc', location.href)) : openPort(window.workbench)
}

function openPort(bridge: DesktopBridge): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      window.removeEventListener('message', receive)
      reject(new Error('the services gave no port'))
    }, OPEN_TIMEOUT_MS)

    function receive(event: MessageEvent<unknown>): void {
      const [port] = event.ports
      if (event.source !== window || event.origin !== location.origin || port === undefined) return
      if ((event.data as { type?: unknown } | null)?.type !== 'workbench:port') return
      clearTimeout(timer)
      window.removeEventListener('message', receive)
      const closed = new Promise<void>((done) => port.addEventListener('close', () => done(), { once: true }))
      const link = new PortLink({ port })
      port.start()
      resolve({ link, closed, close: () => port.close() })
    }

    window.addEventListener('message', receive)
    bridge.requestPort()
  })
}

function openSocket(address: URL): Promise<Transport> {
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  address.search = ''
  address.hash = ''
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address)
    const timer = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS)
    const closed = new Promise<void>((done) => socket.addEventListener('close', () => done(), { once: true }))
    socket.addEventListener('open', () => {
      clearTimeout(timer)
      resolve({ link: new SocketLink({ websocket: socket }), closed, close: () => socket.close() })
    })
    void closed.then(async () => {
      clearTimeout(timer)
      reject((await isSignedOut()) ? new SignedOutError() : new Error(`no answer at ${address.href}`))
    })
  })
}

/** A browser does not tell a script why a WebSocket was refused; a plain request to the same server does. */
async function isSignedOut(): Promise<boolean> {
  try {
    const response = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' })
    return response.status === 401 || response.status === 403
  } catch {
    return false
  }
}
