import { RPCHandler } from '@orpc/server/ws'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import send from 'send'
import { WebSocketServer } from 'ws'
import { CONTENT_SECURITY_POLICY } from '../../contracts/content-security-policy.ts'
import type { Workbench } from '../../services/index.ts'
import { AccessGuard } from './access.ts'
import { Uploads } from './uploads.ts'

export interface ServeOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Folder of the built window. */
  readonly renderer: string
  readonly token?: string
}

export interface RunningServer {
  /** The address to open, with the token. */
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 16 << 20

const SECURITY_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
} as const

/** The window in a browser: static files, PDFs by document id with Range, dropped files, and the services over one WebSocket. */
export async function serve(workbench: Workbench, options: ServeOptions): Promise<RunningServer> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const guard = new AccessGuard({ host: options.host, port }, options.token)
  const uploads = new Uploads()
  server.on('request', (request, response) =>
    answer(request, response, { guard, workbench, uploads, renderer: options.renderer }),
  )

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const rpc = new RPCHandler(workbench.router)
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (
      request.url !== '/rpc' ||
      request.headers.origin === undefined ||
      guard.foreign(request) ||
      !guard.isKnown(request)
    ) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(
      request,
      socket,
      head,
      (connection) => void rpc.upgrade(connection, { context: workbench.context }),
    )
  })

  const shown = options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host
  return {
    url: `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/?token=${guard.token}`,
    token: guard.token,
    close: async () => {
      for (const connection of sockets.clients) connection.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      uploads.close()
    },
  }
}

interface Site {
  readonly guard: AccessGuard
  readonly workbench: Workbench
  readonly uploads: Uploads
  readonly renderer: string
}

function answer(request: IncomingMessage, response: ServerResponse, site: Site): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  const foreign = site.guard.foreign(request)
  if (foreign) return refuse(response, 403, `Refused: ${foreign}.`)
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'PUT' && Uploads.matches(url.pathname)) {
    // Like the WebSocket: a page of this server only, and one that was let in.
    if (request.headers.origin === undefined || !site.guard.isKnown(request)) return refuse(response, 403, 'Refused.')
    return void site.uploads.receive(request, response, url.pathname)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, 405, 'Only reading is possible here.')
  if (!site.guard.isKnown(request)) return admit(response, url, site.guard)
  if (url.searchParams.has('token')) return redirectHome(response)
  const documentId = /^\/files\/(\d+)$/u.exec(url.pathname)?.[1]
  if (documentId !== undefined) return sendDocument(request, response, site.workbench, Number(documentId))
  response.setHeader(
    'Cache-Control',
    url.pathname.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache',
  )
  send(request, url.pathname, { root: site.renderer, index: 'index.html', cacheControl: false, dotfiles: 'deny' })
    .on('error', (error: { status?: number }) =>
      refuse(response, error.status ?? 500, error.status === 404 ? 'Not found.' : 'Refused.'),
    )
    .pipe(response)
}

/** The first visit brings the token in the address; every later one in the cookie. */
function admit(response: ServerResponse, url: URL, guard: AccessGuard): void {
  const token = url.searchParams.get('token')
  if (guard.isUnderAttack())
    return refuse(
      response,
      429,
      'Too many wrong tokens. Wait a minute and use the address that was printed at the start.',
    )
  if (token === null || !guard.accepts(token)) {
    return refuse(
      response,
      401,
      'This address needs its token. Use the full address that "dmr serve" or "npm start" printed.',
    )
  }
  response.setHeader('Set-Cookie', guard.setCookie())
  redirectHome(response)
}

function redirectHome(response: ServerResponse): void {
  response.writeHead(303, { Location: '/' }).end()
}

function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  workbench: Workbench,
  documentId: number,
): void {
  const path = workbench.fileOfDocument(documentId)
  if (path === undefined) return refuse(response, 404, 'The library has no such document, or its file was moved.')
  response.setHeader('Content-Type', 'application/pdf')
  send(request, encodeURIComponent(path.name), { root: path.folder, cacheControl: false, dotfiles: 'allow' })
    .on('error', () => refuse(response, 404, 'The file cannot be read. It may have been moved since it was indexed.'))
    .pipe(response)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`${message}\n`)
}
