// Mutual-agreement filtering of synthetic pairs (METHOD section 4): keep a pair when the strongest retrievers for its
// intent return the same passages. Pure: it reads the retrievers' rankings and decides.
import type { Intent } from '../contracts/intents.ts'

/** A synthetic pair with what each retriever found for its query. */
export interface PairVotes {
  readonly pairId: string
  readonly intent: Intent
  /** The passage the query was written from. */
  readonly sourceId: string
  /** `rankings[retriever]`: passage ids, best first. The same order of retrievers for every pair. */
  readonly rankings: readonly (readonly string[])[]
}

/**
 * - `agree`: the retrievers return the same top-N passages. The agreed passage may be another than the source.
 * - `agree-and-equals-source`: and the source is among them (for N = 1: is that passage). The default.
 * - `cbf`: consistency-based filtering, the ablation with one retriever: the source is in its top N.
 * - `nopos`: no filter, the other ablation.
 */
export const AGREEMENT_RULES = ['agree', 'agree-and-equals-source', 'cbf', 'nopos'] as const
export type AgreementRule = (typeof AGREEMENT_RULES)[number]

export interface AgreementOptions {
  readonly rule?: AgreementRule
  /** N: how many passages from the top are compared. 1 unless given, which worked best. */
  readonly topN?: number
  /** How many retrievers must agree. All unless given. */
  readonly quorum?: number
  /** Whether the top N must also be in the same order. Off unless set: "the same passages" is a set. */
  readonly ordered?: boolean
  /** Index of the retriever that `cbf` asks; 0 unless given. */
  readonly cbfRetriever?: number
  /**
   * Maps a passage to the representative of its near-duplicate cluster, so that retrievers that return different
   * copies of one text agree. Identity unless given.
   */
  readonly canonical?: (passageId: string) => string
}

export const VOTE_OUTCOMES = ['kept', 'no-agreement', 'agreed-on-other', 'not-retrieved', 'too-few-results'] as const
export type VoteOutcome = (typeof VOTE_OUTCOMES)[number]

export interface PairDecision {
  readonly pairId: string
  readonly intent: Intent
  readonly kept: boolean
  /**
   * `no-agreement`: too few retrievers share a top N. `agreed-on-other`: they do, without the source.
   * `not-retrieved`: `cbf` did not find the source. `too-few-results`: so many rankings are shorter than N that no
   * quorum was possible.
   */
  readonly outcome: VoteOutcome
  /** The passages agreed on (canonical ids, in the order of the first agreeing retriever); empty without agreement. */
  readonly agreedIds: readonly string[]
  /** Retrievers that share the agreed passages, by index. */
  readonly agreeing: readonly number[]
  /** Rank of the source per retriever, from 1; undefined where it was not returned. For "model 3 put page 61 first". */
  readonly sourceRanks: readonly (number | undefined)[]
}

/**
 * Decides on one pair.
 * @throws RangeError for an N or quorum that cannot be, and for a pair without rankings (except under `nopos`).
 */
export function decidePair(pair: PairVotes, options: AgreementOptions = {}): PairDecision {
  const { rule = 'agree-and-equals-source', topN = 1, canonical = (id: string) => id } = options
  if (!Number.isInteger(topN) || topN < 1) throw new RangeError(`top N ${topN} is not a whole number from 1`)
  const rankings = pair.rankings.map((ids) => [...new Set(ids.map(canonical))])
  const source = canonical(pair.sourceId)
  const sourceRanks = rankings.map((ids) => (ids.includes(source) ? ids.indexOf(source) + 1 : undefined))
  const decide = (outcome: VoteOutcome, agreedIds: readonly string[] = [], agreeing: readonly number[] = []) => ({
    pairId: pair.pairId,
    intent: pair.intent,
    kept: outcome === 'kept',
    outcome,
    agreedIds,
    agreeing,
    sourceRanks,
  })
  if (rule === 'nopos') return decide('kept')
  if (rankings.length === 0)
    throw new RangeError(`pair "${pair.pairId}" has no ranking; run at least one retriever on it`)
  if (rule === 'cbf') {
    const retriever = options.cbfRetriever ?? 0
    if (!rankings[retriever])
      throw new RangeError(`there is no retriever ${retriever} for "cbf" among ${rankings.length}`)
    const rank = sourceRanks[retriever]
    return rank !== undefined && rank <= topN ? decide('kept', [source], [retriever]) : decide('not-retrieved')
  }

  const quorum = options.quorum ?? rankings.length
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > rankings.length) {
    throw new RangeError(`quorum ${quorum} does not fit ${rankings.length} retrievers`)
  }
  const groups = new Map<string, number[]>()
  for (const [retriever, ids] of rankings.entries()) {
    if (ids.length < topN) continue
    const top = ids.slice(0, topN)
    const key = JSON.stringify(options.ordered ? top : top.toSorted())
    groups.set(key, [...(groups.get(key) ?? []), retriever])
  }
  const votes = [...groups.values()].reduce((sum, members) => sum + members.length, 0)
  if (votes < quorum) return decide('too-few-results')
  const largest = [...groups.values()].reduce((best, members) => (members.length > best.length ? members : best))
  if (largest.length < quorum) return decide('no-agreement')
  const agreedIds = (rankings[largest[0] as number] as string[]).slice(0, topN)
  const missesSource = rule === 'agree-and-equals-source' && !agreedIds.includes(source)
  return decide(missesSource ? 'agreed-on-other' : 'kept', agreedIds, largest)
}

export interface Yield {
  readonly in: number
  readonly kept: number
  readonly dropped: number
  readonly outcomes: Readonly<Record<VoteOutcome, number>>
  readonly byIntent: Readonly<Partial<Record<Intent, { readonly in: number; readonly kept: number }>>>
}

/** Sums decisions up, over all and per intent, one after the other. */
export class YieldTally {
  readonly #outcomes = Object.fromEntries(VOTE_OUTCOMES.map((outcome) => [outcome, 0])) as Record<VoteOutcome, number>
  readonly #byIntent: Partial<Record<Intent, { in: number; kept: number }>> = {}
  #total = 0

  add({ intent, kept, outcome }: Pick<PairDecision, 'intent' | 'kept' | 'outcome'>): void {
    this.#total++
    this.#outcomes[outcome]++
    const counts = (this.#byIntent[intent] ??= { in: 0, kept: 0 })
    counts.in++
    if (kept) counts.kept++
  }

  sum(): Yield {
    const { kept } = this.#outcomes
    return {
      ...{ in: this.#total, kept, dropped: this.#total - kept },
      outcomes: { ...this.#outcomes },
      byIntent: structuredClone(this.#byIntent),
    }
  }
}

export interface YieldRow extends Yield {
  readonly rule: AgreementRule
  readonly topN: number
}

/**
 * Yield of every rule at every N, the table to choose from (METHOD section 9, recipes 1 and 5). Takes one pair after the other,
 * so that no more than their counts are kept. The rankings must reach the largest N.
 */
export class YieldTable {
  readonly #cells: readonly { readonly rule: AgreementRule; readonly topN: number; readonly tally: YieldTally }[]
  readonly #options: Omit<AgreementOptions, 'rule' | 'topN'>

  constructor(topNs: readonly number[], options: Omit<AgreementOptions, 'rule' | 'topN'> = {}) {
    this.#options = options
    this.#cells = AGREEMENT_RULES.flatMap((rule) =>
      // Without a filter N means nothing: one row is enough.
      (rule === 'nopos' ? topNs.slice(0, 1) : topNs).map((topN) => ({ rule, topN, tally: new YieldTally() })),
    )
  }

  add(pair: PairVotes): void {
    for (const { rule, topN, tally } of this.#cells) tally.add(decidePair(pair, { ...this.#options, rule, topN }))
  }

  rows(): YieldRow[] {
    return this.#cells.map(({ rule, topN, tally }) => ({ rule, topN, ...tally.sum() }))
  }
}
