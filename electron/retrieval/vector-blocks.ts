import type { Database } from 'better-sqlite3'

/** Some passages and their vectors. */
export interface VectorBlock {
  readonly passageIds: Float64Array
  /** `[passageIds.length, dimensions]` */
  readonly vectors: Float32Array
}

interface Chunk {
  readonly chunkId: number
  readonly size: number
  readonly validity: Buffer
  readonly rowids: Buffer
}

const ROWS_PER_BLOCK = 1024

/**
 * Reads a vec0 table from its shadow tables: vec0 0.1 keeps 1,024 vectors in one blob beside a bitmap of the slots in use
 * and their row ids, and reading those blobs (over 2 GB/s) is some ten times as fast as reading rows. Each block is
 * a statement of its own, so the connection is free in between.
 * @throws Error where the layout is another, which a newer sqlite-vec might bring.
 */
export function* readChunks(db: Database, table: string, dimensions: number): Generator<VectorBlock> {
  const next = db.prepare<[number], Chunk>(
    `SELECT chunk_id AS chunkId, size, validity, rowids FROM ${table}_chunks WHERE chunk_id > ? ORDER BY chunk_id LIMIT 1`,
  )
  // Not a join: SQLite would read every blob once a step.
  const vectorsOf = db.prepare<[number], Buffer>(`SELECT vectors FROM ${table}_vector_chunks00 WHERE rowid = ?`).pluck()
  for (let chunk = next.get(-1); chunk; chunk = next.get(chunk.chunkId)) {
    const vectors = vectorsOf.get(chunk.chunkId)
    if (!vectors || !hasKnownLayout(chunk, vectors, dimensions)) {
      throw new Error(`${table} of ${db.name} is not laid out as vec0 0.1 does it; read it by rows`)
    }
    yield usedSlots(chunk, vectors, dimensions)
  }
}

/** Reads a vec0 table row by row, the documented way. */
export function* readRows(db: Database, table: string, dimensions: number): Generator<VectorBlock> {
  const ids = db
    .prepare<[number, number], number>(`SELECT rowid FROM ${table}_rowids WHERE rowid > ? ORDER BY rowid LIMIT ?`)
    .pluck()
  const vector = db.prepare<[bigint], Buffer>(`SELECT embedding FROM ${table} WHERE passage_id = ?`).pluck()
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    const passageIds = Float64Array.from(ids.all(last, ROWS_PER_BLOCK))
    if (passageIds.length === 0) return
    const vectors = new Float32Array(passageIds.length * dimensions)
    passageIds.forEach((id, i) => vectors.set(floatsOf(vector.get(BigInt(id))!), i * dimensions))
    yield { passageIds, vectors }
    last = passageIds.at(-1)!
  }
}

/** The floats in a blob, which nobody else may use any more; a copy where the blob lies at an odd address. */
export function floatsOf(blob: Buffer): Float32Array {
  const { buffer, byteOffset, byteLength } = blob
  return byteOffset % Float32Array.BYTES_PER_ELEMENT === 0
    ? new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT)
    : new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}

function hasKnownLayout({ size, validity, rowids }: Chunk, vectors: Buffer, dimensions: number): boolean {
  return validity.length * 8 === size && rowids.length === size * 8 && vectors.length === size * dimensions * 4
}

function usedSlots({ size, validity, rowids }: Chunk, vectors: Buffer, dimensions: number): VectorBlock {
  const passageIds = new Float64Array(size)
  const floats = floatsOf(vectors)
  let used = 0
  for (let slot = 0; slot < size; slot++) {
    if (!((validity[slot >> 3]! >> (slot & 7)) & 1)) continue
    passageIds[used] = Number(rowids.readBigInt64LE(slot * 8))
    // Moves down over the free slots before it; most chunks have none.
    if (slot !== used) floats.copyWithin(used * dimensions, slot * dimensions, (slot + 1) * dimensions)
    used++
  }
  return { passageIds: passageIds.subarray(0, used), vectors: floats.subarray(0, used * dimensions) }
}
