import type { Database } from 'better-sqlite3'
import type { SearchFilters } from '../contracts/search.ts'

/** A filter as SQL over `passage`, for the keyword leg to join and the meaning leg to turn into a bitmap. */
export interface PassageFilter {
  /** A condition on the table `passage`; undefined: nothing is filtered. */
  readonly sql: string | undefined
  readonly values: readonly (string | number)[]
}

/** Search also leaves out what only excluded files hold: their documents are gone with them. */
export function passageFilter(filters: SearchFilters | undefined): PassageFilter {
  const documents: string[] = []
  const passages: string[] = []
  const values: (string | number)[] = []
  const marks = (list: readonly (string | number)[]): string => {
    values.push(...list)
    return list.map(() => '?').join(', ')
  }
  if (filters?.sourceIds?.length || filters?.folder !== undefined) {
    const files: string[] = ['file.document_id = document.id']
    if (filters.sourceIds?.length) files.push(`file.source_id IN (${marks(filters.sourceIds)})`)
    if (filters.folder !== undefined && filters.folder !== '') {
      files.push("substr(file.path, 1, length(?) + 1) = ? || '/'")
      values.push(filters.folder, filters.folder)
    }
    documents.push(`EXISTS (SELECT 1 FROM file WHERE ${files.join(' AND ')})`)
  }
  if (filters?.documentIds?.length) documents.push(`document.id IN (${marks(filters.documentIds)})`)
  // Dates may be a year or a month alone: they compare as the start of it.
  if (filters?.since !== undefined)
    documents.push(`document.date >= substr(${marks([filters.since])}, 1, length(document.date))`)
  if (filters?.until !== undefined) documents.push(`document.date <= ${marks([filters.until])}`)
  if (filters?.hazards?.length) {
    documents.push(`EXISTS (SELECT 1 FROM json_each(document.hazards) WHERE value IN (${marks(filters.hazards)}))`)
  }
  if (filters?.languages?.length) documents.push(`document.language IN (${marks(filters.languages)})`)
  if (documents.length > 0)
    passages.push(`passage.document_id IN (SELECT document.id FROM document WHERE ${documents.join(' AND ')})`)
  if (filters?.ocr !== undefined) passages.push(`passage.ocr = ${filters.ocr ? 1 : 0}`)
  return { sql: passages.length > 0 ? passages.join(' AND ') : undefined, values }
}

/** The ids of all passages that pass, for building a bitmap. */
export function passingIds(db: Database, filter: PassageFilter): number[] {
  return db
    .prepare<unknown[], number>(`SELECT id FROM passage ${filter.sql === undefined ? '' : `WHERE ${filter.sql}`}`)
    .pluck()
    .all(...filter.values)
}
