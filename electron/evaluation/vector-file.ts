// Vectors of a corpus in a file: embedded once for a model and a corpus, read in blocks.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { VectorBlock } from '../retrieval/index.ts'

const ROWS_PER_BLOCK = 25_000

export interface VectorFileShape {
  readonly rows: number
  readonly dimensions: number
}

/**
 * Makes sure that a file of `rows` vectors is there. What an interrupted run left (`<path>.part`) is continued.
 * @param embed vectors of the rows `first` to `first + count`, `[count, dimensions]`.
 * @param onProgress called with the number of rows that are there.
 */
export async function completeVectorFile(
  path: string,
  { rows, dimensions }: VectorFileShape,
  embed: (first: number, count: number) => Promise<Float32Array>,
  { batch, onProgress }: { batch: number; onProgress?: (rows: number) => void },
): Promise<void> {
  const rowBytes = dimensions * Float32Array.BYTES_PER_ELEMENT
  if (existsSync(path) && statSync(path).size === rows * rowBytes) return
  mkdirSync(dirname(path), { recursive: true })
  const part = `${path}.part`
  const file = openSync(part, existsSync(part) ? 'r+' : 'w')
  try {
    // Batch by batch from a fixed start, so that a continued file equals one made in one go, to the bit.
    let done = Math.min(rows, Math.floor(fstatSync(file).size / rowBytes / batch) * batch)
    while (done < rows) {
      onProgress?.(done)
      const count = Math.min(batch, rows - done)
      // At its place, not at the end: a second run on the same file then writes the same bytes.
      writeSync(file, await embed(done, count), 0, count * rowBytes, done * rowBytes)
      done += count
    }
    onProgress?.(rows)
  } finally {
    closeSync(file)
  }
  rmSync(path, { force: true })
  renameSync(part, path)
}

/** Blocks of a complete vector file; passage ids count from 1. */
export function* readVectorFile(path: string, { rows, dimensions }: VectorFileShape): Generator<VectorBlock> {
  const file = openSync(path, 'r')
  try {
    for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
      const count = Math.min(ROWS_PER_BLOCK, rows - first)
      const vectors = new Float32Array(count * dimensions)
      const read = readSync(file, vectors, 0, vectors.byteLength, first * dimensions * Float32Array.BYTES_PER_ELEMENT)
      if (read !== vectors.byteLength) throw new Error(`${path} is cut off. Delete it: it is made again.`)
      yield { passageIds: Float64Array.from({ length: count }, (_, i) => first + i + 1), vectors }
    }
  } finally {
    closeSync(file)
  }
}
