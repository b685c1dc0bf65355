import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import type { Intent } from '../../contracts/intents.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import { libraryState } from '../../retrieval/index.ts'
import type {
  MinedPair,
  MiningRunRepository,
  PairRecord,
  PairRepository,
  PairVoteRepository,
  SearchRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import { levelCount, type MinedQuery, type MiningQuery, type NegativeRule } from '../hard-negatives.ts'
import { calibrateAlpha, HardNegativeMiner, type MiningSummary, type SummaryOptions } from '../mining-summary.ts'
import { PassagePool, type PooledPassage } from '../passage-pool.ts'
import type { RetrieverShelf } from '../retriever-shelf.ts'
import { CandidateSource } from './candidate-source.ts'
import { nearestSentence, saysTheSame } from './sentence-texts.ts'

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
}

const USUAL_RULE: NegativeRule = { kind: 'percentage', alphas: [0.65, 0.75, 0.85] }
const USUAL_DEPTH = 100
const PAIRS_PER_PASS = 2_000
/** Their pairs are of sentences; see {@link nearestSentence}. */
const SENTENCE_INTENTS: ReadonlySet<Intent> = new Set(['Twitter', 'NLI', 'STS'])

/** Mines hard negatives at several thresholds in one pass over the library (METHOD 5). An interrupted run starts anew. */
export class MineJob implements JobHandler<MineParams, MineResult> {
  readonly kind = 'mine'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: MineDependencies

  constructor(dependencies: MineDependencies) {
    this.#deps = dependencies
  }

  title(): string {
    return 'Mine hard negatives'
  }

  async run(context: JobContext<MineParams>): Promise<MineResult> {
    const started = performance.now()
    const { params, signal } = context
    const { db, mining, retrievers } = this.#deps
    const filterId = params.filterId === undefined ? (this.#deps.votes.latestRun()?.id ?? null) : params.filterId
    const pairs = this.#deps.pairs.list(filterId === null ? {} : { keptBy: filterId })
    if (pairs.length === 0)
      throw new WorkbenchError(
        'BAD_INPUT',
        filterId === null
          ? 'There are no pairs to mine negatives for. Write some first: dmr synthesize.'
          : `Filter run ${filterId} kept no pair. Filter again with another rule or N, or mine all pairs with --unfiltered.`,
      )
    const pool = await PassagePool.load(db, {
      signal,
      onProgress: (done, total) =>
        context.report({ stages: [{ name: 'Group copies', unit: 'passages', done, total }] }),
    })
    const retrieverId = params.retriever ?? usualRetriever(retrievers)
    const retriever = await retrievers.open(retrieverId, signal)
    const source = new CandidateSource(this.#deps.searches, pool, retriever, pairs, params.depth ?? USUAL_DEPTH)
    const options: SummaryOptions = {
      perQuery: params.perQuery ?? 9,
      wanted: params.perQuery ?? 9,
      excludeSameDocument: params.excludeSameDocument ?? false,
      suspectShare: params.suspectShare ?? 1,
    }
    const rule = await this.#rule(params, source, pairs, options, signal)
    const miner = new HardNegativeMiner(rule, options)
    mining.removeIncomplete()
    const miningId = mining.start({ filterId, retriever: retriever.id, version: retriever.version, rule, options })
    const state = libraryState(db)
    let unscored = 0
    for (let from = 0; from < pairs.length; from += PAIRS_PER_PASS) {
      const slice = pairs.slice(from, from + PAIRS_PER_PASS)
      const queries = await source.queries(slice, signal)
      db.transaction(() => {
        mining.add(
          miningId,
          queries.flatMap((query, i): MinedPair[] => {
            if (query) return [this.#toStored(slice[i]!, query, miner.mine(query), pool)]
            unscored++
            return []
          }),
        )
      }).immediate()
      const done = from + slice.length
      context.report({ stages: [{ name: 'Mine hard negatives', unit: 'pairs', done, total: pairs.length }] })
    }
    if (libraryState(db) !== state)
      context.log(
        'warning',
        'The library changed while negatives were mined. What was mined is valid; mine again to include what is new.',
      )
    // Those that other models agree on count too; the miner knows of scores only.
    const { total: suspects } = mining.suspects(miningId, { offset: 0, limit: 0 })
    const summary = { ...miner.summary(), suspects }
    mining.complete(miningId, { ...summary, unscored })
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

  /** The rule with its numbers; calibrated on the first pairs where shares were asked for. */
  async #rule(
    { rule = USUAL_RULE, keptShares }: MineParams,
    source: CandidateSource,
    pairs: readonly PairRecord[],
    options: SummaryOptions,
    signal: AbortSignal,
  ): Promise<NegativeRule> {
    if (keptShares === undefined) return rule
    const queries = (await source.queries(pairs.slice(0, PAIRS_PER_PASS), signal)).filter(
      (query) => query !== undefined,
    )
    return {
      kind: 'percentage',
      alphas: keptShares.map((share) => {
        const alpha = calibrateAlpha(queries, share, options)
        if (alpha === undefined)
          throw new WorkbenchError(
            'BAD_INPUT',
            'No candidate was found from which alpha could be calibrated. Name alphas instead.',
          )
        return Math.min(1, alpha)
      }),
    }
  }

  #toStored(pair: PairRecord, query: MiningQuery, mined: MinedQuery, pool: PassagePool): MinedPair {
    const levels = new Map<string, number>()
    mined.levels.forEach(({ negatives }, level) =>
      negatives.forEach(({ passageId }) => levels.set(passageId, (levels.get(passageId) ?? 0) | (1 << level))),
    )
    const suspects = new Set([...mined.suspects.map(({ passageId }) => passageId), ...this.#agreed(pair, pool)])
    const negatives = query.candidates.flatMap(({ passageId, score }, i) => {
      const kept = levels.get(passageId) ?? 0
      const suspect = suspects.has(passageId)
      const passage = pool.get(Number(passageId))
      if ((kept === 0 && !suspect) || !passage) return []
      const textId = this.#negativeText(pair, passage)
      return textId === undefined ? [] : [{ textId, rank: i + 1, score, levels: kept, suspect }]
    })
    return { pairId: pair.id, positiveScore: query.positive.score, negatives }
  }

  /** The passage that every voter puts first, where that is not the source: the other models take it for the answer. */
  #agreed(pair: PairRecord, pool: PassagePool): string[] {
    const rankings = [...this.#deps.votes.ofPair(pair.id).values()]
    if (rankings.length < 2) return []
    const source = pool.find(pair.source)
    const firsts = rankings.map(([first]) => first && pool.find({ documentHash: first[0], passageHash: first[2] }))
    const [agreed] = firsts
    const isAgreed = agreed !== undefined && firsts.every((first) => first?.clusterId === agreed.clusterId)
    return isAgreed && agreed.clusterId !== source?.clusterId ? [String(agreed.id)] : []
  }

  /** @returns undefined when the passage is gone, or when its sentence says what the pair says. */
  #negativeText(pair: PairRecord, passage: PooledPassage): number | undefined {
    const { db, trainingTexts } = this.#deps
    const whole = db.prepare<[number], string>('SELECT text FROM passage WHERE id = ?').pluck().get(passage.id)
    if (whole === undefined) return undefined
    const bySentence = SENTENCE_INTENTS.has(pair.intent) && pair.positive.id !== pair.source.id
    const text = bySentence ? nearestSentence(whole, pair.query) : whole
    if (text === undefined || saysTheSame(text, pair.positive.text) || saysTheSame(text, pair.query)) return undefined
    const { documentHash, title, page, pageEnd, passageHash } = passage
    return trainingTexts.add({ text, documentHash, title, page, pageEnd, passageHash })
  }
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
