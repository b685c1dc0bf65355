import type { Database } from 'better-sqlite3'
import type { FileState, LibraryOverview } from '../../contracts/library.ts'
import type { HazardGroup, SearchFacets } from '../../contracts/search.ts'

/** Counts over the whole library, for the overview and the filter menus. */
export class LibraryFacts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  overview(): Omit<LibraryOverview, 'name' | 'path' | 'readOnly' | 'sources'> {
    const count = (sql: string): number => this.#db.prepare<[], number>(sql).pluck().get() ?? 0
    const states = this.#db
      .prepare<[], { state: FileState; n: number; bytes: number }>(
        'SELECT state, count(*) AS n, sum(size) AS bytes FROM file GROUP BY state',
      )
      .all()
    const pages = this.#db
      .prepare<[], { total: number; searchable: number; needAttention: number }>(
        `SELECT count(*) AS total, coalesce(sum(quality = 'text'), 0) AS searchable, coalesce(sum(quality <> 'text'), 0) AS needAttention FROM page`,
      )
      .get()!
    return {
      files: states.reduce((sum, row) => sum + row.n, 0),
      documents: count('SELECT count(*) FROM document'),
      passages: count('SELECT count(*) FROM passage'),
      bytes: states.reduce((sum, row) => sum + row.bytes, 0),
      // Pages of files that are still waiting are unknown until they are opened: the last known count is used.
      pages: {
        ...pages,
        waiting: count("SELECT coalesce(sum(page_count), 0) FROM file WHERE state IN ('waiting', 'reading')"),
      },
      byState: Object.fromEntries(states.map((row) => [row.state, row.n])) as Record<FileState, number>,
      nearCopies: count('SELECT count(*) FROM document WHERE cluster_id IS NOT NULL'),
    }
  }

  facets(): SearchFacets {
    const all = <Row>(sql: string): Row[] => this.#db.prepare<[], Row>(sql).all()
    return {
      sources: all(
        `SELECT source.id, source.name, count(file.id) AS files FROM source
         LEFT JOIN file ON file.source_id = source.id AND file.document_id IS NOT NULL GROUP BY source.id ORDER BY source.name`,
      ),
      folders: this.#folders(),
      hazards: all<{ group: HazardGroup; documents: number }>(
        `SELECT value AS "group", count(*) AS documents FROM document, json_each(document.hazards) GROUP BY value ORDER BY documents DESC`,
      ),
      languages: all(
        'SELECT language, count(*) AS documents FROM document WHERE language IS NOT NULL GROUP BY language ORDER BY documents DESC',
      ),
      years: all(
        'SELECT CAST(substr(date, 1, 4) AS INTEGER) AS year, count(*) AS documents FROM document WHERE date IS NOT NULL GROUP BY year ORDER BY year DESC',
      ),
      ocrPages: this.#db.prepare<[], number>("SELECT count(*) FROM page WHERE source = 'ocr'").pluck().get()!,
    }
  }

  #folders(): SearchFacets['folders'] {
    const rows = this.#db
      .prepare<[], { sourceId: number; path: string }>(
        'SELECT source_id AS sourceId, path FROM file WHERE document_id IS NOT NULL',
      )
      .all()
    const counts = new Map<string, { sourceId: number; folder: string; files: number }>()
    for (const { sourceId, path } of rows) {
      const slash = path.lastIndexOf('/')
      if (slash < 0) continue
      const folder = path.slice(0, slash)
      const key = `${sourceId}/${folder}`
      const entry = counts.get(key) ?? { sourceId, folder, files: 0 }
      entry.files += 1
      counts.set(key, entry)
    }
    return [...counts.values()].sort((a, b) => a.sourceId - b.sourceId || a.folder.localeCompare(b.folder))
  }
}
