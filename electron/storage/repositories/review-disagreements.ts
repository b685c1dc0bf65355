import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'

export interface DisagreementPlace {
  readonly pairId: number
  /** 0: the pair itself. */
  readonly textId: number
}

export interface DisagreementSelection {
  readonly intents?: readonly Intent[] | undefined
  /** Those that adjudication settled too. */
  readonly settled: boolean
}

/** Pairs and passages on which persons differ: one accepts and one rejects, or they accept with different wordings. */
export class DisagreementRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  count(selection: DisagreementSelection): number {
    const { sql, values } = differing(selection)
    return this.#db
      .prepare<unknown[], number>(`SELECT count(*) FROM (${sql})`)
      .pluck()
      .get(...values)!
  }

  /** By pair, from behind a place. */
  slice(
    selection: DisagreementSelection,
    { after, limit }: { after: DisagreementPlace | undefined; limit: number },
  ): DisagreementPlace[] {
    const { sql, values } = differing(selection, after)
    return this.#db
      .prepare<unknown[], DisagreementPlace>(`${sql} ORDER BY state.pair_id, state.text_id LIMIT ?`)
      .all(...values, limit)
  }
}

function differing({ intents, settled }: DisagreementSelection, after?: DisagreementPlace) {
  const conditions = [
    'state.outcome IS NOT NULL',
    "state.judge_id IN (SELECT id FROM judge WHERE kind = 'person')",
    ...(intents
      ? [`(SELECT intent FROM pair WHERE id = state.pair_id) IN (${intents.map(() => '?').join(', ')})`]
      : []),
    ...(after ? ['(state.pair_id, state.text_id) > (?, ?)'] : []),
    ...(settled
      ? []
      : [
          `NOT EXISTS (SELECT 1 FROM review_state AS final JOIN judge ON judge.id = final.judge_id AND judge.kind = 'resolution'
             WHERE final.pair_id = state.pair_id AND final.text_id = state.text_id AND final.outcome IS NOT NULL)`,
        ]),
  ]
  const sql = `
    SELECT state.pair_id AS pairId, state.text_id AS textId FROM review_state AS state
    WHERE ${conditions.join(' AND ')} GROUP BY state.pair_id, state.text_id
    HAVING count(DISTINCT state.outcome) > 1
      OR count(DISTINCT CASE WHEN state.outcome = 'accept' THEN coalesce(state.query, '') END) > 1`
  return { sql, values: [...(intents ?? []), ...(after ? [after.pairId, after.textId] : [])] }
}
