import type { Dirent } from 'node:fs'
import { open, opendir, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import picomatch from 'picomatch'
import { WorkbenchError } from '../contracts/errors.ts'
import { said, type Text, type Wording } from '../contracts/wording.ts'
import type { FoundFile } from '../storage/index.ts'

export interface ScanOptions {
  /** Only files matching one of these globs (relative to the folder, forward slashes); empty: all. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly signal?: AbortSignal
  /** A part of the folder that could not be read; the scan goes on. */
  onUnreadable?(path: string, reason: Text): void
}

/** What the scan found about a file: to be read, or not and why. */
export interface ScannedFile extends FoundFile {
  readonly verdict: 'pdf' | 'excluded' | 'unsupported'
  /** The glob that excludes it. */
  readonly rule?: string
}

/** Names that systems and applications leave behind; listing them would only be noise. */
const SYSTEM_FILES = new Set(['Thumbs.db', 'desktop.ini', '.DS_Store'])

/**
 * Walks a folder and everything below it, following links to folders at most once, so that link loops end.
 * @throws WorkbenchError FOLDER_UNREADABLE when the folder itself cannot be listed.
 */
export async function* scanFolder(root: string, options: ScanOptions): AsyncGenerator<ScannedFile> {
  await requireReadableFolder(root)
  const verdictOf = compileGlobs(options)
  const visited = new Set<string>()
  const pending: Buffer[] = [Buffer.from(root)]
  const prefixLength = Buffer.byteLength(root.endsWith(sep) ? root : root + sep)
  while (pending.length > 0) {
    options.signal?.throwIfAborted()
    const folder = pending.pop()!
    let entries: Dirent<Buffer>[]
    try {
      const real = await realpath(folder)
      if (visited.has(real)) continue
      visited.add(real)
      entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    } catch (error) {
      options.onUnreadable?.(folder.toString(), reasonOf(error))
      continue
    }
    entries.sort((a, b) => Buffer.compare(a.name, b.name))
    for (const entry of entries) {
      if (entry.name[0] === 0x2e || SYSTEM_FILES.has(entry.name.toString())) continue
      const path = Buffer.concat([folder, Buffer.from(folder.at(-1) === sep.charCodeAt(0) ? '' : sep), entry.name])
      if (entry.isDirectory()) {
        pending.push(path)
        continue
      }
      try {
        const stats = await stat(path)
        if (stats.isDirectory()) pending.push(path)
        if (!stats.isFile()) continue
        yield await describe(path, path.subarray(prefixLength), stats.size, stats.mtimeMs, verdictOf)
      } catch (error) {
        // Vanished since it was listed, or a link that leads nowhere.
        options.onUnreadable?.(path.toString(), reasonOf(error))
      }
    }
  }
}

/** @throws WorkbenchError FOLDER_UNREADABLE with the remedy. */
export async function requireReadableFolder(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) {
      throw new WorkbenchError('FOLDER_UNREADABLE', said`${path} is a file. Name the folder that holds it.`)
    }
    await (await opendir(path)).close()
  } catch (error) {
    if (error instanceof WorkbenchError) throw error
    throw new WorkbenchError(
      'FOLDER_UNREADABLE',
      said`${path} cannot be read: ${reasonOf(error)}. Check the path, and that the drive is connected.`,
      {
        cause: error,
      },
    )
  }
}

async function describe(
  path: Buffer,
  relative: Buffer,
  size: number,
  modifiedMs: number,
  verdictOf: (path: string) => { verdict: 'excluded'; rule: string } | undefined,
): Promise<ScannedFile> {
  const name = printable(relative)
  const found = {
    path: name.text.split(sep).join('/'),
    rawPath: name.exact ? null : new Uint8Array(path),
    size,
    modified: Math.round(modifiedMs),
  }
  const excluded = verdictOf(found.path)
  if (excluded) return { ...found, ...excluded }
  return { ...found, verdict: (await isPdf(path, found.path)) ? 'pdf' : 'unsupported' }
}

/** By extension; a file without one is looked into. */
async function isPdf(path: Buffer, name: string): Promise<boolean> {
  if (/\.pdf$/iu.test(name)) return true
  if (/\.[A-Za-z0-9]{1,8}$/u.test(name)) return false
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5), 0, 5, 0)
    return buffer.toString('latin1', 0, bytesRead) === '%PDF-'
  } finally {
    await handle.close()
  }
}

/** A name whose bytes are not UTF-8 is shown with the odd bytes as %XX; it is opened by its bytes. */
function printable(name: Buffer): { text: string; exact: boolean } {
  const text = name.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(name)) return { text, exact: true }
  const escaped = Array.from(name, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase()}`,
  ).join('')
  return { text: escaped, exact: false }
}

function compileGlobs(options: ScanOptions): (path: string) => { verdict: 'excluded'; rule: string } | undefined {
  const settings = { dot: true, nocase: true }
  const included = options.include.length > 0 ? picomatch(options.include.map(anywhere), settings) : () => true
  const rules = options.exclude.map((glob) => ({ glob, matches: picomatch(anywhere(glob), settings) }))
  return (path) => {
    const rule = rules.find(({ matches }) => matches(path))
    if (rule) return { verdict: 'excluded', rule: rule.glob }
    return included(path) ? undefined : { verdict: 'excluded', rule: `not in ${options.include.join(', ')}` }
  }
}

/** A glob without a slash means the name, at any depth, as people expect from "draft*". */
function anywhere(glob: string): string {
  return glob.includes('/') ? glob : `**/${glob}`
}

const REASONS: Record<string, Wording> = {
  ENOENT: said`it does not exist`,
  EACCES: said`you have no right to read it`,
  EPERM: said`you have no right to read it`,
  ELOOP: said`it is a link that leads in a circle`,
  EMFILE: said`too many files are open`,
  ENAMETOOLONG: said`its name is too long`,
  EIO: said`the drive reports a read error`,
}

function reasonOf(error: unknown): Text {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** The path by which the system opens a file of a source: its bytes where they are not UTF-8. */
export function pathToOpen(sourcePath: string, file: { path: string; rawPath: Uint8Array | null }): string | Buffer {
  return file.rawPath ? Buffer.from(file.rawPath) : join(sourcePath, ...file.path.split('/'))
}
