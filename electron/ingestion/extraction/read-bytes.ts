import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { said } from '../../contracts/wording.ts'
import { ExtractionError } from './extraction-error.ts'

/** A larger file does not fit the memory of a worker. */
export const MAX_FILE_BYTES = 512 * 2 ** 20

/**
 * A file's bytes, in memory of their own. Synchronous: a worker has nothing else to do meanwhile.
 * @throws ExtractionError with code VANISHED, UNREADABLE or TOO_LARGE
 */
export function readBytes(path: string | Buffer): Uint8Array {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const { size } = fstatSync(file)
    if (size > MAX_FILE_BYTES) {
      throw new ExtractionError(
        'TOO_LARGE',
        said`The file has ${Math.round(size / 2 ** 20)} MiB; at most ${MAX_FILE_BYTES / 2 ** 20} MiB are read. Split it into smaller files`,
      )
    }
    const buffer = readFileSync(file)
    // pdf.js takes the memory over, so it must not be part of a shared pool.
    return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
  } catch (error) {
    throw readError(error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function readError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof ExtractionError || code === undefined) return error
  if (code === 'ENOENT') {
    return new ExtractionError('VANISHED', said`The file was moved or deleted before it could be read`, {
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ExtractionError('UNREADABLE', said`You have no right to read this file`, { cause: error })
  }
  return new ExtractionError('UNREADABLE', said`The file cannot be read (${String(code)}); check the drive it is on`, {
    cause: error,
  })
}
