import type { Database } from 'better-sqlite3'

export interface NewReviewPackage {
  /** The same wherever the package goes. */
  readonly key: string
  readonly name: string
  readonly direction: 'out' | 'in'
  /** Name of the library that made it. */
  readonly libraryName: string
  readonly blind: boolean
  /** As signed by the library that made it. */
  readonly header: unknown
}

export interface ReviewPackageRecord extends NewReviewPackage {
  readonly id: number
  readonly createdAt: number
  readonly items: number
  /** Items that a person has decided here. */
  readonly decided: number
}

export interface PackedPair {
  readonly pairId: number
  readonly negatives: readonly { readonly textId: number; readonly suspect: boolean }[]
}

type Row = Omit<ReviewPackageRecord, 'blind' | 'header'> & { blind: number; header: string }

const SELECT = `
  SELECT id, key, name, direction, library_name AS libraryName, blind, header, created_at AS createdAt,
    (SELECT count(*) FROM review_package_item WHERE package_id = package.id) AS items,
    (SELECT count(*) FROM review_package_item AS item WHERE package_id = package.id AND EXISTS (
      SELECT 1 FROM review_state AS state JOIN judge ON judge.id = state.judge_id AND judge.kind = 'person'
      WHERE state.pair_id = item.pair_id AND state.text_id = 0 AND state.outcome IS NOT NULL)) AS decided
  FROM review_package AS package`

/** Work packages that were made here or came from elsewhere. */
export class ReviewPackageRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Newest first. */
  all(): ReviewPackageRecord[] {
    return this.#db.prepare<[], Row>(`${SELECT} ORDER BY id DESC`).all().map(toPackage)
  }

  byId(id: number): ReviewPackageRecord | undefined {
    const row = this.#db.prepare<[number], Row>(`${SELECT} WHERE id = ?`).get(id)
    return row && toPackage(row)
  }

  byKey(key: string): ReviewPackageRecord | undefined {
    const row = this.#db.prepare<[string], Row>(`${SELECT} WHERE key = ?`).get(key)
    return row && toPackage(row)
  }

  count(): number {
    return this.#db.prepare<[], number>('SELECT count(*) FROM review_package').pluck().get()!
  }

  /** Call inside the transaction that adds its pairs. @returns its id. */
  add(newPackage: NewReviewPackage, items: Iterable<PackedPair>): number {
    const { key, name, direction, libraryName, blind, header } = newPackage
    const { lastInsertRowid } = this.#db
      .prepare(
        'INSERT INTO review_package (key, name, direction, library_name, blind, header, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(key, name, direction, libraryName, Number(blind), JSON.stringify(header), Date.now())
    const id = Number(lastInsertRowid)
    const item = this.#db.prepare('INSERT OR IGNORE INTO review_package_item VALUES (?, ?)')
    const negative = this.#db.prepare('INSERT OR IGNORE INTO review_package_negative VALUES (?, ?, ?, ?)')
    for (const { pairId, negatives } of items) {
      item.run(id, pairId)
      for (const { textId, suspect } of negatives) negative.run(id, pairId, textId, Number(suspect))
    }
    return id
  }
}

function toPackage(row: Row): ReviewPackageRecord {
  return { ...row, blind: row.blind === 1, header: JSON.parse(row.header) as unknown }
}
