import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../../contracts/errors.ts'
import type {
  DatasetCounts,
  DatasetItem,
  DatasetRepository,
  DatasetSplit,
  MiningRunRepository,
  PairRecord,
  PairRepository,
  PairVoteRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import type { NegativeRule } from '../hard-negatives.ts'
import { levelNames } from '../mining/mine-job.ts'
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
}

export interface BuiltDataset extends DatasetCounts {
  readonly name: string
  readonly alpha: number | null
  /** Mined pairs that have no negative at this level and are therefore not in the set. */
  readonly skipped: number
  /** Negatives of training queries left out because their document belongs to dev or test. */
  readonly acrossSplits: number
}

/** The pairs that a filter run kept, as the data set "MTP". Replaces an earlier one of that name. */
export function buildMtp(deps: BuildDependencies, filterId: number, options: BuildOptions = {}): BuiltDataset {
  const run = deps.votes.run(filterId)
  if (!run) throw new WorkbenchError('NOT_FOUND', `There is no filter run ${filterId}.`)
  const pairs = deps.pairs.list({ keptBy: filterId })
  const splitOf = splitter(deps.db, pairs, options)
  const name = `${options.prefix ?? ''}MTP`
  const items = pairs.map((pair): DatasetItem => ({
    ...itemOf(pair, splitOf),
    positives: [[pair.positive.id, null]],
    negatives: [],
  }))
  const lineage = { filter: describeFilter(run), ...splitLineage(options), generators: generatorsOf(pairs) }
  const id = deps.db
    .transaction(() => deps.datasets.replace({ name, kind: 'MTP', alpha: null, lineage }, items))
    .immediate()
  return { name, alpha: null, skipped: 0, acrossSplits: 0, ...deps.datasets.counts(id) }
}

/**
 * One data set per level of a mining run: "MTT-0.65", "MTT-0.75", ... All of them, and the MTP of the same filter run, split
 * their documents alike, so that a model trained on one set after the other is never tested on what it was trained on.
 */
export function buildMtt(deps: BuildDependencies, miningId: number, options: BuildOptions = {}): BuiltDataset[] {
  const run = deps.mining.byId(miningId)
  if (!run || run.summary === null)
    throw new WorkbenchError('NOT_FOUND', `There is no complete mining run ${miningId}.`)
  const rule = run.rule as NegativeRule
  const pairs = deps.pairs.list(run.filterId === null ? {} : { keptBy: run.filterId })
  const splitOf = splitter(deps.db, pairs, options)
  const scores = deps.mining.positiveScores(miningId)
  const filter = run.filterId === null ? undefined : deps.votes.run(run.filterId)
  const lineage = {
    ...(filter ? { filter: describeFilter(filter) } : {}),
    mining: { id: run.id, retriever: run.retriever, version: run.version, rule, options: run.options },
    ...splitLineage(options),
    generators: generatorsOf(pairs),
  }
  return levelNames(rule).map((level, index) => {
    const name = `${options.prefix ?? ''}MTT-${level}`
    const alpha = rule.kind === 'percentage' ? rule.alphas[index]! : null
    let acrossSplits = 0
    let skipped = 0
    const items = pairs.flatMap((pair): DatasetItem[] => {
      const positiveScore = scores.get(pair.id)
      if (positiveScore === undefined) return []
      const item = itemOf(pair, splitOf)
      const mined = deps.mining.negatives(miningId, pair.id, index)
      // What dev and test ask about must not be trained on, not even as a wrong answer; the other way round nothing leaks.
      const negatives = mined.filter(
        ({ textId }) => item.split !== 'train' || splitOf(deps.trainingTexts.require(textId).documentHash) === 'train',
      )
      acrossSplits += mined.length - negatives.length
      if (negatives.length === 0) {
        skipped++
        return []
      }
      return [
        {
          ...item,
          positives: [[pair.positive.id, positiveScore]],
          negatives: negatives.map(({ textId, score }) => [textId, score] as const),
        },
      ]
    })
    const id = deps.db
      .transaction(() => deps.datasets.replace({ name, kind: 'MTT', alpha, lineage: { ...lineage, level } }, items))
      .immediate()
    return { name, alpha, skipped, acrossSplits, ...deps.datasets.counts(id) }
  })
}

function itemOf(pair: PairRecord, splitOf: (documentHash: string) => DatasetSplit) {
  const { intent, query, key: pairKey } = pair
  return { split: splitOf(pair.source.documentHash), intent, query, pairKey, extra: null }
}

/** The split of a document. Documents without pairs go with the group they are near copies of, else to train. */
function splitter(
  db: Database,
  pairs: readonly PairRecord[],
  { shares = USUAL_SHARES, seed = 1 }: BuildOptions,
): (documentHash: string) => DatasetSplit {
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
  for (const { source } of pairs) {
    const group = groupOf(source.documentHash)
    counts.set(group, (counts.get(group) ?? 0) + 1)
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
function generatorsOf(pairs: readonly PairRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { generator, model } of pairs) {
    const name = model === '' ? generator : `${generator}: ${model}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
