import type { FileRow } from '../contracts/library.ts'
import { csvCell } from '../text/csv.ts'

const COLUMNS = [
  'path',
  'title',
  'state',
  'reason',
  'pages',
  'pagesSearchable',
  'passages',
  'bytes',
  'modified',
] as const

/** The file table as CSV (RFC 4180), with the time as ISO 8601. */
export function fileListCsv(rows: readonly FileRow[]): string {
  const lines = rows.map((row) =>
    COLUMNS.map((column) =>
      csvCell(column === 'modified' ? new Date(row.modified).toISOString() : (row[column] ?? '')),
    ).join(','),
  )
  return [COLUMNS.join(','), ...lines, ''].join('\r\n')
}
