// A small development set drawn from a full one: cheap to score often, and checked to order systems as the full set does.
import { sampleWithoutReplacement, seededRandom } from '../platform/seeded-random.ts'
import { IdSpellings } from './id-spelling.ts'
import { rankDocuments, type MeasureName } from './measures.ts'
import { alignRun, type Qrels, type Run } from './qrels-and-run.ts'
import { kendallTauB } from './rank-correlation.ts'

export interface DevSetOptions {
  /** How many queries to draw; all when left out. With `groupOf`, shares are kept per group. */
  readonly queries?: number
  /** Group of a query (its intent, say), so that a draw keeps every group. */
  readonly groupOf?: (queryId: string) => string
  /** Documents taken from the top of each run, per query: the hard distractors. */
  readonly poolDepth?: number
  /** Random documents added on top, as a share of the full corpus. */
  readonly fillShare?: number
  readonly seed?: number
}

export interface DevSet {
  readonly queryIds: readonly string[]
  readonly documentIds: ReadonlySet<string>
  /** How many documents each source added; a document counts where it came first. */
  readonly judgedDocuments: number
  readonly pooledDocuments: number
  readonly randomDocuments: number
}

/**
 * Chooses queries and documents: every judged document of the chosen queries, the top of the given runs, and random ones.
 * @param documentIds every id of the full corpus. Judged and retrieved ids outside it are left out.
 * @param runs system name -> run over the full corpus.
 */
export function chooseDevSet(
  documentIds: readonly string[],
  qrels: Qrels,
  runs: ReadonlyMap<string, Run>,
  { queries = Infinity, groupOf, poolDepth = 20, fillShare = 0.02, seed = 1 }: DevSetOptions = {},
): DevSet {
  const random = seededRandom(seed)
  const corpus = new IdSpellings(new Set(documentIds))
  const queryIds = drawQueries([...qrels.keys()], queries, groupOf, random)
  const chosen = new Set<string>()
  const add = (id: string) => {
    const known = corpus.resolve(id)
    if (known !== undefined) chosen.add(known)
  }
  for (const queryId of queryIds) for (const docId of qrels.get(queryId)?.keys() ?? []) add(docId)
  const judgedDocuments = chosen.size
  for (const run of runs.values()) {
    const aligned = alignRun(qrels, run)
    for (const queryId of queryIds) {
      for (const { docId } of rankDocuments(aligned.get(queryId) ?? []).slice(0, poolDepth)) add(docId)
    }
  }
  const pooledDocuments = chosen.size - judgedDocuments
  const others = documentIds.filter((id) => !chosen.has(id))
  for (const id of sampleWithoutReplacement(others, Math.round(documentIds.length * fillShare), random)) chosen.add(id)
  return {
    queryIds,
    documentIds: chosen,
    judgedDocuments,
    pooledDocuments,
    randomDocuments: chosen.size - judgedDocuments - pooledDocuments,
  }
}

/** Judgements of the chosen queries; the documents need no cut, since every judged one is in the set. */
export function restrictQrels(qrels: Qrels, devSet: DevSet): Qrels {
  return new Map(devSet.queryIds.map((id) => [id, qrels.get(id) ?? new Map<string, number>()]))
}

/** One system on both sets. */
export interface DevSetSystem {
  readonly name: string
  /** Mean of the measure over all queries of the full and of the small set. */
  readonly full: number
  readonly small: number
  readonly fullSeconds: number
  readonly smallSeconds: number
  /** Whether its own best documents went into the set, which favours it. */
  readonly pooled: boolean
}

export interface DevSetReport extends Omit<DevSet, 'queryIds' | 'documentIds'> {
  readonly dataset: string
  readonly split: string | null
  readonly measure: MeasureName
  readonly queries: number
  /** Kendall's tau-b between the two orders of systems; null for fewer than two systems or all tied. */
  readonly kendallTauB: number | null
  readonly systems: readonly DevSetSystem[]
  /** Documents and queries to read for one evaluation. */
  readonly fullTexts: number
  readonly smallTexts: number
}

/** How well the small set stands in for the full one. */
export function orderAgreement(systems: readonly DevSetSystem[]): number | null {
  const values = (key: 'full' | 'small') => systems.map((system) => system[key])
  return kendallTauB(values('full'), values('small')) ?? null
}

/** Draws from each group its share, at least one query a group, so that a small draw loses no intent. */
function drawQueries(
  ids: readonly string[],
  count: number,
  groupOf: ((id: string) => string) | undefined,
  random: () => number,
): string[] {
  if (count >= ids.length) return [...ids]
  const groups = Map.groupBy(ids, (id) => groupOf?.(id) ?? '')
  const drawn = new Set<string>()
  for (const members of groups.values()) {
    const share = Math.max(1, Math.round((count * members.length) / ids.length))
    for (const id of sampleWithoutReplacement(members, share, random)) drawn.add(id)
  }
  return ids.filter((id) => drawn.has(id))
}
