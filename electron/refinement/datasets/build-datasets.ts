import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type {
  DatasetCounts,
  DatasetItem,
  DatasetRepository,
  DatasetSplit,
  MiningRunRepository,
  NewDataset,
  PairRecord,
  PairRepository,
  PairSelection,
  PairVoteRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import type { NegativeRule } from '../hard-negatives.ts'
import { levelNames } from '../mining/mine-job.ts'
import { ReviewApplication, type ReviewedPairs, type ReviewEffect } from './apply-reviews.ts'
import { splitGroups, USUAL_SHARES, type SplitShares } from './split-by-document.ts'

export interface BuildDependencies {
  readonly db: Database
  readonly pairs: PairRepository
  readonly votes: PairVoteRepository
  readonly mining: MiningRunRepository
  readonly datasets: DatasetRepository
  readonly trainingTexts: TrainingTextRepository
}

export interface BuildOptions {
  readonly shares?: SplitShares
  readonly seed?: number
  /** In front of every name, such as "flood-". */
  readonly prefix?: string
  /** What people settled about pairs and passages. Documents are split as without it. */
  readonly reviews?: ReviewedPairs
}

export interface BuiltDataset extends DatasetCounts {
  readonly name: string
  readonly alpha: number | null
  /** Mined pairs that have no negative at this level and are therefore not in the set. */
  readonly skipped: number
  /** Negatives of training queries left out because their document belongs to dev or test. */
  readonly acrossSplits: number
  /** What reviewing changed; all 0 where there was none. */
  readonly review: ReviewEffect
}

/** A data set that is to be built. Its items are read as they are asked for, and what they leave out is counted on the way. */
export interface DatasetPlan {
  readonly dataset: NewDataset
  readonly items: Iterable<DatasetItem>
  readonly left: { skipped: number; acrossSplits: number }
  readonly review: ReviewApplication
}

/** The pairs that a filter run kept, as the data set "MTP". Replaces an earlier one of that name. */
export function buildMtp(deps: BuildDependencies, filterId: number, options: BuildOptions = {}): BuiltDataset {
  return buildNow(deps, planMtp(deps, filterId, options))
}

/** One data set per level of a mining run; see {@link planMtt}. */
export function buildMtt(deps: BuildDependencies, miningId: number, options: BuildOptions = {}): BuiltDataset[] {
  return planMtt(deps, miningId, options).map((plan) => buildNow(deps, plan))
}

export function planMtp(deps: BuildDependencies, filterId: number, options: BuildOptions = {}): DatasetPlan {
  const run = deps.votes.run(filterId)
  if (!run) throw new WorkbenchError('NOT_FOUND', said`There is no filter run ${filterId}.`)
  const selection = { keptBy: filterId }
  const splitOf = splitter(deps, selection, options)
  const name = `${options.prefix ?? ''}MTP`
  const review = new ReviewApplication(options.reviews)
  function* items(): Generator<DatasetItem> {
    for (const pair of review.pairs(deps.pairs, selection)) {
      const item = itemOf(pair, splitOf)
      const others = review.secondAnswers(pair.id, new Map(), usableIn(deps, splitOf, item.split))
      yield { ...item, positives: [[pair.positive.id, null], ...others], negatives: [] }
    }
  }
  const lineage = {
    filter: describeFilter(run),
    ...splitLineage(options),
    generators: generatorsOf(deps.pairs, selection),
  }
  const left = { skipped: 0, acrossSplits: 0 }
  return { dataset: { name, kind: 'MTP', alpha: null, lineage }, items: items(), left, review }
}

/**
 * One data set per level of a mining run: "MTT-0.65", "MTT-0.75", ... All of them, and the MTP of the same filter run, split
 * their documents alike, so that a model trained on one set after the other is never tested on what it was trained on.
 * Pairs go from table to table a thousand at a time; memory does not grow with their number.
 */
export function planMtt(deps: BuildDependencies, miningId: number, options: BuildOptions = {}): DatasetPlan[] {
  const run = deps.mining.byId(miningId)
  if (!run || run.summary === null)
    throw new WorkbenchError('NOT_FOUND', said`There is no complete mining run ${miningId}.`)
  const rule = run.rule as NegativeRule
  const selection = run.filterId === null ? {} : { keptBy: run.filterId }
  const splitOf = splitter(deps, selection, options)
  const filter = run.filterId === null ? undefined : deps.votes.run(run.filterId)
  const lineage = {
    ...(filter ? { filter: describeFilter(filter) } : {}),
    mining: { id: run.id, retriever: run.retriever, version: run.version, rule, options: run.options },
    ...splitLineage(options),
    generators: generatorsOf(deps.pairs, selection),
  }
  return levelNames(rule).map((level, index) => {
    const name = `${options.prefix ?? ''}MTT-${level}`
    const alpha = rule.kind === 'percentage' ? rule.alphas[index]! : null
    const left = { skipped: 0, acrossSplits: 0 }
    const review = new ReviewApplication(options.reviews)
    const items = tripleItems(deps, { miningId, rule, level: index, selection, splitOf, review }, left)
    return { dataset: { name, kind: 'MTT', alpha, lineage: { ...lineage, level } }, items, left, review }
  })
}

/** @param left counts what is left out */
function* tripleItems(
  deps: BuildDependencies,
  from: {
    readonly miningId: number
    readonly rule: NegativeRule
    readonly level: number
    readonly selection: PairSelection
    readonly splitOf: SplitOf
    readonly review: ReviewApplication
  },
  left: { skipped: number; acrossSplits: number },
): Generator<DatasetItem> {
  const { miningId, rule, level, splitOf, review } = from
  for (const pair of review.pairs(deps.pairs, from.selection)) {
    const positiveScore = deps.mining.positiveScore(miningId, pair.id)
    if (positiveScore === undefined) continue
    const item = itemOf(pair, splitOf)
    const found = deps.mining.negatives(miningId, pair.id, level)
    const suspects = deps.mining.suspectsOf(miningId, pair.id)
    const mined = review.negatives(pair.id, { found, suspects }, level, rule)
    const isUsable = usableIn(deps, splitOf, item.split)
    const negatives = mined.filter(({ textId }) => isUsable(textId))
    left.acrossSplits += mined.length - negatives.length
    if (negatives.length === 0) {
      left.skipped++
      continue
    }
    const scores = new Map([...found, ...suspects].map(({ textId, score }) => [textId, score]))
    yield {
      ...item,
      positives: [[pair.positive.id, positiveScore], ...review.secondAnswers(pair.id, scores, isUsable)],
      negatives: negatives.map(({ textId, score }) => [textId, score] as const),
    }
  }
}

/** What dev and test ask about must not be trained on, not even as a wrong answer; the other way round nothing leaks. */
function usableIn(
  { trainingTexts }: BuildDependencies,
  splitOf: SplitOf,
  split: DatasetSplit,
): (textId: number) => boolean {
  return (textId) => split !== 'train' || splitOf(trainingTexts.require(textId).documentHash) === 'train'
}

/** Builds in one transaction. */
function buildNow(deps: BuildDependencies, plan: DatasetPlan): BuiltDataset {
  return deps.db
    .transaction(() => {
      const id = deps.datasets.begin(plan.dataset)
      deps.datasets.append(id, 0, plan.items)
      return finish(deps, id, plan)
    })
    .immediate()
}

const ITEMS_PER_STEP = 500

/**
 * Builds a data set a few hundred items at a time, so that others are served in between: with 200,000 pairs it takes a minute.
 * It is seen when it is complete; an earlier one of that name is there until then.
 * @throws the signal's reason; what was stored is removed by the next attempt.
 */
export async function buildInSteps(
  deps: BuildDependencies,
  plan: DatasetPlan,
  signal: AbortSignal,
): Promise<BuiltDataset> {
  const { db, datasets } = deps
  const id = db.transaction(() => datasets.begin(plan.dataset)).immediate()
  const items = plan.items[Symbol.iterator]()
  for (let position = 0, step: DatasetItem[]; ; position += step.length) {
    signal.throwIfAborted()
    step = []
    for (let item = items.next(); !item.done; item = items.next()) {
      if (step.push(item.value) === ITEMS_PER_STEP) break
    }
    if (step.length === 0) break
    db.transaction(() => datasets.append(id, position, step)).immediate()
    await new Promise(setImmediate)
  }
  return db.transaction(() => finish(deps, id, plan)).immediate()
}

/** What reviewing changed is known when all items went by. */
function finish({ datasets }: BuildDependencies, id: number, { dataset, left, review }: DatasetPlan): BuiltDataset {
  const reviewed = review.lineage()
  datasets.finish(id, reviewed ? { ...dataset, lineage: { ...dataset.lineage, review: reviewed } } : dataset)
  return { name: dataset.name, alpha: dataset.alpha, ...left, review: review.effect, ...datasets.counts(id) }
}

type SplitOf = (documentHash: string) => DatasetSplit

function itemOf(pair: PairRecord, splitOf: SplitOf) {
  const { intent, query, key: pairKey } = pair
  return { split: splitOf(pair.source.documentHash), intent, query, pairKey, extra: null }
}

/** The split of a document. Documents without pairs go with the group they are near copies of, else to train. */
function splitter(
  { db, pairs }: BuildDependencies,
  selection: PairSelection,
  { shares = USUAL_SHARES, seed = 1 }: BuildOptions,
): SplitOf {
  const clusters = new Map(
    db
      .prepare<[], [string, number]>('SELECT content_hash, cluster_id FROM document WHERE cluster_id IS NOT NULL')
      .raw()
      .all(),
  )
  const groupOf = (hash: string): string => {
    const cluster = clusters.get(hash)
    return cluster === undefined ? hash : `cluster ${cluster}`
  }
  const counts = new Map<string, number>()
  for (const [hash, count] of pairs.countsByDocument(selection)) {
    const group = groupOf(hash)
    counts.set(group, (counts.get(group) ?? 0) + count)
  }
  const splits = splitGroups(counts, shares, seed)
  return (hash) => splits.get(groupOf(hash)) ?? 'train'
}

function describeFilter({ id, rule, topN, retrievers }: NonNullable<ReturnType<PairVoteRepository['run']>>) {
  return { id, rule, topN, retrievers }
}

function splitLineage({ shares = USUAL_SHARES, seed = 1 }: BuildOptions) {
  return { split: { by: 'document', shares, seed } }
}

/** How many pairs each generator made: a data card says openly who wrote it. */
function generatorsOf(pairs: PairRepository, selection: PairSelection): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { generator, model, pairs: written } of pairs.counts(selection)) {
    const name = model === '' ? generator : `${generator}: ${model}`
    counts[name] = (counts[name] ?? 0) + written
  }
  return counts
}
