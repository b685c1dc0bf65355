// The embedded model on BEIR folders: alone, and fused with a keyword run.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  alignRun,
  metricsOf,
  openBeir,
  readBeirCorpus,
  readRun,
  type Qrels,
  type Run,
} from '../../electron/evaluation/index.ts'
import { fuse, type RankedPassage, topPassages } from '../../electron/retrieval/index.ts'
import { fuseScores } from '../../electron/retrieval/score-fusion.ts'

/** Depth of both rankings before they are fused. */
const DEPTH = 200

export interface Benchmark {
  readonly name: string
  readonly queryIds: readonly string[]
  readonly queries: readonly string[]
  readonly docIds: readonly string[]
  readonly documents: readonly string[]
  readonly qrels: Qrels
  readonly keyword: Run
}

export interface BenchmarkScores {
  readonly name: string
  readonly keyword: number
  readonly dense: number
  /** By kind of fusion and weight of the dense ranking. */
  readonly hybrid: Readonly<Record<string, number>>
}

/** Reads a BEIR folder and the keyword run that belongs to it. */
export async function readBenchmark(folder: string, name: string, runFile: string): Promise<Benchmark> {
  const beir = await openBeir(join(folder, name))
  const [docIds, documents]: [string[], string[]] = [[], []]
  for await (const { id, title, text } of readBeirCorpus(join(folder, name))) {
    docIds.push(id)
    documents.push(title === '' ? text : `${title} ${text}`)
  }
  const judged = [...beir.qrels.keys()].filter((id) => beir.queries.has(id))
  if (!existsSync(runFile)) throw new Error(`${runFile}: no such run`)
  return {
    name,
    queryIds: judged,
    queries: judged.map((id) => beir.queries.get(id)!.text),
    docIds,
    documents,
    qrels: beir.qrels,
    keyword: alignRun(beir.qrels, await readRun(runFile)),
  }
}

/** Weights of the dense ranking to try in each kind of fusion. */
export interface FusionWeights {
  readonly rank: readonly number[]
  readonly score: readonly number[]
}

/**
 * nDCG@10 of the keyword run, of dense search, and of both fused by ranks (k = 60) or by scores, at several weights of the dense ranking.
 *
 * @param embed vectors of length 1, `[texts, dimensions]`
 */
export async function scoreBenchmark(
  benchmark: Benchmark,
  embed: (texts: readonly string[]) => Promise<Float32Array> | Float32Array,
  dimensions: number,
  weights: FusionWeights,
): Promise<BenchmarkScores> {
  const { queryIds, docIds, qrels, keyword } = benchmark
  const vectors = await embed(benchmark.documents)
  const passageIds = Float64Array.from(docIds.keys())
  const top = await topPassages(await embed(benchmark.queries), [{ passageIds, vectors }], { dimensions, k: DEPTH })
  const indexOf = new Map(docIds.map((id, index) => [id, index]))
  const ndcg = (run: Run) => metricsOf(qrels, run).mean['nDCG@10']
  const named = (ranking: readonly { passageId: number; score: number }[]) =>
    ranking.map(({ passageId, score }) => ({ docId: docIds[passageId]!, score }))
  const rankings = queryIds.map((id, query) => ({
    id,
    dense: top.of(query),
    keyword: [...(keyword.get(id) ?? [])]
      .sort((a, b) => b.score - a.score)
      .slice(0, DEPTH)
      .flatMap(({ docId, score }) => {
        const passageId = indexOf.get(docId) ?? indexOf.get(docId.replaceAll('_', ' '))
        return passageId === undefined ? [] : [{ passageId, score }]
      }),
  }))
  const fused = (
    merge: (lexical: readonly RankedPassage[], dense: readonly RankedPassage[]) => RankedPassage[],
  ): number => ndcg(new Map(rankings.map(({ id, dense, keyword: lexical }) => [id, named(merge(lexical, dense))])))
  const byRank = weights.rank.map((weight) => [
    `ranks, ${weight}`,
    fused((lexical, dense) =>
      fuse([
        { name: 'lexical', ranking: lexical },
        { name: 'dense', ranking: dense, weight },
      ]),
    ),
  ])
  const byScore = weights.score.map((weight) => [
    `scores, ${weight}`,
    fused((lexical, dense) =>
      fuseScores([
        { name: 'lexical', ranking: lexical },
        { name: 'dense', ranking: dense, weight },
      ]),
    ),
  ])
  return {
    name: benchmark.name,
    keyword: ndcg(new Map(rankings.map(({ id, keyword: ranking }) => [id, named(ranking)]))),
    dense: ndcg(new Map(rankings.map(({ id, dense }) => [id, named(dense)]))),
    hybrid: Object.fromEntries([...byRank, ...byScore]),
  }
}
