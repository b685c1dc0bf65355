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
  readonly vectors: Buffer
}

const ROWS_PER_BLOCK = 1024

/**
 * Reads a vec0 table from its shadow tables: vec0 0.1 keeps 1,024 vectors in one blob beside a bitmap of the slots in use
 * and their row ids, and reading those blobs (2 GB/s) is some ten times as fast as reading rows. Each block is
 * a statement of its own, so the connection is free in between. Falls back to rows where the layout is another.
 */
export function* readChunks(db: Database, table: string, dimensions: number): Generator<VectorBlock> {
  const next = db.prepare<[number], Chunk>(
    `SELECT chunk_id AS chunkId, size, validity, rowids, vectors FROM ${table}_chunks
     JOIN ${table}_vector_chunks00 AS stored ON stored.rowid = chunk_id
     WHERE chunk_id > ? ORDER BY chunk_id LIMIT 1`,
  )
  let chunk = next.get(-1)
  if (chunk && !hasKnownLayout(chunk, dimensions)) return yield* readRows(db, table, dimensions)
  for (; chunk; chunk = next.get(chunk.chunkId)) yield usedSlots(chunk, dimensions)
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

/** The floats in a blob; a copy, because a blob may lie at any address. */
export function floatsOf(blob: Buffer): Float32Array {
  return new Float32Array(blob.buffer.slice(blob.byteOffset, blob.byteOffset + blob.byteLength) as ArrayBuffer)
}

function hasKnownLayout({ size, validity, rowids, vectors }: Chunk, dimensions: number): boolean {
  return validity.length * 8 === size && rowids.length === size * 8 && vectors.length === size * dimensions * 4
}

function usedSlots({ size, validity, rowids, vectors }: Chunk, dimensions: number): VectorBlock {
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
