import type {
  EvaluatedResult,
  EvaluationComparison,
  QueryDifference,
} from '../../../../electron/contracts/evaluation.ts'
import { INTENTS, type Intent } from '../../../../electron/contracts/intents.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { Measure } from './evaluation-list.ts'

const ROWS_PER_CALL = 1_000
/** More queries than this are not brought into the window: the largest changes come first. */
const MAX_ROWS = 5_000

export type Show = 'all' | 'better' | 'worse'

/** The difference of two systems on one intent, with its 95% interval. */
export interface IntentDifference {
  readonly intent: Intent
  readonly queries: number
  readonly difference: EvaluationComparison['difference']
}

export interface Rankings {
  readonly query: QueryDifference
  readonly mine: readonly EvaluatedResult[]
  readonly others: readonly EvaluatedResult[]
}

interface Pair {
  readonly id: number
  readonly otherId: number
  readonly measure: Measure
}

/** Two evaluations of one test set, query by query. */
export class PairComparison {
  show = $state<Show>('all')
  #pair: Pair | null = null
  #comparison = $state.raw<EvaluationComparison | null>(null)
  #rows = $state.raw<readonly QueryDifference[]>([])
  #byIntent = $state.raw<readonly IntentDifference[]>([])
  #chosen = $state.raw<string | null>(null)
  #rankings = $state.raw<Rankings | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** null until it is there, and where nothing is compared. */
  get comparison(): EvaluationComparison | null {
    return this.#comparison
  }
  /** Every query of both, the largest change first. */
  get rows(): readonly QueryDifference[] {
    return this.#rows
  }
  get byIntent(): readonly IntentDifference[] {
    return this.#byIntent
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** What both ranked for the chosen query. */
  get rankings(): Rankings | null {
    return this.#rankings
  }

  readonly shown: readonly QueryDifference[] = $derived(
    this.#rows.filter(({ difference }) =>
      this.show === 'all' ? true : this.show === 'better' ? difference > 0 : difference < 0,
    ),
  )
  readonly chosen: QueryDifference | undefined = $derived(this.#rows.find(({ queryId }) => queryId === this.#chosen))

  /** Compares two evaluations; null shows nothing. The same pair again is not asked for twice. */
  async open(pair: Pair | null): Promise<void> {
    const same =
      pair?.id === this.#pair?.id && pair?.otherId === this.#pair?.otherId && pair?.measure === this.#pair?.measure
    if (same) return
    this.#pair = pair
    this.#problem = null
    if (pair === null) return this.#accept(null, [])
    try {
      const first = await this.#client.evaluation.compare({ ...pair, limit: ROWS_PER_CALL })
      const rows = [...first.rows]
      const wanted = Math.min(first.total, MAX_ROWS)
      while (rows.length < wanted && this.#pair === pair) {
        const next = await this.#client.evaluation.compare({ ...pair, offset: rows.length, limit: ROWS_PER_CALL })
        if (next.rows.length === 0) break
        rows.push(...next.rows)
      }
      if (this.#pair !== pair) return
      this.#accept(first, rows)
      await this.#loadIntents(pair, rows)
    } catch (error) {
      if (this.#pair !== pair) return
      this.#pair = null
      this.#accept(null, [])
      this.#problem = toProblem(error)
    }
  }

  #accept(comparison: EvaluationComparison | null, rows: readonly QueryDifference[]): void {
    this.#comparison = comparison
    this.#rows = rows
    this.#byIntent = []
    this.#rankings = null
    if (!rows.some(({ queryId }) => queryId === this.#chosen)) this.#chosen = null
    const [first] = rows
    if (this.#chosen !== null) void this.choose(this.#chosen)
    else if (first !== undefined) void this.choose(first.queryId)
  }

  async #loadIntents(pair: Pair, rows: readonly QueryDifference[]): Promise<void> {
    const present = INTENTS.filter((intent) => rows.some((row) => row.intent === intent))
    const compared = await Promise.all(
      present.map((intent) => this.#client.evaluation.compare({ ...pair, intent, limit: 1 })),
    )
    if (this.#pair !== pair) return
    this.#byIntent = present.flatMap((intent, index) => {
      const one = compared[index]
      return one === undefined ? [] : [{ intent, queries: one.queries, difference: one.difference }]
    })
  }

  /** Reads what both systems ranked for a query. */
  async choose(queryId: string): Promise<void> {
    const pair = this.#pair
    this.#chosen = queryId
    const query = this.#rows.find((row) => row.queryId === queryId)
    if (pair === null || query === undefined) return
    try {
      const [mine, others] = await Promise.all([
        this.#client.evaluation.query({ id: pair.id, queryId }),
        this.#client.evaluation.query({ id: pair.otherId, queryId }),
      ])
      if (this.#chosen !== queryId || this.#pair !== pair) return
      this.#rankings = { query, mine: mine.results, others: others.results }
    } catch (error) {
      if (this.#chosen === queryId) this.#problem = toProblem(error)
    }
  }

  /** Chooses the next or previous of the rows that are shown. */
  step(by: number): void {
    const at = this.shown.findIndex(({ queryId }) => queryId === this.#chosen)
    const next = this.shown[Math.min(this.shown.length - 1, Math.max(0, at + by))]
    if (next !== undefined) void this.choose(next.queryId)
  }
}
