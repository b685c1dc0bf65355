import type { Database, Statement } from 'better-sqlite3'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { RankedPassage } from './retriever.ts'
import { floatsOf, readChunks, readRows, type VectorBlock } from './vector-blocks.ts'

/**
 * [Note: vector tables]
 * Each (model, version) has a vec0 table of its own, `vectors_<id>`, listed in `vector_index`, so that the indexes of two
 * models live side by side and one is dropped without touching the other. The name never holds the model's: renaming a
 * vec0 table breaks it. A trigger deletes the vectors of deleted passages, as for the keyword index. Every change
 * raises `revision`, by which an index in memory, also in another process, learns that it is out of date.
 *
 * Vectors have unit length, so the exact search by L2 distance ranks as the dot product does.
 */
const REGISTRY = `
  CREATE TABLE IF NOT EXISTS vector_index (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id   TEXT NOT NULL,
    version    TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    revision   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (model_id, version)
  ) STRICT`

/** Vectors may come from half precision, so unit length is checked loosely. */
const UNIT_LENGTH_TOLERANCE = 0.01

/** Most results of one exact search: the limit of vec0. */
export const MAX_EXACT_RESULTS = 4096

export interface VectorIndexKey {
  readonly modelId: string
  /** Tells the checkpoints of one model apart. */
  readonly version: string
}

export interface VectorIndexInfo extends VectorIndexKey {
  readonly id: number
  readonly dimensions: number
}

/** The vectors of one model's passages in the library: durable, exact, and the fall-back of the index in memory. */
export class VectorStore {
  readonly info: VectorIndexInfo
  readonly #db: Database
  readonly #table: string
  readonly #point: Statement<[bigint], Buffer>

  private constructor(db: Database, info: VectorIndexInfo) {
    this.#db = db
    this.info = info
    this.#table = `vectors_${info.id}`
    this.#point = db.prepare<[bigint], Buffer>(`SELECT embedding FROM ${this.#table} WHERE passage_id = ?`).pluck()
  }

  /** All vector indexes of a library, oldest first. */
  static list(db: Database): VectorIndexInfo[] {
    if (!hasRegistry(db)) return []
    return db
      .prepare<[], VectorIndexInfo>('SELECT id, model_id AS modelId, version, dimensions FROM vector_index ORDER BY id')
      .all()
  }

  /** @returns undefined where the library has no vectors of this model and version. */
  static open(db: Database, key: VectorIndexKey): VectorStore | undefined {
    const info = VectorStore.list(db).find(({ modelId, version }) => modelId === key.modelId && version === key.version)
    return info && new VectorStore(db, info)
  }

  /**
   * Opens the store of a model, made now if it is missing.
   * @throws WorkbenchError MODEL_INVALID when it exists with other dimensions, BAD_INPUT for dimensions vec0 cannot hold.
   */
  static create(db: Database, key: VectorIndexKey, dimensions: number): VectorStore {
    const existing = VectorStore.open(db, key)
    if (existing) {
      if (existing.info.dimensions === dimensions) return existing
      throw new WorkbenchError(
        'MODEL_INVALID',
        said`The model ${key.modelId} (version ${key.version}) gives vectors of ${dimensions} dimensions, but its index in ${db.name} has ${existing.info.dimensions}. Give the changed model a new version, or drop the index and embed again.`,
      )
    }
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 8192) {
      throw new WorkbenchError('BAD_INPUT', said`A vector index holds 1 to 8192 dimensions, not ${dimensions}.`)
    }
    db.transaction(() => {
      db.exec(REGISTRY)
      const { lastInsertRowid: id } = db
        .prepare('INSERT INTO vector_index (model_id, version, dimensions) VALUES (?, ?, ?)')
        .run(key.modelId, key.version, dimensions)
      db.exec(`
        CREATE VIRTUAL TABLE vectors_${id} USING vec0(passage_id INTEGER PRIMARY KEY, embedding FLOAT[${dimensions}]);
        CREATE TRIGGER vectors_${id}_passage_delete AFTER DELETE ON passage BEGIN
          DELETE FROM vectors_${id} WHERE passage_id = old.id;
          UPDATE vector_index SET revision = revision + 1 WHERE id = ${id};
        END`)
    })()
    return VectorStore.open(db, key)!
  }

  get count(): number {
    return this.#db.prepare<[], number>(`SELECT count(*) FROM ${this.#table}_rowids`).pluck().get()!
  }

  /** Grows with every change, whichever process made it. */
  get revision(): number {
    return this.#db
      .prepare<[number], number>('SELECT revision FROM vector_index WHERE id = ?')
      .pluck()
      .get(this.info.id)!
  }

  /**
   * Stores the vectors of some passages, replacing those they have, in one transaction.
   * @param vectors `[passages, dimensions]`, unit length.
   * @throws WorkbenchError BAD_INPUT naming the passage whose vector is not finite or not of unit length.
   */
  insert(passageIds: readonly number[], vectors: Float32Array): void {
    const { dimensions } = this.info
    if (vectors.length !== passageIds.length * dimensions) {
      throw new WorkbenchError(
        'BAD_INPUT',
        said`${passageIds.length} passages need ${passageIds.length * dimensions} numbers (${dimensions} dimensions each), but ${vectors.length} were given.`,
      )
    }
    if (new Set(passageIds).size < passageIds.length) {
      throw new WorkbenchError(
        'BAD_INPUT',
        said`A passage was given two vectors in one batch. Store one vector per passage.`,
      )
    }
    const row = (i: number) => vectors.subarray(i * dimensions, (i + 1) * dimensions)
    passageIds.forEach((id, i) => checkUnitLength(id, row(i)))
    const remove = this.#db.prepare(`DELETE FROM ${this.#table} WHERE passage_id = ?`)
    const add = this.#db.prepare(`INSERT INTO ${this.#table} (passage_id, embedding) VALUES (?, ?)`)
    this.#change(() =>
      passageIds.forEach((id, i) => {
        // vec0 has no INSERT OR REPLACE, and binds a JavaScript number as REAL, which it refuses as a key.
        remove.run(BigInt(id))
        add.run(BigInt(id), row(i))
      }),
    )
  }

  /** Removes the vectors of some passages; those without one are passed over. */
  delete(passageIds: readonly number[]): void {
    const remove = this.#db.prepare(`DELETE FROM ${this.#table} WHERE passage_id = ?`)
    this.#change(() => passageIds.forEach((id) => remove.run(BigInt(id))))
  }

  /** Removes the whole index of this model. The store cannot be used afterwards. */
  drop(): void {
    this.#db.transaction(() => {
      this.#db.exec(`DROP TRIGGER ${this.#table}_passage_delete; DROP TABLE ${this.#table}`)
      this.#db.prepare('DELETE FROM vector_index WHERE id = ?').run(this.info.id)
    })()
  }

  /** Ids of passages that have no vector yet, lowest first: what is left to embed. */
  passagesWithoutVector(limit: number): number[] {
    const query = this.#db.prepare<[number], number>(
      `SELECT id FROM passage WHERE id NOT IN (SELECT rowid FROM ${this.#table}_rowids) ORDER BY id LIMIT ?`,
    )
    return query.pluck().all(limit)
  }

  /** @returns a copy of one passage's vector, undefined where it has none. Some 15 us. */
  vector(passageId: number): Float32Array | undefined {
    const blob = this.#point.get(BigInt(passageId))
    return blob && floatsOf(blob)
  }

  /** All vectors in storage order. 'chunks' reads vec0's own blocks at the speed of the file, 'rows' goes through SQL. */
  blocks(by: 'chunks' | 'rows' = 'chunks'): Generator<VectorBlock> {
    const read = by === 'chunks' ? readChunks : readRows
    return read(this.#db, this.#table, this.info.dimensions)
  }

  /**
   * Exact search by SQLite, best first, scores as dot products; slower than the index in memory, and needs none.
   * @param k 1 to 4096.
   * @param among only these passages.
   */
  search(query: Float32Array, k: number, among?: readonly number[]): RankedPassage[] {
    const { dimensions } = this.info
    if (query.length !== dimensions) {
      throw new WorkbenchError('BAD_INPUT', said`The query has ${query.length} dimensions, the index ${dimensions}.`)
    }
    if (!Number.isInteger(k) || k < 1 || k > MAX_EXACT_RESULTS) {
      throw new WorkbenchError('BAD_INPUT', said`An exact search returns 1 to ${MAX_EXACT_RESULTS} passages, not ${k}.`)
    }
    const filter = among ? 'AND passage_id IN (SELECT value FROM json_each(?))' : ''
    const rows = this.#db
      .prepare<unknown[], { passageId: number; distance: number }>(
        `SELECT passage_id AS passageId, distance FROM ${this.#table} WHERE embedding MATCH ? AND k = ? ${filter} ORDER BY distance`,
      )
      .all(query, k, ...(among ? [JSON.stringify(among)] : []))
    return rows.map(({ passageId, distance }) => ({ passageId, score: 1 - distance ** 2 / 2 }))
  }

  #change(action: () => void): void {
    this.#db.transaction(() => {
      action()
      this.#db.prepare('UPDATE vector_index SET revision = revision + 1 WHERE id = ?').run(this.info.id)
    })()
  }
}

function hasRegistry(db: Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'vector_index'").get() !== undefined
}

/** vec0 takes NaN without a word and then returns nonsense, so vectors are looked at before they are stored. */
function checkUnitLength(passageId: number, vector: Float32Array): void {
  let sum = 0
  for (const x of vector) sum += x * x
  const length = Math.sqrt(sum)
  if (Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE) return
  throw new WorkbenchError(
    'BAD_INPUT',
    Number.isFinite(length)
      ? said`The vector of passage ${passageId} has length ${length.toPrecision(4)}; an index takes vectors of length 1. Normalise the model's output.`
      : said`The vector of passage ${passageId} is not finite. The model overflowed on this passage: check its precision, or leave the passage out.`,
    { details: { passageId } },
  )
}
