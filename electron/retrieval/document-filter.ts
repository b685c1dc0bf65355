import type { SearchFilters } from '../contracts/search.ts'

/** A condition on the table `document`. */
export interface DocumentFilter {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/**
 * What a filter asks of documents; undefined: nothing. Search also leaves out what only excluded files hold: their
 * documents are gone with them.
 */
export function documentFilter(filters: SearchFilters | undefined): DocumentFilter | undefined {
  const conditions: string[] = []
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
    conditions.push(`EXISTS (SELECT 1 FROM file WHERE ${files.join(' AND ')})`)
  }
  if (filters?.documentIds?.length) conditions.push(`document.id IN (${marks(filters.documentIds)})`)
  for (const [relation, date] of [['>=', filters?.since] as const, ['<=', filters?.until] as const]) {
    if (date === undefined) continue
    // Either may be a year or a month alone: they are compared by what both tell.
    conditions.push(`substr(document.date, 1, length(?)) ${relation} substr(?, 1, length(document.date))`)
    values.push(date, date)
  }
  if (filters?.hazards?.length) {
    conditions.push(`EXISTS (SELECT 1 FROM json_each(document.hazards) WHERE value IN (${marks(filters.hazards)}))`)
  }
  if (filters?.languages?.length) conditions.push(`document.language IN (${marks(filters.languages)})`)
  return conditions.length > 0 ? { sql: conditions.join(' AND '), values } : undefined
}
