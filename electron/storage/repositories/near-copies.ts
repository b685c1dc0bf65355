import type { Database } from 'better-sqlite3'
import type { NearCopy } from '../../contracts/library.ts'

/** Groups of documents with nearly the same text, and the bands by which candidates are found (see text/lsh.ts). */
export class NearCopyRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  addBands(documentId: number, hashes: Iterable<number>): void {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO document_band (band, hash, document_id) VALUES (?, ?, ?)')
    let band = 0
    for (const hash of hashes) insert.run(band++, hash, documentId)
  }

  /** Other documents that share a band with this one, and their signatures. */
  candidates(documentId: number): { documentId: number; signature: Uint32Array }[] {
    return this.#db
      .prepare<[number, number], { documentId: number; signature: Buffer }>(
        `SELECT id AS documentId, signature FROM document
         WHERE id <> ? AND not_a_copy = 0 AND signature IS NOT NULL AND id IN (
           SELECT other.document_id FROM document_band AS own
           JOIN document_band AS other ON other.band = own.band AND other.hash = own.hash
           WHERE own.document_id = ?)
         ORDER BY id`,
      )
      .all(documentId, documentId)
      .map((row) => ({ documentId: row.documentId, signature: toSignature(row.signature) }))
  }

  signature(documentId: number): Uint32Array | undefined {
    const bytes = this.#db
      .prepare<[number], Buffer | null>('SELECT signature FROM document WHERE id = ?')
      .pluck()
      .get(documentId)
    return bytes ? toSignature(bytes) : undefined
  }

  clusterOf(documentId: number): number | undefined {
    return (
      this.#db
        .prepare<[number], number | null>('SELECT cluster_id FROM document WHERE id = ?')
        .pluck()
        .get(documentId) ?? undefined
    )
  }

  assign(documentId: number, clusterId: number | null): void {
    this.#db.prepare('UPDATE document SET cluster_id = ? WHERE id = ?').run(clusterId, documentId)
  }

  merge(from: number, into: number): void {
    this.#db.prepare('UPDATE document SET cluster_id = ? WHERE cluster_id = ?').run(into, from)
  }

  clusters(): number[] {
    return this.#db
      .prepare<[], number>('SELECT DISTINCT cluster_id FROM document WHERE cluster_id IS NOT NULL')
      .pluck()
      .all()
  }

  /** Members, the one to be the main copy first: a person's choice, else the newest file, else by path. */
  members(clusterId: number): number[] {
    return this.#db
      .prepare<[number], number>(
        `SELECT document.id FROM document LEFT JOIN file ON file.document_id = document.id
         WHERE cluster_id = ? GROUP BY document.id
         ORDER BY main_chosen DESC, max(file.modified) DESC, min(file.path)`,
      )
      .pluck()
      .all(clusterId)
  }

  setMain(documentId: number, isMain: boolean, similarity: number): void {
    this.#db
      .prepare('UPDATE document SET is_main = ?, similarity = ? WHERE id = ?')
      .run(Number(isMain), similarity, documentId)
  }

  dissolve(clusterId: number): void {
    this.#db
      .prepare(
        'UPDATE document SET cluster_id = NULL, is_main = 1, similarity = NULL, main_chosen = 0 WHERE cluster_id = ?',
      )
      .run(clusterId)
  }

  chooseMain(clusterId: number, documentId: number): void {
    this.#db.prepare('UPDATE document SET main_chosen = (id = ?) WHERE cluster_id = ?').run(documentId, clusterId)
  }

  /** A person said that this is a document of its own; it is not compared again. */
  setNotACopy(documentId: number): void {
    this.#db
      .prepare(
        'UPDATE document SET not_a_copy = 1, cluster_id = NULL, is_main = 1, similarity = NULL, main_chosen = 0 WHERE id = ?',
      )
      .run(documentId)
  }

  /** What the view shows of a document's group, main copy first; empty when it has none. */
  list(documentId: number): NearCopy[] {
    return this.#db
      .prepare<[number], Omit<NearCopy, 'isMain'> & { isMain: number }>(
        `SELECT file.id AS fileId, document.id AS documentId, document.title, file.path, source.name AS sourceName,
           document.page_count AS pages, file.modified, coalesce(document.similarity, 1) AS similarity, document.is_main AS isMain
         FROM document JOIN file ON file.document_id = document.id JOIN source ON source.id = file.source_id
         WHERE document.cluster_id = (SELECT cluster_id FROM document WHERE id = ?)
         GROUP BY document.id ORDER BY isMain DESC, similarity DESC, file.path`,
      )
      .all(documentId)
      .map((row) => ({ ...row, isMain: row.isMain === 1 }))
  }
}

/** SQLite hands out blobs at any alignment; a Uint32Array wants its own. */
function toSignature(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
