// NumPy's .npy files (format 1.0, numpy.lib.format): a header and float32 rows.
import { closeSync, openSync, writeSync } from 'node:fs'

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1')
/** The data starts at a multiple of this, so that the file can be memory-mapped. */
const ALIGNMENT = 64

/** The bytes before the data of a float32 array `[rows, columns]` in row-major order. */
export function npyHeader(rows: number, columns: number): Buffer {
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`
  const bare = MAGIC.length + 2 + description.length + 1
  const padded = `${description}${' '.repeat((ALIGNMENT - (bare % ALIGNMENT)) % ALIGNMENT)}\n`
  const length = Buffer.alloc(2)
  length.writeUInt16LE(padded.length)
  return Buffer.concat([MAGIC, length, Buffer.from(padded, 'latin1')])
}

/** Writes vectors `[rows, columns]` as a .npy file. */
export function writeNpy(path: string, vectors: Float32Array, columns: number): void {
  const rows = columns === 0 ? 0 : vectors.length / columns
  const file = openSync(path, 'w')
  try {
    writeSync(file, npyHeader(rows, columns))
    writeSync(file, vectors)
  } finally {
    closeSync(file)
  }
}
