import type { Database } from 'better-sqlite3'

export interface PrivateText {
  readonly kind: 'folder' | 'file' | 'document' | 'question' | 'person' | 'name'
  readonly text: string
}

/** Where a library keeps what people would not want to be read by others, besides the pages themselves. */
const COLUMNS = [
  ['folder', 'source', 'path'],
  ['folder', 'source', 'name'],
  ['file', 'file', 'path'],
  ['document', 'document', 'title'],
  ['person', 'document', 'author'],
  ['question', 'judgement', 'query'],
  ['question', 'saved_search', 'name'],
  ['question', 'saved_search', "json_extract(request, '$.query')"],
  ['question', 'evaluation_query', 'text'],
  ['question', 'pair', 'query'],
  ['question', 'dataset_item', 'query'],
  ['name', 'evaluation', 'name'],
  ['folder', 'evaluation', 'dataset_path'],
  ['name', 'dataset', 'name'],
  ['name', 'training_run', 'name'],
  ['folder', 'training_run', 'folder'],
  ['person', 'judge', 'name'],
] as const satisfies readonly (readonly [PrivateText['kind'], string, string])[]

/** Names, titles and questions in a library, for replacing them in what leaves the computer. Also in libraries of older formats. */
export function* privateTexts(db: Database): Iterable<PrivateText> {
  const tables = new Set(db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all())
  for (const [kind, table, column] of COLUMNS) {
    if (!tables.has(table)) continue
    const rows = db.prepare<[], string>(`SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL`).pluck()
    for (const text of rows.iterate()) yield { kind, text }
  }
}
