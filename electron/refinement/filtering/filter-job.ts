import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import type { JobContext, JobHandler, StageUpdate } from '../../jobs/index.ts'
import { libraryState, type BatchRetriever } from '../../retrieval/index.ts'
import type {
  PairRecord,
  PairRepository,
  PairSelection,
  PairVoteRepository,
  RankedText,
  StoredDecision,
} from '../../storage/index.ts'
import {
  decidePair,
  YieldTable,
  YieldTally,
  type AgreementRule,
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
  /** 10,000 unless given. */
  readonly queriesPerPass?: number
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
 * Pairs and their rankings pass by in slices: of all of them no more than the decisions are kept.
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
    const { pairs, votes } = this.#deps
    const selection: PairSelection = { upTo: pairs.lastId(), ...definedOnly({ intents: params.intents }) }
    const written = new Set(pairs.counts(selection).map(({ intent }) => intent))
    if (written.size === 0)
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

    const versions = new Map<string, string>()
    const intents = INTENTS.filter((intent) => written.has(intent))
    for (const id of new Set(intents.flatMap(askedFor))) {
      const retriever = await this.#deps.retrievers.open(id, signal)
      versions.set(id, retriever.version)
      const asking = intents.filter((intent) => askedFor(intent).includes(id))
      await this.#vote(retriever, { ...selection, intents: asking }, pool, stages, signal)
    }

    const options = definedOnly({ quorum: params.quorum, ordered: params.ordered })
    const yields = new YieldTable(COMPARED_NS, options)
    const tally = new YieldTally()
    const decisions: StoredDecision[] = []
    let gone = 0
    for (const slice of pairs.slices(selection)) {
      signal.throwIfAborted()
      const present = inPool(slice, pool)
      gone += slice.length - present.length
      for (const pair of present) {
        const found = this.#votesOf(pair, askedFor(pair.intent), pool)
        const decision = decidePair(found, { ...options, rule, topN })
        yields.add(found)
        tally.add(decision)
        decisions.push({ pairId: pair.id, kept: decision.kept, outcome: decision.outcome })
      }
      await new Promise(setImmediate)
    }
    if (gone > 0)
      context.log('warning', said`${gone} pairs are left out: their passages are not in the library any more.`)
    const sums = { ...tally.sum(), gone, yields: yields.rows() }
    const retrievers = [...versions].map(([id, version]) => ({ id, version }))
    const report: StoredReport = { ...sums, library }
    const filterId = votes.addRun({ rule, topN, retrievers, report }, decisions)
    return {
      ...{ filterId, rule, topN, retrievers: [...versions.keys()] },
      ...sums,
      seconds: (performance.now() - started) / 1_000,
    }
  }

  /** Asks one retriever for the pairs that have no vote of it yet. Of the pairs, one pass is in memory. */
  async #vote(
    retriever: BatchRetriever,
    selection: PairSelection,
    pool: PassagePool,
    stages: Stages,
    signal: AbortSignal,
  ): Promise<void> {
    const { pairs, votes, queriesPerPass: limit = QUERIES_PER_PASS } = this.#deps
    const notVotedBy = { retriever: retriever.id, version: retriever.version }
    const total = pairs.count(selection)
    const report = (done: number): void => stages.set(said`Ask ${retriever.id}`, 'queries', done, total)
    let done = total - pairs.count({ ...selection, notVotedBy })
    for (const slice of pairs.slices({ ...selection, notVotedBy, limit })) {
      const present = inPool(slice, pool)
      const asked = present.map(({ query, intent }) => ({ text: query, intent }))
      const onProgress = (share: number): void => report(done + Math.round(share * slice.length))
      const rankings = await retriever.rank(asked, { k: VOTE_DEPTH, signal, onProgress })
      votes.save(
        retriever.id,
        retriever.version,
        present.map(({ id }, query) => ({
          pairId: id,
          ranking: rankings.of(query).flatMap(({ passageId, score }): RankedText[] => {
            const passage = pool.get(passageId)
            return passage ? [[passage.documentHash, passage.page, passage.passageHash, score]] : []
          }),
        })),
      )
      done += slice.length
    }
    report(total)
  }

  #votesOf(pair: PairRecord, retrievers: readonly string[], pool: PassagePool): PairVotes {
    const stored = this.#deps.votes.ofPair(pair.id)
    return {
      pairId: String(pair.id),
      intent: pair.intent,
      sourceId: nameOf(pair.source, pool),
      rankings: retrievers.map((id) =>
        (stored.get(id) ?? []).map(([documentHash, , passageHash]) => nameOf({ documentHash, passageHash }, pool)),
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

/** A short name for a passage; copies of one text have the same. */
function nameOf(place: Parameters<PassagePool['find']>[0], pool: PassagePool): string {
  const passage = pool.find(place)
  return passage ? String(passage.clusterId) : contentKey(place)
}

function inPool(pairs: readonly PairRecord[], pool: PassagePool): PairRecord[] {
  return pairs.filter(({ source }) => pool.find(source) !== undefined)
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
