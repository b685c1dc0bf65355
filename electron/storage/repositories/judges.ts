import type { Database } from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import type { Judge, JudgeKind } from '../../contracts/curation.ts'

export type NewJudge = Omit<Judge, 'id' | 'key'> & { readonly key?: string }

const COLUMNS = 'id, key, name, initials, color, kind'

/** Persons and machines that judge. */
export class JudgeRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Persons in the order they were added, then machines. */
  all(): Judge[] {
    return this.#db
      .prepare<[], Judge>(`SELECT ${COLUMNS} FROM judge WHERE kind <> 'resolution' ORDER BY kind = 'machine', id`)
      .all()
  }

  byId(id: number): Judge | undefined {
    return this.#db.prepare<[number], Judge>(`SELECT ${COLUMNS} FROM judge WHERE id = ?`).get(id)
  }

  byKey(key: string): Judge | undefined {
    return this.#db.prepare<[string], Judge>(`SELECT ${COLUMNS} FROM judge WHERE key = ?`).get(key)
  }

  /** The row that holds what adjudication settled. */
  resolutionId(): number {
    return this.#db.prepare<[], number>("SELECT id FROM judge WHERE kind = 'resolution'").pluck().get()!
  }

  idsOf(kind: JudgeKind): number[] {
    return this.#db.prepare<[string], number>('SELECT id FROM judge WHERE kind = ? ORDER BY id').pluck().all(kind)
  }

  add({ key = randomUUID(), name, initials, color, kind }: NewJudge): Judge {
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO judge (key, name, initials, color, kind, created_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(key, name, initials, color, kind, Date.now())
    return { id: Number(lastInsertRowid), key, name, initials, color, kind }
  }

  update({ id, name, initials, color }: Omit<Judge, 'key' | 'kind'>): void {
    this.#db.prepare('UPDATE judge SET name = ?, initials = ?, color = ? WHERE id = ?').run(name, initials, color, id)
  }
}
