import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** As much as a work package of 50,000 pairs may have, several times over. */
const MOST_BYTES = 1_000_000_000
/** What was dropped before these is deleted: it was taken in, or given up. */
const DROPS_KEPT = 4
const DEEPEST = 6
const ADDRESS = /^\/uploads\/([\da-f-]{36})\/(.+)$/u

/** A refusal that the browser shows. */
class UploadError extends Error {
  override readonly name = 'UploadError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Files dropped on the window of a browser, which tells nobody where they lie: `PUT /uploads/<drop>/<path>` stores them in a
 * folder of their own, and services then read them there by path. One drop is one UUID, chosen by the window.
 */
export class Uploads {
  readonly #mostBytes: number
  readonly #drops: string[] = []
  #root: string | undefined

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  /** Whether an address is one to store a file at. */
  static matches(pathname: string): boolean {
    return ADDRESS.test(pathname)
  }

  /** Answers with the folder of the drop and, in it, with what the file's path begins with. */
  async receive(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    try {
      const [, drop = '', path = ''] = ADDRESS.exec(pathname) ?? []
      const names = safeNames(path)
      const folder = await this.#folderOf(drop)
      const target = join(folder, ...names)
      await mkdir(dirname(target), { recursive: true })
      try {
        // An existing file stays: a drop names each file once.
        await pipeline(request, atMost(this.#mostBytes), createWriteStream(target, { flags: 'wx' }))
      } catch (error) {
        if (!isCode(error, 'EEXIST')) await rm(target, { force: true })
        throw error
      }
      answer(response, 201, 'application/json', JSON.stringify({ folder, top: join(folder, names[0]!) }))
    } catch (error) {
      const { status, message } = explained(error)
      response.setHeader('Connection', 'close')
      answer(response, status, 'text/plain; charset=utf-8', `${message}\n`)
    }
  }

  /** Deletes everything. */
  close(): void {
    if (this.#root !== undefined) rmSync(this.#root, { recursive: true, force: true })
    this.#root = undefined
    this.#drops.length = 0
  }

  async #folderOf(drop: string): Promise<string> {
    this.#root ??= mkdtempSync(join(tmpdir(), 'dmr-dropped-'))
    if (!this.#drops.includes(drop)) {
      this.#drops.push(drop)
      for (const old of this.#drops.splice(0, Math.max(0, this.#drops.length - DROPS_KEPT)))
        await rm(join(this.#root, old), { recursive: true, force: true })
    }
    return join(this.#root, drop)
  }
}

/** @throws UploadError for a path that could lead out of the folder, or that some system cannot store. */
function safeNames(path: string): string[] {
  let names: string[]
  try {
    names = path.split('/').map(decodeURIComponent)
  } catch {
    throw new UploadError(400, 'The name of the file is not UTF-8. Rename it and drop it again.')
  }
  const isSafe = (name: string): boolean =>
    !/^(?:\.{1,2})?$|[\u0000-\u001f\\/:*?"<>|]/u.test(name) && name.length <= 200
  if (names.length <= DEEPEST && names.every(isSafe)) return names
  throw new UploadError(400, `"${names.join('/')}" cannot be stored under this name. Rename it and drop it again.`)
}

/** Passes bytes on until there are too many. */
function atMost(bytes: number): Transform {
  let passed = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length
      if (passed <= bytes) return done(null, chunk)
      done(
        new UploadError(
          413,
          `A dropped file may have ${Math.floor(bytes / 1_000_000)} MB. Copy it to the computer that runs the workbench and paste its path.`,
        ),
      )
    },
  })
}

function explained(error: unknown): { status: number; message: string } {
  if (error instanceof UploadError) return error
  if (isCode(error, 'EEXIST')) return { status: 409, message: 'Two files of one drop have the same name.' }
  if (isCode(error, 'ENOSPC'))
    return { status: 507, message: 'The disk of the computer that runs the workbench is full. Free some space there.' }
  return { status: 500, message: 'The file could not be stored. Drop it again, or paste its path.' }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.destroyed) return
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body)
}
