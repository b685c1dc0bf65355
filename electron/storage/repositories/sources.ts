import type { Database } from 'better-sqlite3'
import type { Source } from '../../contracts/library.ts'

export interface SourceChange {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly watched?: boolean
  readonly paused?: boolean
  readonly available?: boolean
  readonly priority?: number
}

interface SourceRow {
  id: number
  path: string
  name: string
  is_sample: number
  watched: number
  paused: number
  include: string
  exclude: string
  available: number
  files: number
  filesWaiting: number
}

const SELECT = `
  SELECT source.*,
    (SELECT count(*) FROM file WHERE source_id = source.id) AS files,
    (SELECT count(*) FROM file WHERE source_id = source.id AND state IN ('waiting', 'reading')) AS filesWaiting
  FROM source`

/** The folders a library is made of. */
export class SourceRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order in which they are read: highest priority first, then as added. */
  all(): Source[] {
    return this.#db.prepare<[], SourceRow>(`${SELECT} ORDER BY priority DESC, id`).all().map(toSource)
  }

  byId(id: number): Source | undefined {
    const row = this.#db.prepare<[number], SourceRow>(`${SELECT} WHERE source.id = ?`).get(id)
    return row && toSource(row)
  }

  byPath(path: string): Source | undefined {
    const row = this.#db.prepare<[string], SourceRow>(`${SELECT} WHERE source.path = ?`).get(path)
    return row && toSource(row)
  }

  add(source: {
    path: string
    name: string
    isSample: boolean
    watched: boolean
    include: readonly string[]
    exclude: readonly string[]
  }): Source {
    const { lastInsertRowid } = this.#db
      .prepare(
        'INSERT INTO source (path, name, is_sample, watched, include, exclude, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        source.path,
        source.name,
        Number(source.isSample),
        Number(source.watched),
        JSON.stringify(source.include),
        JSON.stringify(source.exclude),
        Date.now(),
      )
    return this.byId(Number(lastInsertRowid))!
  }

  update(id: number, change: SourceChange): void {
    const values: Record<string, string | number> = {}
    if (change.include) values['include'] = JSON.stringify(change.include)
    if (change.exclude) values['exclude'] = JSON.stringify(change.exclude)
    if (change.watched !== undefined) values['watched'] = Number(change.watched)
    if (change.paused !== undefined) values['paused'] = Number(change.paused)
    if (change.available !== undefined) values['available'] = Number(change.available)
    if (change.priority !== undefined) values['priority'] = change.priority
    const columns = Object.keys(values)
    if (columns.length === 0) return
    const assignments = columns.map((column) => `"${column}" = @${column}`).join(', ')
    this.#db.prepare(`UPDATE source SET ${assignments} WHERE id = @id`).run({ ...values, id })
  }

  /** Puts this source before all others. */
  moveToFront(id: number): void {
    this.#db.prepare('UPDATE source SET priority = (SELECT max(priority) + 1 FROM source) WHERE id = ?').run(id)
  }

  /** Its file rows go with it; documents that no file has any more are the caller's to remove. */
  remove(id: number): void {
    this.#db.prepare('DELETE FROM source WHERE id = ?').run(id)
  }
}

function toSource(row: SourceRow): Source {
  return {
    id: row.id,
    path: row.path,
    name: row.name,
    watched: row.watched === 1,
    paused: row.paused === 1,
    include: JSON.parse(row.include) as string[],
    exclude: JSON.parse(row.exclude) as string[],
    available: row.available === 1,
    isSample: row.is_sample === 1,
    files: row.files,
    filesWaiting: row.filesWaiting,
  }
}
