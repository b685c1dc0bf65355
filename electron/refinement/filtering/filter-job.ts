import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import type { JobContext, JobHandler, StageUpdate } from '../../jobs/index.ts'
import { libraryState, type BatchRetriever } from '../../retrieval/index.ts'
import type { PairRecord, PairRepository, PairVoteRepository, RankedText } from '../../storage/index.ts'
import {
  compareYields,
  decidePair,
  yieldOf,
  type AgreementRule,
  type PairDecision,
  type PairVotes,
  type Yield,
  type YieldRow,
} from '../mutual-agreement.ts'
import { contentKey, PassagePool } from '../passage-pool.ts'
import type { RetrieverShelf } from '../retriever-shelf.ts'

export interface FilterParams {
  /** Retrievers by id; the first three of the shelf unless given. The first one is the judge of `cbf`. */
  readonly retrievers?: readonly string[]
  /** Other retrievers for some intents: the strongest ones differ. */
  readonly byIntent?: Readonly<Partial<Record<Intent, readonly string[]>>>
  readonly intents?: readonly Intent[]
  readonly rule?: AgreementRule
  readonly topN?: number
  readonly quorum?: number
  readonly ordered?: boolean
}

export interface FilterResult {
  readonly filterId: number
  readonly rule: AgreementRule
  readonly topN: number
  readonly retrievers: readonly string[]
  readonly in: number
  readonly kept: number
  readonly dropped: number
  readonly outcomes: Yield['outcomes']
  readonly byIntent: Yield['byIntent']
  /** Pairs whose passage has left the library; they are not decided on. */
  readonly gone: number
  /** Every rule at N = 1 to 5, from the same votes. */
  readonly yields: readonly YieldRow[]
  readonly seconds: number
}

export interface FilterDependencies {
  readonly db: Database
  readonly pairs: PairRepository
  readonly votes: PairVoteRepository
  readonly retrievers: RetrieverShelf
}

/** Deep enough for N = 5 after copies are folded, and to say where the source came. */
const VOTE_DEPTH = 20
const COMPARED_NS = [1, 2, 3, 4, 5] as const
/** Queries scored in one pass over the library, and the most that an interruption costs. */
const QUERIES_PER_PASS = 10_000
export const USUAL_RETRIEVERS = 3

/**
 * Mutual-agreement filtering (METHOD 4): every retriever ranks the library for every query, every ranking is stored, and the
 * rule decides from what is stored. Another rule or N costs no retrieval; an interrupted run asks only what is missing.
 */
export class FilterJob implements JobHandler<FilterParams, FilterResult> {
  readonly kind = 'filter'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: FilterDependencies

  constructor(dependencies: FilterDependencies) {
    this.#deps = dependencies
  }

  title({ topN = 1 }: FilterParams): Wording {
    return said`Keep the pairs on whose ${topN === 1 ? said`first passage` : said`top ${topN}`} retrievers agree`
  }

  async run(context: JobContext<FilterParams>): Promise<FilterResult> {
    const started = performance.now()
    const { params, signal } = context
    const { rule = 'agree-and-equals-source', topN = 1 } = params
    const pairs = this.#deps.pairs.list(params.intents ? { intents: params.intents } : {})
    if (pairs.length === 0)
      throw new WorkbenchError('BAD_INPUT', said`There are no pairs to filter. Write some first: dmr synthesize.`)
    const usual = params.retrievers ?? this.#deps.retrievers.ids().slice(0, USUAL_RETRIEVERS)
    const askedFor = (intent: Intent): readonly string[] => params.byIntent?.[intent] ?? usual
    checkRetrievers(rule, INTENTS.map(askedFor))

    const stages = new Stages(context)
    const pool = await PassagePool.load(this.#deps.db, {
      signal,
      onProgress: (done, total) => stages.set(said`Group copies`, 'passages', done, total),
    })
    const library = libraryState(this.#deps.db)
    const present = pairs.filter((pair) => pool.find(pair.source) !== undefined)
    if (present.length < pairs.length)
      context.log(
        'warning',
        said`${pairs.length - present.length} pairs are left out: their passages are not in the library any more.`,
      )

    const versions = new Map<string, string>()
    for (const id of new Set(pairs.flatMap(({ intent }) => askedFor(intent)))) {
      const retriever = await this.#deps.retrievers.open(id, signal)
      versions.set(id, retriever.version)
      await this.#vote(
        retriever,
        present.filter(({ intent }) => askedFor(intent).includes(id)),
        pool,
        stages,
        signal,
      )
    }

    const nameOf = textNames(pool)
    const votes = present.map((pair) => this.#votesOf(pair, askedFor(pair.intent), nameOf))
    const options = definedOnly({ quorum: params.quorum, ordered: params.ordered })
    const decisions: PairDecision[] = votes.map((pair) => decidePair(pair, { ...options, rule, topN }))
    const yields = compareYields(votes, COMPARED_NS, options)
    const sum = yieldOf(decisions)
    const retrievers = [...versions].map(([id, version]) => ({ id, version }))
    const gone = pairs.length - present.length
    const filterId = this.#deps.votes.addRun(
      { rule, topN, retrievers, report: { ...sum, gone, yields, library } satisfies StoredReport },
      decisions.map(({ pairId, kept, outcome }) => ({ pairId: Number(pairId), kept, outcome })),
    )
    return {
      filterId,
      rule,
      topN,
      retrievers: retrievers.map(({ id }) => id),
      ...sum,
      gone,
      yields,
      seconds: (performance.now() - started) / 1_000,
    }
  }

  async #vote(
    retriever: BatchRetriever,
    pairs: readonly PairRecord[],
    pool: PassagePool,
    stages: Stages,
    signal: AbortSignal,
  ): Promise<void> {
    const voted = this.#deps.votes.voted(retriever.id, retriever.version)
    const waiting = pairs.filter(({ id }) => !voted.has(id))
    const before = pairs.length - waiting.length
    for (let from = 0; from < waiting.length; from += QUERIES_PER_PASS) {
      const slice = waiting.slice(from, from + QUERIES_PER_PASS)
      const rankings = await retriever.rank(
        slice.map(({ query, intent }) => ({ text: query, intent })),
        {
          k: VOTE_DEPTH,
          signal,
          onProgress: (share) =>
            stages.set(
              said`Ask ${retriever.id}`,
              'queries',
              before + from + Math.round(share * slice.length),
              pairs.length,
            ),
        },
      )
      this.#deps.votes.save(
        retriever.id,
        retriever.version,
        slice.map(({ id }, query) => ({
          pairId: id,
          ranking: rankings.of(query).flatMap(({ passageId, score }): RankedText[] => {
            const passage = pool.get(passageId)
            return passage ? [[passage.documentHash, passage.page, passage.passageHash, score]] : []
          }),
        })),
      )
    }
    stages.set(said`Ask ${retriever.id}`, 'queries', pairs.length, pairs.length)
  }

  #votesOf(pair: PairRecord, retrievers: readonly string[], nameOf: TextNames): PairVotes {
    const stored = this.#deps.votes.ofPair(pair.id)
    return {
      pairId: String(pair.id),
      intent: pair.intent,
      sourceId: nameOf(pair.source),
      rankings: retrievers.map((id) =>
        (stored.get(id) ?? []).map(([documentHash, , passageHash]) => nameOf({ documentHash, passageHash })),
      ),
    }
  }
}

/** What a run's row holds beside its decisions. */
export interface StoredReport extends Yield {
  readonly gone: number
  readonly yields: readonly YieldRow[]
  /** See `libraryState`; absent in runs of an earlier version. */
  readonly library?: string
}

type TextNames = (place: { readonly documentHash: string; readonly passageHash: string }) => string

/**
 * A short name for a passage; copies of one text have the same. Each name is one string however often it is voted for: the
 * rankings of 180,000 pairs hold millions of them.
 */
function textNames(pool: PassagePool): TextNames {
  const names = new Map<number, string>()
  return (place) => {
    const passage = pool.find(place)
    if (!passage) return contentKey(place)
    const known = names.get(passage.clusterId)
    if (known !== undefined) return known
    const name = String(passage.clusterId)
    names.set(passage.clusterId, name)
    return name
  }
}

function checkRetrievers(rule: AgreementRule, lists: readonly (readonly string[])[]): void {
  const needed = rule === 'nopos' ? 0 : rule === 'cbf' ? 1 : 2
  for (const ids of lists) {
    if (ids.length < needed)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`The rule "${rule}" needs ${needed} retrievers at least, but ${ids.length === 0 ? said`none is` : said`only ${ids.join(', ')} is`} named. Name more with --retrievers.`,
      )
    if (new Set(ids).size < ids.length)
      throw new WorkbenchError('BAD_INPUT', said`A retriever agrees with itself: ${ids.join(', ')}. Name each once.`)
  }
}

/** The stages of the job's progress card, in the order in which they were first reported. */
class Stages {
  readonly #context: JobContext<FilterParams>
  readonly #stages = new Map<string, StageUpdate>()

  constructor(context: JobContext<FilterParams>) {
    this.#context = context
  }

  set(name: Wording, unit: string, done: number, total: number): void {
    this.#stages.set(String(name), { name, unit, done, total })
    this.#context.report({ stages: [...this.#stages.values()] })
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
function definedOnly<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
