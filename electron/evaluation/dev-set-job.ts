import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said, type Wording } from '../contracts/wording.ts'
import type { Intent } from '../contracts/intents.ts'
import type { SearchMode } from '../contracts/search.ts'
import type { JobContext, JobHandler } from '../jobs/index.ts'
import type { InstalledModel } from '../retrieval/index.ts'
import type { DevSetRepository } from '../storage/index.ts'
import { writeBeir } from './beir.ts'
import { openBenchmark, type Benchmark } from './benchmark-dataset.ts'
import {
  runBenchmark,
  type BenchmarkDependencies,
  type BenchmarkProgress,
  type BenchmarkReport,
} from './benchmark-run.ts'
import { explainInput, type FollowOptions } from './evaluate-job.ts'
import {
  chooseDevSet,
  orderAgreement,
  restrictQrels,
  type DevSet,
  type DevSetReport,
  type DevSetSystem,
} from './small-dev-set.ts'

export interface DevSetParams {
  /** A BEIR or DisastIR folder. */
  readonly dataset: string
  readonly split?: string | undefined
  readonly intent?: Intent | undefined
  /** Where the BEIR folder of the small set goes: a new or empty folder, or an earlier dev set. */
  readonly output: string
  /** Queries to draw, shares kept by intent; default 100. */
  readonly queries?: number | undefined
  /** Documents from the top of the keyword ranking and of the first model's, per query; default 20. */
  readonly poolDepth?: number | undefined
  /** Random documents on top, as a share of the corpus; default .02. */
  readonly fillShare?: number | undefined
  readonly seed?: number | undefined
  /** Installed models to compare the two sets with; the first one's best documents go into the set. Default: all, the one in use first. */
  readonly models?: readonly string[] | undefined
}

interface System {
  readonly name: string
  readonly mode: SearchMode
  readonly model?: InstalledModel
  readonly pooled: boolean
}

const MEASURE = 'nDCG@10'
const QUERIES = 100
/** Tells a folder that we wrote, and may write again, from anything else. */
const REPORT_FILE = 'dev-set.json'

/**
 * Makes a small development set from a full one and measures, with the systems there are, whether it orders them alike:
 * each is run on both sets for real.
 * @throws WorkbenchError BAD_INPUT for files that cannot be read and an output folder that holds something else.
 */
export async function buildDevSet(
  params: DevSetParams,
  dependencies: BenchmarkDependencies,
  { signal, onProgress }: FollowOptions<BenchmarkProgress & { readonly system: string; readonly set: string }> = {},
): Promise<DevSetReport> {
  const output = resolve(params.output)
  await requireFree(output)
  const systems = systemsOf(dependencies, params.models)
  const run = (benchmark: Benchmark, { name, mode, model }: System) =>
    runBenchmark(
      benchmark,
      {
        ...{ mode, model, signal, unjudged: 'zero-fill' },
        onProgress: (progress) => onProgress?.({ ...progress, system: name, set: benchmark.name }),
      },
      dependencies,
    )
  try {
    const full = await openBenchmark(params.dataset, params)
    const fullReports = new Map<System, BenchmarkReport>()
    for (const system of systems) fullReports.set(system, await run(full, system))

    const documentIds: string[] = []
    for await (const { id } of full.documents()) documentIds.push(id)
    const intents = new Map(full.queries.map(({ id, intent }) => [id, intent]))
    const qrels = full.qrels(new Set(documentIds))
    const pool = new Map(systems.filter(({ pooled }) => pooled).map((one) => [one.name, fullReports.get(one)!.run]))
    const { queries = QUERIES, poolDepth, fillShare, seed } = params
    const devSet = chooseDevSet(documentIds, qrels, pool, {
      ...{ queries, groupOf: (id: string) => intents.get(id) ?? '' },
      ...(poolDepth === undefined ? {} : { poolDepth }),
      ...(fillShare === undefined ? {} : { fillShare }),
      ...(seed === undefined ? {} : { seed }),
    })

    const draft = `${output}.partial`
    await rm(draft, { recursive: true, force: true })
    try {
      await writeSmallSet(draft, full, qrels, devSet)
      const small = await openBenchmark(draft)
      const rows: DevSetSystem[] = []
      for (const system of systems) {
        const [before, after] = [fullReports.get(system)!, await run(small, system)]
        rows.push({
          ...{ name: system.name, pooled: system.pooled },
          ...{ full: before.metrics[MEASURE], small: after.metrics[MEASURE] },
          ...{ fullSeconds: before.seconds, smallSeconds: after.seconds },
        })
      }
      const { queryIds, documentIds: kept, ...counts } = devSet
      const report: DevSetReport = {
        ...{ dataset: full.name, split: full.split, measure: MEASURE, queries: queryIds.length, ...counts },
        ...{ kendallTauB: orderAgreement(rows), systems: rows },
        fullTexts: documentIds.length + full.queries.length,
        smallTexts: kept.size + queryIds.length,
      }
      await writeFile(join(draft, REPORT_FILE), `${JSON.stringify({ ...report, seed: seed ?? 1 }, null, 2)}\n`)
      await rm(output, { recursive: true, force: true })
      await mkdir(dirname(output), { recursive: true })
      await rename(draft, output)
      return report
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  } catch (error) {
    throw explainInput(error)
  }
}

/** Making small dev sets in the background; each is kept in the library's list with its report. */
export class DevSetJob implements JobHandler<DevSetParams, DevSetReport> {
  readonly kind = 'dev-set'
  readonly lane = 'compute'
  readonly pausable = false
  readonly afterRestart = 'resume'
  readonly #deps: BenchmarkDependencies & { readonly devSets: DevSetRepository<DevSetReport> }

  constructor(dependencies: BenchmarkDependencies & { readonly devSets: DevSetRepository<DevSetReport> }) {
    this.#deps = dependencies
  }

  title({ dataset }: DevSetParams): Wording {
    return said`Make a small test set from ${basename(dataset)}`
  }

  async run({ params, signal, report }: JobContext<DevSetParams>): Promise<DevSetReport> {
    const made = await buildDevSet(params, this.#deps, {
      signal,
      onProgress: ({ stage, system, set, ...counts }) =>
        report({ stages: [{ name: stage, ...counts }], current: `${set}: ${system}` }),
    })
    this.#deps.devSets.add(basename(params.output), resolve(params.output), made)
    return made
  }
}

function systemsOf({ models }: BenchmarkDependencies, wanted: readonly string[] | undefined): System[] {
  const usable = models.registry
    .list()
    .filter(({ kind, problem }) => kind === 'embedding' && problem === undefined)
    .sort((a, b) => Number(b.id === models.active?.modelId) - Number(a.id === models.active?.modelId))
  const chosen = wanted?.map((id) => models.registry.require(id)) ?? usable
  return [
    { name: 'Keywords', mode: 'lexical', pooled: true },
    ...chosen.flatMap((model, i): System[] => [
      { name: model.id, mode: 'dense', model, pooled: i === 0 },
      { name: `${model.id} and keywords`, mode: 'hybrid', model, pooled: false },
    ]),
  ]
}

async function requireFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw new WorkbenchError('BAD_INPUT', said`${folder} cannot be used (${error.message}). Name a new folder.`)
  })
  if (names.length > 0 && !names.includes(REPORT_FILE))
    throw new WorkbenchError('BAD_INPUT', said`${folder} holds other files. Name a new or an empty folder.`)
}

async function writeSmallSet(folder: string, full: Benchmark, qrels: ReturnType<Benchmark['qrels']>, set: DevSet) {
  const chosen = new Set(set.queryIds)
  async function* documents() {
    for await (const document of full.documents()) if (set.documentIds.has(document.id)) yield document
  }
  await writeBeir(folder, {
    documents: documents(),
    queries: full.queries
      .filter(({ id }) => chosen.has(id))
      .map(({ id, text, intent, eventGroup }) => ({
        ...{ id, text },
        metadata: { intent, ...(eventGroup === undefined ? {} : { event_group: eventGroup }) },
      })),
    qrels: new Map([['test', restrictQrels(qrels, set)]]),
  })
}
