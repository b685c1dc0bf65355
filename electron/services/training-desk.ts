import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { loadKernels } from '../../native/index.ts'
import { WorkbenchError } from '../contracts/errors.ts'
import { measureQuery } from '../evaluation/index.ts'
import { sampleLibraryFolder } from '../ingestion/index.ts'
import { exportJsonl } from '../refinement/index.ts'
import { DatasetRepository, TrainingTextRepository, type TrainingRunRecord } from '../storage/index.ts'
import {
  estimateRun,
  exportForCluster,
  parseRecipe,
  prepareRun,
  RunControl,
  TrainingError,
  variantOf,
  writeSamplePairs,
  type Recipe,
  type RunEstimate,
} from '../training/index.ts'
import { Library } from './library.ts'

/** Data of a recipe that means: pairs made from the sample library. */
const SAMPLE_DATA = 'sample-library'

export interface TrainingRequest {
  readonly recipe: Recipe
  /** A data set of this library by name, a `.jsonl` file or a folder of them; default: what the recipe names. */
  readonly dataset?: string | undefined
  /** An installed model or a model folder; default: what the recipe names. */
  readonly model?: string | undefined
}

/** Starting, resuming and estimating training runs of one library. */
export class TrainingDesk {
  readonly #library: Library

  constructor(library: Library) {
    this.#library = library
  }

  /** Names of the recipes that come with the application. */
  async recipeNames(): Promise<string[]> {
    const names = await readdir(this.#recipesFolder)
    return names
      .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
      .map((name) => basename(name, '.json'))
  }

  /**
   * Reads a recipe by its name, or from a file.
   * @returns one recipe, or one for each of its variants.
   * @throws WorkbenchError BAD_INPUT naming the file and the setting.
   */
  async recipes(nameOrFile: string, variant?: string): Promise<readonly Recipe[]> {
    const known = join(this.#recipesFolder, `${nameOrFile}.json`)
    const file = nameOrFile.endsWith('.json') ? nameOrFile : known
    const text = await readFile(file, 'utf8').catch(async () => {
      const names = (await this.recipeNames()).join(', ')
      throw new WorkbenchError('BAD_INPUT', `There is no recipe ${nameOrFile}. Name a .json file, or one of ${names}.`)
    })
    return explained(() => {
      const recipe = parseRecipe(file, text)
      if (variant !== undefined) return [variantOf(recipe, variant)]
      return recipe.variants ? recipe.variants.map(({ name }) => variantOf(recipe, name)) : [recipe]
    })
  }

  /** Queues a new run. @throws WorkbenchError BAD_INPUT, NO_MODEL. */
  async start(request: TrainingRequest, tensorBoard?: string): Promise<{ run: TrainingRunRecord; jobId: number }> {
    this.#library.requireWritable()
    const { recipe } = request
    const data = await this.#dataOf(request)
    const model = this.#modelOf(request) ?? null
    const run = this.#library.repositories.trainingRuns.add({ name: recipe.name, recipe, data, model }, (id) =>
      join(this.#library.platform.paths.data, 'training', `${this.#library.name}-${id}-${recipe.name}`),
    )
    await rm(run.folder, { recursive: true, force: true })
    return { run, jobId: this.#enqueue(run.id, tensorBoard) }
  }

  /** Queues an unfinished run again, from its last checkpoint. @throws WorkbenchError NOT_FOUND, BAD_INPUT. */
  resume(runId: number, tensorBoard?: string): { run: TrainingRunRecord; jobId: number } {
    this.#library.requireWritable()
    const run = this.#library.repositories.trainingRuns.byId(runId)
    if (!run) throw new WorkbenchError('NOT_FOUND', `There is no training run ${runId}.`)
    if (run.result !== null)
      throw new WorkbenchError('BAD_INPUT', `Run ${runId} (${run.name}) has ended. Start a new one.`)
    const waiting = this.#library.repositories.jobs
      .unfinished()
      .find(({ kind, params }) => kind === 'train' && (params as { runId?: number }).runId === runId)
    if (waiting) return { run, jobId: this.#library.queue.resume(waiting.id).id }
    return { run, jobId: this.#enqueue(runId, tensorBoard) }
  }

  /** Measures what a run would cost, in this process. */
  async estimate(request: TrainingRequest): Promise<RunEstimate> {
    const folder = join(this.#library.platform.paths.data, 'training', `.estimate-${process.pid}`)
    try {
      const prepared = await prepareRun({
        recipe: request.recipe,
        folder,
        data: await this.#dataOf(request),
        model: this.#modelOf(request),
        kernels: await loadKernels(),
        measure: (relevant, ranked) =>
          measureQuery(
            new Map([...relevant].map((id) => [id, 1])),
            ranked.map((docId, rank) => ({ docId, score: -rank })),
          )['nDCG@10'],
        control: new RunControl(),
        emit: () => {},
      })
      return await estimateRun(prepared)
    } catch (error) {
      throw asWorkbenchError(error)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Writes data and launch scripts for a cluster. @returns how many examples were written. */
  async exportForCluster(request: TrainingRequest, folder: string): Promise<number> {
    const { recipe } = request
    const model = request.model ?? (typeof recipe.model === 'string' ? recipe.model : undefined)
    if (model === undefined)
      throw new WorkbenchError('BAD_INPUT', 'Name the backbone as the cluster knows it: --model Qwen/Qwen3-4B, say.')
    try {
      return await exportForCluster({ recipe, data: await this.#dataOf(request), model, folder: resolve(folder) })
    } catch (error) {
      throw asWorkbenchError(error)
    }
  }

  get #recipesFolder(): string {
    return join(this.#library.platform.paths.resources, 'recipes')
  }

  #enqueue(runId: number, tensorBoard: string | undefined): number {
    const params = { runId, ...(tensorBoard === undefined ? {} : { tensorBoard: resolve(tensorBoard) }) }
    return this.#library.queue.enqueue('train', params).id
  }

  #modelOf({ recipe, model }: TrainingRequest): string | undefined {
    const wanted = model ?? (typeof recipe.model === 'string' ? recipe.model : undefined)
    if (wanted === undefined) return undefined
    const installed = this.#library.models.registry.find(wanted)
    if (installed) return this.#library.models.registry.require(wanted).path
    if (existsSync(wanted)) return resolve(wanted)
    return this.#library.models.registry.require(wanted).path
  }

  async #dataOf({ recipe, dataset }: TrainingRequest): Promise<string> {
    const wanted = dataset ?? recipe.data
    if (wanted === undefined)
      throw new WorkbenchError(
        'BAD_INPUT',
        `Recipe ${recipe.name} names no data. Give a data set: --dataset with a name, a .jsonl file or a folder of them.`,
      )
    if (wanted === SAMPLE_DATA) return this.#sampleData()
    if (await stat(wanted).catch(() => undefined)) return resolve(wanted)
    const { db } = this.#library
    const store = {
      datasets: new DatasetRepository(db),
      trainingTexts: new TrainingTextRepository(db),
      atomically: <T>(action: () => T): T => db.transaction(action)(),
    }
    const record = store.datasets.byName(wanted)
    if (!record)
      throw new WorkbenchError(
        'BAD_INPUT',
        `${wanted}: no such file or folder, and this library has no data set of that name.`,
      )
    const folder = join(this.#library.platform.paths.data, 'training', 'data', `${this.#library.name}-${record.id}`)
    await exportJsonl(store, record, folder)
    return folder
  }

  /** Reads the sample library into a library of its own and makes pairs of it, once. */
  async #sampleData(): Promise<string> {
    const { platform } = this.#library
    const folder = join(platform.paths.data, 'training', 'data', SAMPLE_DATA)
    const file = join(folder, 'QA.jsonl')
    if (existsSync(file)) return folder
    const library = new Library(platform, join(folder, 'library.db'))
    try {
      library.start({ watch: false })
      const source = await library.addSource(sampleLibraryFolder(platform.paths.resources), {
        watched: false,
        isSample: true,
      })
      await library.queue.result(library.index({ sourceIds: [source.id] }))
      await writeSamplePairs(library.db, file)
    } finally {
      await library.close()
    }
    return folder
  }
}

function explained<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw asWorkbenchError(error)
  }
}

function asWorkbenchError(error: unknown): unknown {
  return error instanceof TrainingError ? new WorkbenchError('BAD_INPUT', error.message, { cause: error }) : error
}
