import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'

export const DATASET_SPLITS = ['train', 'dev', 'test'] as const
export type DatasetSplit = (typeof DATASET_SPLITS)[number]

/** MTP: queries with positives. MTT: with hard negatives mined at one alpha. */
export const DATASET_KINDS = ['MTP', 'MTT', 'import'] as const
export type DatasetKind = (typeof DATASET_KINDS)[number]

export interface NewDataset {
  readonly name: string
  readonly kind: DatasetKind
  readonly alpha: number | null
  readonly lineage: Readonly<Record<string, unknown>>
}

export interface DatasetRecord extends NewDataset {
  readonly id: number
  readonly createdAt: number
}

/** A text of an item and its score under the model that mined it (null: not scored). */
export type ScoredText = readonly [textId: number, score: number | null]

export interface DatasetItem {
  readonly split: DatasetSplit
  readonly intent: Intent
  readonly query: string
  /** Key of the pair it came from; null for imported lines. */
  readonly pairKey: string | null
  readonly positives: readonly ScoredText[]
  readonly negatives: readonly ScoredText[]
  /** Fields of an imported line that mean nothing here; an export gives them back. */
  readonly extra: Readonly<Record<string, unknown>> | null
}

export interface DatasetCounts {
  readonly items: number
  readonly positives: number
  readonly negatives: number
  readonly withoutNegatives: number
  readonly bySplit: Readonly<Record<string, number>>
  readonly byIntent: Readonly<Record<string, number>>
}

type Row = Omit<DatasetRecord, 'lineage'> & { lineage: string }
type ItemRow = Omit<DatasetItem, 'positives' | 'negatives' | 'extra'> & {
  positives: string
  negatives: string
  extra: string | null
}
const COLUMNS = 'id, name, kind, alpha, lineage, created_at AS createdAt'

/** Frozen training and evaluation sets. */
export class DatasetRepository {
  readonly #db: Database
  /** By id; ids of deleted sets come back, so that the time belongs to it. */
  readonly #counted = new Map<number, { readonly createdAt: number; readonly counts: DatasetCounts }>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Stores a whole data set, replacing one of the same name. Call inside the transaction that adds its texts. @returns its id. */
  replace(dataset: NewDataset, items: Iterable<DatasetItem>): number {
    const id = this.begin(dataset)
    this.append(id, 0, items)
    this.finish(id, dataset)
    return id
  }

  /** Begins a data set that nobody sees before {@link finish}, in place of one of the same name that was never finished. @returns its id. */
  begin({ name, kind, alpha, lineage }: NewDataset): number {
    this.#db.prepare('DELETE FROM dataset WHERE name = ?').run(unfinished(name))
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO dataset (name, kind, alpha, lineage, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(unfinished(name), kind, alpha, JSON.stringify(lineage), Date.now())
    return Number(lastInsertRowid)
  }

  /** Adds items to a data set that is being built. @param position of the first @returns the next position. */
  append(id: number, position: number, items: Iterable<DatasetItem>): number {
    this.#counted.delete(id)
    const insert = this.#db.prepare('INSERT INTO dataset_item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    let next = position
    for (const { split, intent, query, pairKey, positives, negatives, extra } of items) {
      insert.run(
        id,
        next++,
        split,
        intent,
        query,
        pairKey,
        JSON.stringify(positives),
        JSON.stringify(negatives),
        extra === null ? null : JSON.stringify(extra),
      )
    }
    return next
  }

  /** Shows a data set that is complete, replacing one of the same name. Call inside a transaction. */
  finish(id: number, { name, lineage }: NewDataset): void {
    this.#db.prepare('DELETE FROM dataset WHERE name = ?').run(name)
    this.#db.prepare('UPDATE dataset SET name = ?, lineage = ? WHERE id = ?').run(name, JSON.stringify(lineage), id)
  }

  setLineage(id: number, lineage: DatasetRecord['lineage']): void {
    this.#db.prepare('UPDATE dataset SET lineage = ? WHERE id = ?').run(JSON.stringify(lineage), id)
  }

  byName(name: string): DatasetRecord | undefined {
    const row = this.#db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM dataset WHERE name = ?`).get(name)
    return row && toDataset(row)
  }

  /** Newest first. */
  all(): DatasetRecord[] {
    return this.#db
      .prepare<[], Row>(`SELECT ${COLUMNS} FROM dataset WHERE substr(name, 1, 1) <> char(1) ORDER BY id DESC`)
      .all()
      .map(toDataset)
  }

  /** Names of the sets that hold a pair, oldest first. */
  namesWith(pairKey: string): string[] {
    return this.#db
      .prepare<[string], string>(
        'SELECT name FROM dataset WHERE id IN (SELECT dataset_id FROM dataset_item WHERE pair_key = ?) ORDER BY id',
      )
      .pluck()
      .all(pairKey)
  }

  /** Items in their order, read in slices so that writing elsewhere may go on in between. */
  *items(id: number, split?: DatasetSplit): Generator<DatasetItem & { readonly position: number }> {
    const next = this.#db.prepare<unknown[], ItemRow & { position: number }>(
      `SELECT position, split, intent, query, pair_key AS pairKey, positives, negatives, extra FROM dataset_item
       WHERE dataset_id = ? AND position > ? ${split ? 'AND split = ?' : ''} ORDER BY position LIMIT 500`,
    )
    for (let after = -1; ;) {
      const rows = next.all(id, after, ...(split ? [split] : []))
      for (const row of rows) yield toItem(row)
      const last = rows.at(-1)
      if (!last) return
      after = last.position
    }
  }

  /** Counted once: a set does not change, and counting 200,000 items takes a second. */
  counts(id: number): DatasetCounts {
    const createdAt = this.#db.prepare<[number], number>('SELECT created_at FROM dataset WHERE id = ?').pluck().get(id)
    const known = this.#counted.get(id)
    if (known && known.createdAt === createdAt) return known.counts
    const counts = this.#count(id)
    if (createdAt !== undefined) this.#counted.set(id, { createdAt, counts })
    return counts
  }

  remove(id: number): void {
    this.#db.prepare('DELETE FROM dataset WHERE id = ?').run(id)
  }

  #count(id: number): DatasetCounts {
    const total = this.#db
      .prepare<[number], Omit<DatasetCounts, 'bySplit' | 'byIntent'>>(
        `SELECT count(*) AS items, coalesce(sum(json_array_length(positives)), 0) AS positives,
           coalesce(sum(json_array_length(negatives)), 0) AS negatives,
           coalesce(sum(json_array_length(negatives) = 0), 0) AS withoutNegatives
         FROM dataset_item WHERE dataset_id = ?`,
      )
      .get(id)!
    return { ...total, bySplit: this.#countBy(id, 'split'), byIntent: this.#countBy(id, 'intent') }
  }

  #countBy(id: number, column: 'split' | 'intent'): Record<string, number> {
    const rows = this.#db
      .prepare<[number], { value: string; items: number }>(
        `SELECT ${column} AS value, count(*) AS items FROM dataset_item WHERE dataset_id = ? GROUP BY ${column}`,
      )
      .all(id)
    return Object.fromEntries(rows.map(({ value, items }) => [value, items]))
  }
}

/** No name that a person gives begins so. */
function unfinished(name: string): string {
  return `\u0001${name}`
}

function toDataset(row: Row): DatasetRecord {
  return { ...row, lineage: JSON.parse(row.lineage) as Record<string, unknown> }
}

function toItem(row: ItemRow & { position: number }): DatasetItem & { position: number } {
  return {
    ...row,
    positives: JSON.parse(row.positives) as ScoredText[],
    negatives: JSON.parse(row.negatives) as ScoredText[],
    extra: row.extra === null ? null : (JSON.parse(row.extra) as Record<string, unknown>),
  }
}
