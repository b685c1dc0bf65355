// The files of a model folder: which ones matter, copying and hashing them in one pass.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { ModelFile } from './model-manifest.ts'

/** The same weights in the formats of other programs, and what version control and caches leave behind. */
const OTHER_FORMATS =
  /\.(bin|h5|msgpack|ot|gguf|ggml|pt|pth|ckpt|tflite|mlmodel|npz|pkl|pickle|part|incomplete|lock)$/iu
const OTHER_FOLDERS = /^(\.git|\.cache|openvino|coreml|runs|logs|__pycache__|checkpoint-\d+)$/u
/** Say something to people and nothing to the model. */
const NO_EFFECT =
  /(^|\/)(readme[^/]*|licen[cs]e[^/]*|notice[^/]*|source|\.gitattributes|[^/]*\.(md|txt|png|jpg|svg|csv|pdf))$/iu
const TOKENIZER_TEXT = /(^|\/)(vocab|merges)\.txt$/iu

export interface FileToImport {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  /** Where the bytes are, links resolved. */
  readonly real: string
  readonly bytes: number
  readonly modified: number
}

/**
 * Lists what a model consists of, sorted by path. Ready-made graphs are left out where the folder has weights.
 * @throws WorkbenchError MODEL_INVALID for a link that leads out of the folder (the Hugging Face cache, which consists of
 * links into its own blobs, may).
 */
export async function listModelFiles(folder: string): Promise<FileToImport[]> {
  const root = await realpath(folder)
  const allowed = cacheRoot(root) ?? root
  const found: FileToImport[] = []
  const visit = async (relativePath: string): Promise<void> => {
    for (const entry of await readdir(join(root, relativePath), { withFileTypes: true })) {
      const path = relativePath === '' ? entry.name : `${relativePath}/${entry.name}`
      const real = await realpath(join(root, path)).catch(() => undefined)
      if (real === undefined) throw leadsNowhere(folder, path)
      if (real !== allowed && !real.startsWith(allowed + sep)) throw leadsOut(folder, path, real)
      const info = await stat(real)
      if (info.isDirectory() && !OTHER_FOLDERS.test(entry.name) && !entry.isSymbolicLink()) await visit(path)
      else if (info.isFile() && !OTHER_FORMATS.test(entry.name))
        found.push({ path, real, bytes: info.size, modified: Math.trunc(info.mtimeMs) })
    }
  }
  await visit('')
  const hasWeights = found.some(({ path }) => path.endsWith('.safetensors'))
  return found
    .filter(({ path }) => !hasWeights || !/\.onnx(_data|\.data)?$/u.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export interface ReadFilesOptions {
  /** Copies into this folder while hashing; without it the files are only read. */
  readonly copyTo?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void
}

/**
 * Hashes files and, on request, copies them.
 * @throws WorkbenchError DISK_FULL; the signal's reason.
 */
export async function readModelFiles(
  files: readonly FileToImport[],
  { copyTo, signal, onProgress }: ReadFilesOptions = {},
): Promise<ModelFile[]> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  const entries: ModelFile[] = []
  for (const { path, real, bytes, modified } of files) {
    const hash = createHash('sha256')
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk)
        done += chunk.length
        onProgress?.(done, total)
        next(null, copyTo === undefined ? undefined : chunk)
      },
    })
    const source = createReadStream(real, { highWaterMark: 1 << 20 })
    try {
      if (copyTo === undefined) await pipeline(source, meter.resume(), { ...(signal ? { signal } : {}) })
      else {
        const target = join(copyTo, ...path.split('/'))
        await mkdir(dirname(target), { recursive: true })
        await pipeline(source, meter, createWriteStream(target), { ...(signal ? { signal } : {}) })
        entries.push({ path, bytes, modified: Math.trunc((await stat(target)).mtimeMs), sha256: hash.digest('hex') })
        continue
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw explain(error, real, total)
    }
    entries.push({ path, bytes, modified, sha256: hash.digest('hex') })
  }
  return entries
}

/** A short name for the content of a model: 12 hexadecimal digits over everything that has an effect on its vectors. */
export function modelVersion(files: readonly ModelFile[], precision: string): string {
  const hash = createHash('sha256')
  for (const { path, sha256 } of files) if (hasEffect(path)) hash.update(`${path} ${sha256}\n`)
  return hash.digest('hex').slice(0, 12) + (precision === 'fp32' ? '' : `-${precision}`)
}

/** Whether a file of a model folder bears on what the model computes: a card or a picture does not. */
export function hasEffect(path: string): boolean {
  return !NO_EFFECT.test(path) || TOKENIZER_TEXT.test(path)
}

/** `models--owner--name` of the Hugging Face cache a snapshot folder is in. */
function cacheRoot(root: string): string | undefined {
  const parts = root.split(sep)
  const at = parts.findIndex((part) => part.startsWith('models--'))
  return at < 0 || relative(parts.slice(0, at + 1).join(sep), root) === ''
    ? undefined
    : parts.slice(0, at + 1).join(sep)
}

function leadsOut(folder: string, path: string, real: string): WorkbenchError {
  return new WorkbenchError(
    'MODEL_INVALID',
    said`${join(folder, path)} is a link to ${real}, outside of the model's folder. Put the file itself into the folder.`,
  )
}

function leadsNowhere(folder: string, path: string): WorkbenchError {
  return new WorkbenchError(
    'MODEL_INVALID',
    said`${join(folder, path)} is a link to a file that is not there. Download the model again.`,
  )
}

function explain(error: unknown, path: string, total: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC') {
    return new WorkbenchError(
      'DISK_FULL',
      said`The disk is full: the model needs ${(total / 2 ** 20).toFixed(0)} MB. Free some space, or refer to its folder with --link.`,
      { cause: error },
    )
  }
  return new WorkbenchError('MODEL_INVALID', said`${path} cannot be read (${code || String(error)}). Check the file.`, {
    cause: error,
  })
}
