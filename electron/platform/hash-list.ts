// The list of an installation's files and their hashes: written when a package is made, read when the application starts.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import * as v from 'valibot'

/** Beside the files it lists. */
export const HASH_LIST = 'integrity.json'
/** What electron-builder puts beside the files after the list was made, for .deb and .rpm; the application reads none of it. */
const ADDED_LATER = new Set([HASH_LIST, 'apparmor-profile'])
const CHUNK_BYTES = 1 << 20

const hashListSchema = v.object({
  format: v.literal(1),
  /** By path below the folder of the list, with `/` between the parts. No hash: signing changes the file, it only has to be there. */
  files: v.record(v.string(), v.object({ bytes: v.number(), sha256: v.nullable(v.string()) })),
})
export type HashList = v.InferOutput<typeof hashListSchema>

export interface FileFault {
  /** Below the folder of the list; the list itself when it cannot be read. */
  readonly path: string
  readonly fault: 'missing' | 'changed' | 'unexpected' | 'unreadable'
}

export interface HashReport {
  /** Files compared. */
  readonly files: number
  readonly bytes: number
  readonly faults: readonly FileFault[]
}

/**
 * [Note: start-up integrity]
 * Windows and macOS check the archive against a hash inside the signed program; on Linux Electron does not, so main compares
 * every file of ours with this list before it starts anything. The list is not signed by the running program's maker: it finds
 * damage, half-copied upgrades and changes of single files, not somebody who may write to the folder and rewrites the list too.
 * Against that stand the file system's rights and `dpkg --verify`.
 */
export async function checkHashList(folder: string): Promise<HashReport> {
  const list = await readHashList(folder)
  if (list === undefined) return { files: 0, bytes: 0, faults: [{ path: HASH_LIST, fault: 'unreadable' }] }
  const faults: FileFault[] = []
  let bytes = 0
  for (const [path, expected] of Object.entries(list.files)) {
    const found = await hashFile(join(folder, path)).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? ('missing' as const) : ('unreadable' as const),
    )
    if (typeof found === 'string') faults.push({ path, fault: found })
    else if (expected.sha256 !== null && found.sha256 !== expected.sha256) faults.push({ path, fault: 'changed' })
    bytes += expected.bytes
  }
  for (const path of await filesBelow(folder))
    if (!ADDED_LATER.has(path) && list.files[path] === undefined) faults.push({ path, fault: 'unexpected' })
  return { files: Object.keys(list.files).length, bytes, faults }
}

/** True where a package put a list; a checkout has none. */
export function hasHashList(folder: string): boolean {
  return fs.existsSync(join(folder, HASH_LIST))
}

/** Lists what lies below a folder now. @param isFixed whether the file at a path (with `/`) stays as it is; default: all do. */
export async function makeHashList(folder: string, isFixed: (path: string) => boolean = () => true): Promise<HashList> {
  const files: HashList['files'] = {}
  for (const path of (await filesBelow(folder)).sort())
    if (!ADDED_LATER.has(path)) {
      const { bytes, sha256 } = await hashFile(join(folder, path))
      files[path] = { bytes, sha256: isFixed(path) ? sha256 : null }
    }
  return { format: 1, files }
}

/** SHA-256 of a file in hexadecimal digits, and its length. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const handle = await plainFiles().promises.open(path)
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let bytes = 0
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, bytes)
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
      hash.update(chunk.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await handle.close()
  }
}

async function readHashList(folder: string): Promise<HashList | undefined> {
  try {
    const text = await plainFiles().promises.readFile(join(folder, HASH_LIST), 'utf8')
    return v.parse(hashListSchema, JSON.parse(text))
  } catch {
    return undefined
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await plainFiles().promises.readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

/** Electron shows an archive as a folder; its bytes are seen through `original-fs` only (electronjs.org/docs/latest/tutorial/asar-archives). */
function plainFiles(): typeof fs {
  return process.versions['electron'] === undefined ? fs : (createRequire(import.meta.url)('original-fs') as typeof fs)
}
