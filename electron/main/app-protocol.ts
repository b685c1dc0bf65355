import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { Readable } from 'node:stream'
import { CONTENT_SECURITY_POLICY } from '../contracts/content-security-policy.ts'
import { isOwnUrl } from './security.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.pfb': 'application/octet-stream',
  '.bcmap': 'application/octet-stream',
  '.pdf': 'application/pdf',
}

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
}

export interface AppFiles {
  /** Folder of the built window. */
  readonly renderer: string
  /** Absolute path of a document's file, or undefined. */
  findDocument(documentId: number): Promise<string | undefined>
}

/** Answers `app://workbench/...`: files of the window, and PDFs under `/files/<document id>` with Range. */
export async function answerAppRequest(request: Request, files: AppFiles): Promise<Response> {
  // Another host would be another origin, with storage and rights of its own.
  if (!isOwnUrl(request.url)) return plain(404, 'Not found.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only reading is possible here.')
  const { pathname } = new URL(request.url)
  const documentId = /^\/files\/(\d{1,15})$/u.exec(pathname)?.[1]
  if (documentId !== undefined) {
    const path = await files.findDocument(Number(documentId))
    return path === undefined
      ? plain(404, 'The library has no such document, or its file was moved.')
      : sendDocument(request, path)
  }
  const path = await insideFolder(files.renderer, pathname === '/' ? '/index.html' : pathname)
  return path === undefined ? plain(404, 'Not found.') : sendWindowFile(request, path)
}

/** @returns the file's real path, or undefined when there is none or it lies outside the folder. */
async function insideFolder(folder: string, pathname: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder)
    const path = await realpath(join(root, normalize(decodeURIComponent(pathname))))
    return path.startsWith(root + sep) ? path : undefined
  } catch {
    return undefined
  }
}

/**
 * The window's files are small and, once packaged, lie in the asar archive. Electron reads and checks those in memory;
 * a stream would first have to copy each of them to the temporary folder.
 */
async function sendWindowFile(request: Request, path: string): Promise<Response> {
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes) return plain(404, 'Not found.')
  return new Response(request.method === 'HEAD' ? null : bytes, {
    headers: {
      ...HEADERS,
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Content-Length': String(bytes.length),
    },
  })
}

async function sendDocument(request: Request, path: string): Promise<Response> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile()) return plain(404, 'The file cannot be read. It may have been moved since it was indexed.')
  const headers = { ...HEADERS, 'Content-Type': 'application/pdf', 'Accept-Ranges': 'bytes' }
  const range = parseRange(request.headers.get('range'), stats.size)
  if (range === 'unsatisfiable')
    return new Response(null, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${stats.size}` } })
  const [start, end] = range ?? [0, stats.size - 1]
  const body =
    request.method === 'HEAD' || stats.size === 0
      ? null
      : (Readable.toWeb(createReadStream(path, { start, end })) as BodyInit)
  return new Response(body, {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(Math.max(0, end - start + 1)),
      ...(range ? { 'Content-Range': `bytes ${start}-${end}/${stats.size}` } : {}),
    },
  })
}

/** One byte range (RFC 9110, 14.1.2), inclusive; undefined: the whole file. */
export function parseRange(header: string | null, size: number): [number, number] | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/u.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : [start, end]
}

function plain(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' } })
}
