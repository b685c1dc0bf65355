import { seededRandom } from '../../platform/seeded-random.ts'
import { DATASET_SPLITS, type DatasetSplit } from '../../storage/index.ts'

/** Shares of the pairs; they add up to 1. */
export type SplitShares = Readonly<Record<DatasetSplit, number>>

export const USUAL_SHARES: SplitShares = { train: 0.8, dev: 0.1, test: 0.1 }

/**
 * Gives every group of documents to one split, so that no text of a training document is asked about in dev or test.
 * Groups go, largest first, to the split that is furthest below its share; equal ones in an order drawn by the seed. Where
 * there are enough groups no split with a share stays empty.
 * @param pairsOfGroup group (documents that are near copies of each other) -> number of pairs.
 * @throws RangeError for shares that do not add up to 1.
 */
export function splitGroups(
  pairsOfGroup: ReadonlyMap<string, number>,
  shares: SplitShares = USUAL_SHARES,
  seed = 1,
): Map<string, DatasetSplit> {
  const sum = DATASET_SPLITS.reduce((total, split) => total + shares[split], 0)
  if (Math.abs(sum - 1) > 1e-6 || DATASET_SPLITS.some((split) => !(shares[split] >= 0)))
    throw new RangeError(`split shares ${DATASET_SPLITS.map((split) => shares[split]).join(', ')} do not add up to 1`)
  const random = seededRandom(seed)
  const groups = [...pairsOfGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, pairs]) => ({ group, pairs, draw: random() }))
    .sort((a, b) => b.pairs - a.pairs || a.draw - b.draw)
  const total = groups.reduce((count, { pairs }) => count + pairs, 0)
  const filled: Record<DatasetSplit, number> = { train: 0, dev: 0, test: 0 }
  const result = new Map<string, DatasetSplit>()
  for (const { group, pairs } of groups) {
    const wanting = DATASET_SPLITS.filter((split) => shares[split] > 0).map((split) => ({
      split,
      lacks: shares[split] * total - filled[split],
    }))
    // The first of the largest: train before dev before test.
    const { split } = wanting.reduce((most, other) => (other.lacks > most.lacks ? other : most))
    filled[split] += pairs
    result.set(group, split)
  }
  for (const empty of DATASET_SPLITS.filter((split) => shares[split] > 0 && filled[split] === 0)) {
    // A few large documents can fill train alone; the smallest of the split with most documents moves over.
    const members = DATASET_SPLITS.map((split) => groups.filter(({ group }) => result.get(group) === split))
    const most = members.reduce((a, b) => (b.length > a.length ? b : a))
    if (most.length > 1) result.set(most.at(-1)!.group, empty)
  }
  return result
}
