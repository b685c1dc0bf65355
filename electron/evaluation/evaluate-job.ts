import type { Database } from 'better-sqlite3'
import { WorkbenchError, textOf } from '../contracts/errors.ts'
import { said, type Wording } from '../contracts/wording.ts'
import type { Intent } from '../contracts/intents.ts'
import type { SearchMode } from '../contracts/search.ts'
import type { JobContext, JobHandler } from '../jobs/index.ts'
import type { InstalledModel } from '../retrieval/index.ts'
import type { EvaluatedQuery, EvaluationRepository, NewEvaluation } from '../storage/index.ts'
import { openBenchmark, type BenchmarkFacts } from './benchmark-dataset.ts'
import {
  runBenchmark,
  type BenchmarkDependencies,
  type BenchmarkProgress,
  type BenchmarkReport,
} from './benchmark-run.ts'
import { EvaluationInputError } from './input-error.ts'
import { LIBRARY_DATASET, readLibraryJudgements, runOnLibrary } from './library-benchmark.ts'

export interface EvaluateParams {
  /** A BEIR or DisastIR folder, or "library" for the judgements people gave in this library. */
  readonly dataset: string
  readonly split?: string | undefined
  readonly intent?: Intent | undefined
  readonly mode: SearchMode
  /** The model in use, unless given. */
  readonly model?: string | undefined
  readonly rerank?: boolean | undefined
  readonly unjudged: 'zero-fill' | 'ignore'
  /** What the list of evaluations calls it. */
  readonly name?: string | undefined
}

export interface Evaluated {
  readonly benchmark: BenchmarkFacts
  readonly model: Pick<InstalledModel, 'id' | 'version'> | undefined
  readonly report: BenchmarkReport
}

export interface EvaluateDependencies extends BenchmarkDependencies {
  /** The open library. */
  readonly db: Database
}

export interface FollowOptions<Progress = BenchmarkProgress> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Runs one evaluation.
 * @throws WorkbenchError BAD_INPUT for files that cannot be read, NO_MODEL, MODEL_INVALID.
 */
export async function evaluate(
  params: EvaluateParams,
  dependencies: EvaluateDependencies,
  follow: FollowOptions = {},
): Promise<Evaluated> {
  const { models } = dependencies
  try {
    if (params.dataset === LIBRARY_DATASET) return await evaluateLibrary(params, dependencies, follow)
    const benchmark = await openBenchmark(params.dataset, params)
    const model = params.mode === 'lexical' ? undefined : requireModel(models, params.model)
    const reranker = params.rerank ? requireReranker(models) : undefined
    const { mode, unjudged } = params
    const report = await runBenchmark(benchmark, { mode, unjudged, model, reranker, ...follow }, dependencies)
    return { benchmark, model, report }
  } catch (error) {
    throw explainInput(error)
  }
}

/** What is wrong with a file becomes an error that people are shown. */
export function explainInput(error: unknown): unknown {
  return error instanceof EvaluationInputError || error instanceof RangeError
    ? new WorkbenchError('BAD_INPUT', textOf(error), { cause: error })
    : error
}

async function evaluateLibrary(
  params: EvaluateParams,
  { db, models }: EvaluateDependencies,
  follow: FollowOptions,
): Promise<Evaluated> {
  const judgements = readLibraryJudgements(db)
  const model = params.mode === 'lexical' ? undefined : requireModel(models, params.model)
  const { mode, unjudged, rerank = false } = params
  const report = await runOnLibrary(db, models, judgements, { mode, unjudged, rerank, modelId: model?.id, ...follow })
  return { benchmark: judgements.facts, model, report }
}

/** Evaluations in the background, stored with their values per query. */
export class EvaluateJob implements JobHandler<EvaluateParams, { evaluationId: number }> {
  readonly kind = 'evaluate'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: EvaluateDependencies & { readonly evaluations: EvaluationRepository }

  constructor(dependencies: EvaluateDependencies & { readonly evaluations: EvaluationRepository }) {
    this.#deps = dependencies
  }

  title({ dataset, mode, model }: EvaluateParams): Wording {
    return said`Evaluate ${mode === 'lexical' ? said`keyword search` : (model ?? said`the model in use`)} on ${lastPart(dataset)}`
  }

  async run({ params, signal, report, log }: JobContext<EvaluateParams>): Promise<{ evaluationId: number }> {
    const evaluated = await evaluate(params, this.#deps, {
      signal,
      onProgress: ({ stage, ...counts }) => report({ stages: [{ name: stage, ...counts }] }),
    })
    for (const note of evaluated.report.notes) log('warning', note)
    return { evaluationId: storeEvaluation(this.#deps.evaluations, params, evaluated) }
  }
}

/** @returns the id under which an evaluation is kept. */
export function storeEvaluation(
  evaluations: EvaluationRepository,
  { mode, name, rerank, unjudged }: Pick<EvaluateParams, 'name' | 'rerank' | 'unjudged'> & { mode: SearchMode | 'run' },
  { benchmark, model, report }: Evaluated,
): number {
  const system = model?.id ?? 'Keywords'
  const usual = (mode === 'hybrid' ? `${system} and keywords` : system) + (rerank ? ', reranked' : '')
  const record: NewEvaluation = {
    name: name ?? usual,
    dataset: benchmark.name,
    datasetPath: benchmark.path,
    datasetHash: benchmark.hash,
    split: benchmark.split,
    ...{ mode, unjudged },
    modelId: model?.id ?? null,
    modelVersion: model?.version ?? null,
    queries: report.queries,
    seconds: report.seconds,
    metrics: report.metrics,
    byIntent: report.byIntent,
  }
  return evaluations.add(record, evaluatedQueries(benchmark, report))
}

function* evaluatedQueries(benchmark: BenchmarkFacts, report: BenchmarkReport): Generator<EvaluatedQuery> {
  for (const { id, text, intent, eventGroup = null } of benchmark.queries) {
    const measures = report.perQuery[id]
    if (measures) yield { queryId: id, intent, eventGroup, text, measures, top: report.top.get(id) ?? [] }
  }
}

function requireModel(models: EvaluateDependencies['models'], id: string | undefined): InstalledModel {
  const wanted = id ?? models.preferredId
  if (wanted === undefined) {
    throw new WorkbenchError('NO_MODEL', said`No model is in use. Name one with --model, or use --mode lexical.`)
  }
  const model = models.registry.require(wanted)
  if (model.kind === 'embedding') return model
  throw new WorkbenchError(
    'BAD_INPUT',
    said`"${wanted}" is a reranker; it cannot rank a corpus. Add --rerank to another model.`,
  )
}

function requireReranker(models: EvaluateDependencies['models']): InstalledModel {
  const model = models.installedReranker()
  if (model) return model
  throw new WorkbenchError(
    'NO_MODEL',
    said`No reranker is installed. Import a cross-encoder folder: dmr models import FOLDER.`,
  )
}

function lastPart(path: string): string {
  return path.split(/[/\\]/u).findLast((part) => part !== '') ?? path
}
