import type { Database, Statement } from 'better-sqlite3'
import { createHash } from 'node:crypto'
import type { Intent } from '../../contracts/intents.ts'
import type { TrainingText } from './training-texts.ts'

export interface NewPair {
  readonly intent: Intent
  readonly query: string
  readonly positiveId: number
  readonly sourceId: number
  /** `cloze` (built in, no language model), `openai` (a server), `import`. */
  readonly generator: string
  /** Name of the language model; empty for the built-in generator. */
  readonly model: string
  readonly promptHash: string | null
  readonly details: PairDetails
}

/** How a pair came about, for the provenance shown beside it. JSON-safe. */
export interface PairDetails {
  /** Such as "inverse-cloze" or "brainstorm-then-write". */
  readonly method: string
  readonly task?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Hard negatives that the generator wrote itself. */
  readonly writtenNegatives?: readonly string[]
}

export interface PairRecord extends Omit<NewPair, 'positiveId' | 'sourceId'> {
  readonly id: number
  readonly key: string
  readonly positive: TrainingText
  /** The whole passage that the pair was made from. */
  readonly source: TrainingText
  readonly createdAt: number
}

export interface PairSelection {
  readonly intents?: readonly Intent[]
  /** Only pairs that this filter run kept. */
  readonly keptBy?: number
  /** Only pairs that have no vote of this retriever, or one of another version. */
  readonly notVotedBy?: { readonly retriever: string; readonly version: string }
  /** Only pairs with a larger id: reads a long list in slices. */
  readonly after?: number
  /** Only pairs with this id or a smaller one: those that there were at some moment. */
  readonly upTo?: number
  readonly limit?: number
}

/** A question that several pairs ask, with the source of one of them. */
export interface SharedQuestion {
  readonly intent: Intent
  readonly query: string
  readonly documentHash: string
  readonly passageHash: string
}

type TextColumns<Prefix extends string> = {
  [
    K in
      | `${Prefix}Id`
      | `${Prefix}Text`
      | `${Prefix}Hash`
      | `${Prefix}Title`
      | `${Prefix}PassageHash`
      | `${Prefix}Page`
      | `${Prefix}PageEnd`
  ]: K extends `${Prefix}Id` | `${Prefix}Page` | `${Prefix}PageEnd` ? number : string
}
type Row = Omit<PairRecord, 'positive' | 'source' | 'details'> & { details: string } & TextColumns<'positive'> &
  TextColumns<'source'>

const textColumns = (table: string): string =>
  `${table}.id AS ${table}Id, ${table}.text AS ${table}Text, ${table}.document_hash AS ${table}Hash,
   ${table}.title AS ${table}Title, ${table}.passage_hash AS ${table}PassageHash, ${table}.page AS ${table}Page,
   ${table}.page_end AS ${table}PageEnd`

const SELECT = `
  SELECT pair.id, pair.key, pair.intent, pair.query, pair.generator, pair.model, pair.prompt_hash AS promptHash,
    pair.details, pair.created_at AS createdAt, ${textColumns('positive')}, ${textColumns('source')}
  FROM pair JOIN training_text AS positive ON positive.id = pair.positive_id
  JOIN training_text AS source ON source.id = pair.source_id`

/** The key that a pair has in every library. */
export function pairKey(intent: Intent, query: string, positive: { documentHash: string; text: string }): string {
  return keyOf(intent, query, `${positive.documentHash} ${createHash('sha256').update(positive.text).digest('hex')}`)
}

function keyOf(intent: Intent, query: string, text: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([intent, query, text]))
    .digest('hex')
    .slice(0, 32)
}

/** Queries with the text that answers them. */
export class PairRepository {
  readonly #db: Database
  // Prepared when first used, as in TrainingTextRepository.
  #insert: Statement | undefined
  #byId: Statement<[number], Row> | undefined
  #byKey: Statement<[string], Row> | undefined
  #textKey: Statement<[number], string> | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns whether it is new: the same query for the same text is one pair, whoever wrote it. */
  add(pair: NewPair): boolean {
    this.#textKey ??= this.#db
      .prepare<[number], string>("SELECT document_hash || ' ' || sha256 FROM training_text WHERE id = ?")
      .pluck()
    this.#insert ??= this.#db.prepare(
      `INSERT OR IGNORE INTO pair (key, intent, query, positive_id, source_id, generator, model, prompt_hash, details, created_at)
       VALUES (@key, @intent, @query, @positiveId, @sourceId, @generator, @model, @promptHash, @details, @now)`,
    )
    const text = this.#textKey.get(pair.positiveId)
    const key = keyOf(pair.intent, pair.query, text)
    const details = JSON.stringify(pair.details)
    return this.#insert.run({ ...pair, details, key, now: Date.now() }).changes > 0
  }

  byId(id: number): PairRecord | undefined {
    this.#byId ??= this.#db.prepare<[number], Row>(`${SELECT} WHERE pair.id = ?`)
    const row = this.#byId.get(id)
    return row && toPair(row)
  }

  byKey(key: string): PairRecord | undefined {
    this.#byKey ??= this.#db.prepare<[string], Row>(`${SELECT} WHERE pair.key = ?`)
    const row = this.#byKey.get(key)
    return row && toPair(row)
  }

  /** By id, lowest first. */
  list(selection: PairSelection = {}): PairRecord[] {
    const { where, values } = conditions(selection)
    return this.#db
      .prepare<unknown[], Row>(`${SELECT} ${where} ORDER BY pair.id LIMIT ?`)
      .all(...values, selection.limit ?? -1)
      .map(toPair)
  }

  /** The whole selection by id, `limit` at a time (1,000 unless given): 200,000 pairs with their passages fill a gigabyte. */
  *slices({ limit = 1_000, ...selection }: PairSelection = {}): Generator<PairRecord[]> {
    for (let after = selection.after ?? 0; ;) {
      const slice = this.list({ ...selection, after, limit })
      const last = slice.at(-1)
      if (!last) return
      yield slice
      after = last.id
    }
  }

  count(selection: PairSelection = {}): number {
    const { where, values } = conditions(selection)
    return this.#db
      .prepare<unknown[], number>(`SELECT count(*) FROM pair ${where}`)
      .pluck()
      .get(...values)!
  }

  /** The largest id; 0 without pairs. */
  lastId(): number {
    return this.#db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM pair').pluck().get()!
  }

  /** Where the answers of questions lie that several of the pairs ask. */
  sharedQuestions(selection: PairSelection = {}): IterableIterator<SharedQuestion> {
    const { where, values } = conditions(selection)
    return this.#db
      .prepare<unknown[], SharedQuestion>(
        `SELECT pair.intent, pair.query, source.document_hash AS documentHash, source.passage_hash AS passageHash
         FROM pair JOIN training_text AS source ON source.id = pair.source_id
         JOIN (SELECT intent, query FROM pair ${where} GROUP BY intent, query HAVING count(*) > 1) AS shared
           ON shared.intent = pair.intent AND shared.query = pair.query ${where}`,
      )
      .iterate(...values, ...values)
  }

  /** Different passages that pairs were made from. */
  sourceCount(): number {
    return this.#db.prepare<[], number>('SELECT count(DISTINCT source_id) FROM pair').pluck().get()!
  }

  /** The intent of every pair, by id. */
  intents(): Map<number, Intent> {
    return new Map(this.#db.prepare<[], [number, Intent]>('SELECT id, intent FROM pair').raw().all())
  }

  /** Pairs by intent and generator, for the yield funnel and data cards. */
  counts(selection: PairSelection = {}): { intent: Intent; generator: string; model: string; pairs: number }[] {
    const { where, values } = conditions(selection)
    return this.#db
      .prepare<unknown[], { intent: Intent; generator: string; model: string; pairs: number }>(
        `SELECT intent, generator, model, count(*) AS pairs FROM pair ${where} GROUP BY intent, generator, model`,
      )
      .all(...values)
  }

  /** Pairs by the document that they were made from. */
  countsByDocument(selection: PairSelection = {}): Map<string, number> {
    const { where, values } = conditions(selection)
    const rows = this.#db
      .prepare<unknown[], { documentHash: string; pairs: number }>(
        `SELECT document_hash AS documentHash, count(*) AS pairs FROM pair
         JOIN training_text ON training_text.id = pair.source_id ${where} GROUP BY document_hash`,
      )
      .all(...values)
    return new Map(rows.map(({ documentHash, pairs }) => [documentHash, pairs]))
  }
}

function conditions({ intents, keptBy, notVotedBy, after, upTo }: PairSelection): {
  where: string
  values: (string | number)[]
} {
  const parts: string[] = []
  const values: (string | number)[] = []
  if (intents) {
    parts.push(`pair.intent IN (${intents.map(() => '?').join(', ')})`)
    values.push(...intents)
  }
  if (keptBy !== undefined) {
    parts.push('pair.id IN (SELECT pair_id FROM pair_decision WHERE filter_id = ? AND kept = 1)')
    values.push(keptBy)
  }
  if (notVotedBy) {
    parts.push('NOT EXISTS (SELECT 1 FROM pair_vote WHERE pair_id = pair.id AND retriever = ? AND version = ?)')
    values.push(notVotedBy.retriever, notVotedBy.version)
  }
  if (after !== undefined) {
    parts.push('pair.id > ?')
    values.push(after)
  }
  if (upTo !== undefined) {
    parts.push('pair.id <= ?')
    values.push(upTo)
  }
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values }
}

function toPair(row: Row): PairRecord {
  const { id, key, intent, query, generator, model, promptHash, createdAt } = row
  return {
    ...{ id, key, intent, query, generator, model, promptHash, createdAt },
    details: JSON.parse(row.details) as PairDetails,
    positive: {
      id: row.positiveId,
      text: row.positiveText,
      documentHash: row.positiveHash,
      title: row.positiveTitle,
      passageHash: row.positivePassageHash,
      page: row.positivePage,
      pageEnd: row.positivePageEnd,
    },
    source: {
      id: row.sourceId,
      text: row.sourceText,
      documentHash: row.sourceHash,
      title: row.sourceTitle,
      passageHash: row.sourcePassageHash,
      page: row.sourcePage,
      pageEnd: row.sourcePageEnd,
    },
  }
}
