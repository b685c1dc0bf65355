// A small development set drawn from a full one: cheap to score often, and checked to order systems as the full set does.
import { sampleWithoutReplacement, seededRandom } from '../platform/seeded-random.ts'
import { IdSpellings } from './id-spelling.ts'
import { type MeasureName, rankDocuments } from './measures.ts'
import { metricsOf, type MetricsOptions } from './metrics-report.ts'
import { alignRun, type Qrels, type Run, type ScoredDocument } from './qrels-and-run.ts'
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

/**
 * A run with only the chosen queries and documents, ids spelled as in the corpus. For a retriever that scores each
 * document by itself (a dense one) this is the run over the small corpus, down to the depth of the full run; BM25's
 * document frequencies would differ.
 */
export function restrictRun(run: Run, devSet: DevSet): Run {
  const chosen = new IdSpellings(devSet.documentIds)
  const kept = new Map<string, readonly ScoredDocument[]>()
  for (const queryId of devSet.queryIds) {
    const documents = run.get(queryId)?.flatMap(({ docId, score }) => {
      const known = chosen.resolve(docId)
      return known === undefined ? [] : [{ docId: known, score }]
    })
    if (documents) kept.set(queryId, documents)
  }
  return kept
}

export interface DevSetReport {
  readonly measure: MeasureName
  /** Kendall's tau-b between the two orders of systems; undefined for fewer than two systems or all tied. */
  readonly kendallTauB: number | undefined
  readonly systems: readonly { readonly name: string; readonly full: number; readonly small: number }[]
  /** Share of texts (documents and queries) that need not be encoded. */
  readonly workSaved: number
  readonly fullTexts: number
  readonly smallTexts: number
}

/**
 * Scores systems on both sets. Judge the set by systems that did not fill its pool: those that did are favoured.
 * @param corpusSize number of documents in the full corpus.
 */
export function reportDevSet(
  corpusSize: number,
  qrels: Qrels,
  runs: ReadonlyMap<string, Run>,
  devSet: DevSet,
  { measure = 'nDCG@10', ...options }: MetricsOptions & { readonly measure?: MeasureName } = {},
): DevSetReport {
  const smallQrels = restrictQrels(qrels, devSet)
  const systems = [...runs].map(([name, run]) => {
    const aligned = alignRun(qrels, run)
    return {
      name,
      full: metricsOf(qrels, aligned, options).mean[measure],
      small: metricsOf(smallQrels, restrictRun(aligned, devSet), options).mean[measure],
    }
  })
  const fullTexts = corpusSize + qrels.size
  const smallTexts = devSet.documentIds.size + devSet.queryIds.length
  return {
    measure,
    kendallTauB: kendallTauB(
      systems.map((system) => system.full),
      systems.map((system) => system.small),
    ),
    systems,
    workSaved: 1 - smallTexts / fullTexts,
    fullTexts,
    smallTexts,
  }
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
