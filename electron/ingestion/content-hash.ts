import { createHash } from 'node:crypto'
import { createReadStream, type PathLike } from 'node:fs'

/** SHA-256 of a file's bytes, hex. Reads in blocks, so that memory does not grow with the file. */
export async function contentHashOf(path: PathLike, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) })) {
    hash.update(block as Buffer)
  }
  return hash.digest('hex')
}
