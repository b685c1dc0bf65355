import type { Database } from 'better-sqlite3'
import { normals } from '../../../native/testing/random.ts'

/** Random vectors of unit length, `[count, dimensions]`. */
export function unitVectors(count: number, dimensions: number, seed = 1): Float32Array {
  const vectors = new Float32Array(count * dimensions).map(normals(seed))
  for (let i = 0; i < count; i++) {
    const vector = vectors.subarray(i * dimensions, (i + 1) * dimensions)
    const length = Math.hypot(...vector)
    vector.forEach((x, d) => (vector[d] = x / length))
  }
  return vectors
}

/** Adds a document with passages to a library. @returns their ids. */
export function addPassages(db: Database, count: number): number[] {
  return db.transaction(() => {
    const { lastInsertRowid: document } = db
      .prepare(
        `INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at)
         VALUES (hex(randomblob(16)), 'Flood plan', 1, 1, 0)`,
      )
      .run()
    const insert = db.prepare(
      `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
       VALUES (?, 1, 1, 0, 10, '[]', '', 'Levees hold.', 3, hex(randomblob(16)))`,
    )
    return Array.from({ length: count }, () => Number(insert.run(document).lastInsertRowid))
  })()
}
