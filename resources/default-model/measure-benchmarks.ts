// The embedded model on BEIR folders, by the retrievers of the application: alone, and fused with keyword search in several ways.
import { join } from 'node:path'
import {
  type BenchmarkDependencies,
  metricsOf,
  openBenchmark,
  type Qrels,
  type Run,
  runBenchmark,
} from '../../electron/evaluation/index.ts'
import {
  fuse,
  type FusionLeg,
  fuseScores,
  type InstalledModel,
  LEG_DEPTH,
  type RankedPassage,
} from '../../electron/retrieval/index.ts'

export const DEV_BENCHMARKS = ['scifact', 'climate-fever-sent', 'covid-faq', 'cranfield'] as const
/** Weights of the meaning leg beside a keyword leg of 1. */
const RANK_WEIGHTS = [0.2, 0.35, 0.5] as const
/** Shares of the meaning leg. */
const SCORE_SHARES = [0.2, 0.3, 0.4, 0.5] as const

/** nDCG@10 of one way to search: a number a benchmark, in the order of {@link DEV_BENCHMARKS}. */
export interface BenchmarkRow {
  readonly label: string
  readonly ndcg: readonly number[]
}

/** @throws EvaluationInputError naming the folder that is missing or cannot be read */
export async function measureBenchmarks(
  folder: string,
  model: InstalledModel,
  dependencies: BenchmarkDependencies,
): Promise<readonly BenchmarkRow[]> {
  const columns: ReadonlyMap<string, number>[] = []
  for (const name of DEV_BENCHMARKS) {
    const benchmark = await openBenchmark(join(folder, name))
    const ask = async (mode: 'lexical' | 'dense' | 'hybrid') =>
      (await runBenchmark(benchmark, { mode, model, unjudged: 'zero-fill' }, dependencies)).run
    const [lexical, dense, hybrid] = [await ask('lexical'), await ask('dense'), await ask('hybrid')]
    const ids = new Set<string>()
    for await (const { id } of benchmark.documents()) ids.add(id)
    columns.push(scoreFusions(benchmark.qrels(ids), { lexical, dense, hybrid }))
  }
  return [...columns[0]!.keys()].map((label) => ({ label, ndcg: columns.map((column) => column.get(label)!) }))
}

interface Legs {
  readonly lexical: Run
  readonly dense: Run
  /** As the application fuses. */
  readonly hybrid: Run
}

function scoreFusions(qrels: Qrels, { lexical, dense, hybrid }: Legs): ReadonlyMap<string, number> {
  const ndcg = (run: Run) => metricsOf(qrels, run).mean['nDCG@10']
  const merged = (merge: (legs: [FusionLeg<'lexical'>, FusionLeg<'dense'>]) => readonly RankedPassage[]): number => {
    const numbers = new DocumentNumbers()
    const leg = (run: Run, queryId: string) =>
      (run.get(queryId) ?? []).slice(0, LEG_DEPTH).map(({ docId, score }) => ({ passageId: numbers.of(docId), score }))
    const run: Run = new Map(
      [...lexical.keys()].map((id) => [
        id,
        merge([
          { name: 'lexical', ranking: leg(lexical, id) },
          { name: 'dense', ranking: leg(dense, id) },
        ]).map(({ passageId, score }) => ({ docId: numbers.nameOf(passageId), score })),
      ]),
    )
    return ndcg(run)
  }
  return new Map([
    ['keyword search', ndcg(lexical)],
    ['this model alone', ndcg(dense)],
    ...RANK_WEIGHTS.map((weight): [string, number] => [
      `fused by ranks (k = 60), weight ${weight}`,
      merged(([first, second]) => fuse<'lexical' | 'dense'>([first, { ...second, weight }])),
    ]),
    ...SCORE_SHARES.map((share): [string, number] => [
      `fused by scores, share ${share}`,
      merged(([first, second]) =>
        fuseScores<'lexical' | 'dense'>([
          { ...first, weight: 1 - share },
          { ...second, weight: share },
        ]),
      ),
    ]),
    ['as the application fuses', ndcg(hybrid)],
  ])
}

/** Fusion works with passage numbers, runs with the names of documents. */
class DocumentNumbers {
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()

  of(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  nameOf(number: number): string {
    return this.#names[number]!
  }
}
