import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import { libraryState, type BatchRetriever } from '../../retrieval/index.ts'
import type {
  MiningRunRepository,
  PairRepository,
  PairVoteRepository,
  SearchRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import { levelCount, type MiningQuery, type NegativeRule } from '../hard-negatives.ts'
import { calibrateAlpha, HardNegativeMiner, type MiningSummary, type SummaryOptions } from '../mining-summary.ts'
import { PassagePool } from '../passage-pool.ts'
import type { RetrieverShelf } from '../retriever-shelf.ts'
import { CandidateSource } from './candidate-source.ts'
import { MinedTexts } from './mined-texts.ts'

export interface MineParams {
  /** Pairs that this filter run kept; the newest run unless given, all pairs for null. */
  readonly filterId?: number | null
  readonly retriever?: string
  readonly rule?: NegativeRule
  /** Instead of alphas: shares of the candidates that lie under the threshold, turned into alphas of this model's scale. */
  readonly keptShares?: readonly number[]
  /** How many passages are looked at per query, 100 unless given. */
  readonly depth?: number
  readonly perQuery?: number
  readonly excludeSameDocument?: boolean
  readonly suspectShare?: number
}

export interface MineResult {
  readonly miningId: number
  readonly filterId: number | null
  readonly retriever: string
  readonly rule: NegativeRule
  readonly summary: MiningSummary
  /** Pairs whose positive the retriever gives no score, or whose passage is gone. */
  readonly unscored: number
  readonly seconds: number
}

export interface MineDependencies {
  readonly db: Database
  readonly pairs: PairRepository
  readonly votes: PairVoteRepository
  readonly mining: MiningRunRepository
  readonly searches: SearchRepository
  readonly trainingTexts: TrainingTextRepository
  readonly retrievers: RetrieverShelf
  /** 2,000 unless given. */
  readonly pairsPerPass?: number
}

const USUAL_RULE: NegativeRule = { kind: 'percentage', alphas: [0.65, 0.75, 0.85] }
const USUAL_DEPTH = 100
/** Scored in one pass over the library, and the most that an interruption costs. */
const USUAL_PAIRS_PER_PASS = 2_000
const USUAL_PER_QUERY = 9

/** How far an interrupted run came. It goes on only where nothing it depends on has changed. */
interface MiningProgress {
  readonly params: MineParams
  readonly library: string
  readonly lastPairId: number
  readonly done: number
  readonly unscored: number
  readonly summary: MiningSummary
}

/** A run under way, new or taken up again. */
interface Underway {
  readonly miningId: number
  readonly rule: NegativeRule
  readonly miner: HardNegativeMiner
  lastPairId: number
  done: number
  unscored: number
}

/**
 * Mines hard negatives at several thresholds in one pass over the library (METHOD 5). What was mined is stored block by
 * block with the counts so far, so a run that was paused or killed goes on at the next block and ends with the same result.
 */
export class MineJob implements JobHandler<MineParams, MineResult> {
  readonly kind = 'mine'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: MineDependencies

  constructor(dependencies: MineDependencies) {
    this.#deps = dependencies
  }

  title(): Wording {
    return said`Mine hard negatives`
  }

  async run(context: JobContext<MineParams>): Promise<MineResult> {
    const started = performance.now()
    const { params, signal } = context
    const { db, mining, pairs, retrievers, pairsPerPass = USUAL_PAIRS_PER_PASS } = this.#deps
    const filterId = params.filterId === undefined ? (this.#deps.votes.latestRun()?.id ?? null) : params.filterId
    const selection = filterId === null ? {} : { keptBy: filterId }
    const total = pairs.count(selection)
    if (total === 0) throw nothingToMine(filterId)
    const report = (done: number): void =>
      context.report({ stages: [{ name: said`Mine hard negatives`, unit: 'pairs', done, total }] })
    const pool = await PassagePool.load(db, {
      signal,
      onProgress: (done, total) =>
        context.report({ stages: [{ name: said`Group copies`, unit: 'passages', done, total }] }),
    })
    const state = libraryState(db)
    const retriever = await retrievers.open(params.retriever ?? usualRetriever(retrievers), signal)
    const source = new CandidateSource({
      ...{ searches: this.#deps.searches, pool, retriever },
      sharedQuestions: pairs.sharedQuestions(selection),
      depth: params.depth ?? USUAL_DEPTH,
    })
    const texts = new MinedTexts(this.#deps, pool)
    let underway = this.#interrupted(context, { filterId, retriever, state })
    if (underway) report(underway.done)
    for (const slice of pairs.slices({ ...selection, after: underway?.lastPairId ?? 0, limit: pairsPerPass })) {
      const queries = await source.queries(slice, signal)
      const run = (underway ??= this.#start(params, { filterId, retriever, queries }))
      db.transaction(() => {
        const mined = queries.map((query, i) =>
          query ? texts.toStored(slice[i]!, query, run.miner.mine(query, slice[i]!.intent)) : undefined,
        )
        mining.add(
          run.miningId,
          mined.filter((pair) => pair !== undefined),
        )
        run.unscored += mined.filter((pair) => pair === undefined).length
        run.done += slice.length
        run.lastPairId = slice.at(-1)!.id
        const { lastPairId, done, unscored } = run
        const progress: MiningProgress = {
          ...{ params, library: state, lastPairId, done, unscored },
          summary: run.miner.summary(),
        }
        mining.saveProgress(run.miningId, progress)
      }).immediate()
      report(run.done)
    }
    if (!underway) throw nothingToMine(filterId)
    const { miningId, rule, miner, unscored } = underway
    const changedDuring = libraryState(db) !== state
    if (changedDuring)
      context.log(
        'warning',
        said`The library changed while negatives were mined. What was mined is valid; mine again to include what is new.`,
      )
    // Those that other models agree on count too; the miner knows of scores only.
    const { total: suspects } = mining.suspects(miningId, { offset: 0, limit: 0 })
    const summary = { ...miner.summary(), suspects }
    mining.complete(miningId, { ...summary, unscored, library: state, changedDuring } satisfies StoredSummary)
    return {
      miningId,
      filterId,
      retriever: retriever.id,
      rule,
      summary,
      unscored,
      seconds: (performance.now() - started) / 1_000,
    }
  }

  /** Starts a run; the first queries tell what the model's scores are like. */
  #start(
    params: MineParams,
    parts: {
      readonly filterId: number | null
      readonly retriever: BatchRetriever
      readonly queries: readonly (MiningQuery | undefined)[]
    },
  ): Underway {
    const queries = parts.queries.filter((query) => query !== undefined)
    const scoreRange = scoreRangeOf(queries)
    const options: SummaryOptions = {
      perQuery: params.perQuery ?? USUAL_PER_QUERY,
      wanted: params.perQuery ?? USUAL_PER_QUERY,
      excludeSameDocument: params.excludeSameDocument ?? false,
      suspectShare: params.suspectShare ?? 1,
      ...(scoreRange ? { scoreRange } : {}),
    }
    const rule = calibratedRule(params, queries, options)
    const { filterId, retriever } = parts
    this.#deps.mining.removeIncomplete()
    const miningId = this.#deps.mining.start({
      ...{ filterId, rule, options },
      ...{ retriever: retriever.id, version: retriever.version },
    })
    return { miningId, rule, miner: new HardNegativeMiner(rule, options), lastPairId: 0, done: 0, unscored: 0 }
  }

  /** The run of the same parameters that was interrupted; undefined where there is none, or the library is another now. */
  #interrupted(
    context: JobContext<MineParams>,
    now: { readonly filterId: number | null; readonly retriever: BatchRetriever; readonly state: string },
  ): Underway | undefined {
    const run = this.#deps.mining.interrupted()
    if (!run) return undefined
    const progress = run.progress as MiningProgress
    const isSameTask =
      run.filterId === now.filterId &&
      run.retriever === now.retriever.id &&
      JSON.stringify(progress.params) === JSON.stringify(context.params)
    if (!isSameTask) return undefined
    if (run.version !== now.retriever.version || progress.library !== now.state) {
      context.log(
        'warning',
        said`The library or the model changed since this was interrupted. It starts from the beginning.`,
      )
      return undefined
    }
    this.#deps.mining.removeIncomplete(run.id)
    context.log('info', said`Goes on after ${progress.done} pairs.`)
    const rule = run.rule as NegativeRule
    const { lastPairId, done, unscored } = progress
    const miner = new HardNegativeMiner(rule, run.options as SummaryOptions, progress.summary)
    return { miningId: run.id, rule, miner, lastPairId, done, unscored }
  }
}

/** What a complete run's row holds. */
export interface StoredSummary extends MiningSummary {
  readonly unscored: number
  /** See `libraryState`: the passages that were mined. */
  readonly library: string
  /** Passages came or went while it ran. */
  readonly changedDuring: boolean
}

function nothingToMine(filterId: number | null): WorkbenchError {
  return new WorkbenchError(
    'BAD_INPUT',
    filterId === null
      ? said`There are no pairs to mine negatives for. Write some first: dmr synthesize.`
      : said`Filter run ${filterId} kept no pair. Filter again with another rule or N, or mine all pairs with --unfiltered.`,
  )
}

/** The rule with its numbers; calibrated on the first queries where shares were asked for. */
function calibratedRule(
  { rule = USUAL_RULE, keptShares }: MineParams,
  queries: readonly MiningQuery[],
  options: SummaryOptions,
): NegativeRule {
  if (keptShares === undefined) return rule
  return {
    kind: 'percentage',
    alphas: keptShares.map((share) => {
      const alpha = calibrateAlpha(queries, share, options)
      if (alpha === undefined)
        throw new WorkbenchError(
          'BAD_INPUT',
          said`No candidate was found from which alpha could be calibrated. Name alphas instead.`,
        )
      return Math.min(1, alpha)
    }),
  }
}

/** Of scores that are no cosines, such as those of BM25; undefined for cosines. */
function scoreRangeOf(queries: readonly MiningQuery[]): SummaryOptions['scoreRange'] {
  let [min, max] = [0, 0]
  for (const { positive, candidates } of queries) {
    for (const { score } of [positive, ...candidates]) {
      min = Math.min(min, score)
      max = Math.max(max, score)
    }
  }
  // A cosine of equal vectors may come out a little above 1.
  return min >= -1.001 && max <= 1.001 ? undefined : { min: Math.floor(min), max: Math.ceil(max * 1.2), bins: 60 }
}

/** An embedding model where there is one: alpha was made for cosines. */
function usualRetriever(shelf: RetrieverShelf): string {
  const ids = shelf.ids()
  return (
    ids.find((id) => id !== 'lexical' && id !== 'latent-semantic') ??
    (ids.includes('latent-semantic') ? 'latent-semantic' : 'lexical')
  )
}

/** How a level of a rule is called in the name of its data set: "0.65". */
export function levelNames(rule: NegativeRule): string[] {
  const names: string[] =
    rule.kind === 'percentage'
      ? rule.alphas.map((alpha) => String(Number(alpha.toFixed(4))))
      : rule.kind === 'margin'
        ? rule.margins.map((margin) => `margin-${margin}`)
        : rule.kind === 'rank'
          ? rule.ranges.map(({ first, last }) => `rank-${first}-${last}`)
          : rule.ranges.map(({ low, high }) => `score-${low}-${high}`)
  if (names.length !== levelCount(rule)) throw new Error('a level has no name')
  return names
}
