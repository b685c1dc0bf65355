import type { Database } from 'better-sqlite3'

/** Part of an index's version: raise it when the input below changes, and every library embeds anew. */
export const PASSAGE_INPUT_VERSION = 'p1'

/**
 * What the model reads of a passage: the title and headings it stands under, where the text does not repeat them, then the
 * text. Benchmarks of the field do the same with titles.
 * @param context title and headings, one a line.
 */
export function passageInput(context: string, text: string): string {
  const lines = [...new Set(context.split('\n'))].filter((line) => line.trim() !== '' && !text.includes(line))
  return lines.length === 0 ? text : `${lines.join('. ')}\n${text}`
}

/** Inputs of some passages, in the order of `ids`; ids that are gone meanwhile are left out. */
export function passageInputs(db: Database, ids: readonly number[]): { id: number; input: string }[] {
  const rows = db
    .prepare<[string], { id: number; context: string; text: string }>(
      'SELECT id, context, text FROM passage WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id',
    )
    .all(JSON.stringify(ids))
  return rows.map(({ id, context, text }) => ({ id, input: passageInput(context, text) }))
}
