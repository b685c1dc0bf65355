import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import type { RandomModel } from '../../contracts/recipe.ts'
import type {
  BackboneChoice,
  RecipeCard,
  RecipeProblem,
  TrainingDataChoice,
  TrainingDevice,
} from '../../contracts/training.ts'
import { sampleLibraryFolder } from '../../ingestion/index.ts'
import { exportJsonl } from '../../refinement/index.ts'
import type { InstalledModel } from '../../retrieval/index.ts'
import { DatasetRepository, TrainingTextRepository } from '../../storage/index.ts'
import {
  checkRecipe,
  parseRecipe,
  plannedStages,
  TrainingError,
  variantOf,
  writeSamplePairs,
  type Recipe,
} from '../../training/index.ts'
import { Library } from '../library.ts'

/** Data of a recipe that means: pairs made from the sample library. */
const SAMPLE_DATA = 'sample-library'

/** Architectures that attend to earlier tokens only until they are adapted. */
const DECODERS: ReadonlySet<string> = new Set(['llama', 'mistral', 'qwen2', 'qwen3'])

export interface TrainingRequest {
  readonly recipe: Recipe
  /** A data set of this library by name, a `.jsonl` file or a folder of them; default: what the recipe names. */
  readonly dataset?: string | undefined
  /** An installed model or a model folder; default: what the recipe names. */
  readonly model?: string | undefined
  /** Where to train; default: where a step takes least. */
  readonly device?: TrainingDevice | undefined
}

/** A model made for the run, offered beside the installed ones. No id of an installed model has spaces. */
const RANDOM_ENCODER = {
  id: 'random tiny encoder',
  name: 'Tiny encoder with random weights',
  model: { architecture: 'bert', layers: 2, hidden: 64, heads: 4, feedForward: 128, vocabulary: 2_000 },
} as const

/** The request with its recipe as it will be run: a random model stands in the recipe, which says how it is made. */
export function resolvedRequest<Request extends TrainingRequest>(request: Request): Request {
  if (request.model !== RANDOM_ENCODER.id) return request
  return { ...request, recipe: { ...request.recipe, model: RANDOM_ENCODER.model }, model: undefined }
}

/** Where a run's data is, what people call it, and how it came about. */
export interface ResolvedData {
  readonly path: string
  readonly name: string
  readonly lineage: Readonly<Record<string, unknown>> | undefined
}

/** Recipes, data sets and models that a run of one library can be made of. */
export class TrainingInputs {
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
      .sort()
  }

  /**
   * Reads a recipe by its name, or from a file.
   * @returns one recipe, or one for each of its variants.
   * @throws WorkbenchError BAD_INPUT naming the file and the setting.
   */
  async recipes(nameOrFile: string, variant?: string): Promise<readonly Recipe[]> {
    const file = nameOrFile.endsWith('.json') ? nameOrFile : join(this.#recipesFolder, `${nameOrFile}.json`)
    const text = await readFile(file, 'utf8').catch(async () => {
      const names = (await this.recipeNames()).join(', ')
      throw new WorkbenchError(
        'BAD_INPUT',
        said`There is no recipe ${nameOrFile}. Name a .json file, or one of ${names}.`,
      )
    })
    return explained(() => formsOf(parseRecipe(file, text), variant))
  }

  /** The recipes of a request from the window. @throws WorkbenchError BAD_INPUT naming the setting. */
  parse(json: unknown, variant?: string): readonly Recipe[] {
    return explained(() => formsOf(parseRecipe('the recipe', JSON.stringify(json)), variant))
  }

  async recipeCards(): Promise<RecipeCard[]> {
    const cards: RecipeCard[] = []
    for (const id of await this.recipeNames()) {
      const text = await readFile(join(this.#recipesFolder, `${id}.json`), 'utf8')
      const { recipe, problems } = checkRecipe(text)
      cards.push({
        ...{ id, name: recipe?.name ?? id, description: recipe?.description ?? '' },
        stages: recipe ? stagesOf(recipe) : [],
        variants: recipe?.variants?.map(({ name }) => name) ?? [],
        ...{ recipe: recipe ?? null, problems: [...problems] },
      })
    }
    return cards
  }

  /** Every problem of a recipe with this data and model. */
  async problems(json: unknown, request: Omit<TrainingRequest, 'recipe'> & { readonly variant?: string | undefined }) {
    const { recipe, problems } = checkRecipe(JSON.stringify(json))
    if (!recipe) return { problems: [...problems], recipe: null, stages: [] }
    const found: RecipeProblem[] = []
    const collect = async (path: string, action: () => unknown): Promise<void> => {
      try {
        await action()
      } catch (error) {
        if (!(error instanceof WorkbenchError) && !(error instanceof TrainingError)) throw error
        found.push({ path, message: error.message })
      }
    }
    let forms: readonly Recipe[] = [recipe]
    await collect('variants', () => (forms = formsOf(recipe, request.variant)))
    for (const form of forms) {
      const asked = resolvedRequest({ ...request, recipe: form })
      await collect('data', () => this.#findData(asked))
      await collect('model', () => this.modelOf(asked))
      found.push(...this.#stageProblems(asked))
    }
    const different = found.filter(({ message }, i) => found.findIndex((other) => other.message === message) === i)
    return { problems: different, recipe, stages: stagesOf(forms[0]!) }
  }

  /** What a model cannot do, for models whose architecture is known before they are opened. */
  #stageProblems({ recipe, model }: TrainingRequest): RecipeProblem[] {
    const wanted = model ?? recipe.model
    const architecture =
      typeof wanted === 'string' ? this.#library.models.registry.find(wanted)?.architecture : wanted?.architecture
    if (architecture === undefined || DECODERS.has(architecture)) return []
    const message = `Only decoder models (Llama, Mistral, Qwen) learn to read both ways; ${architecture} does already. Leave this stage out.`
    return recipe.stages.flatMap(({ kind }, i) =>
      kind === 'adaptation' ? [{ path: `stages.${i}.kind`, message }] : [],
    )
  }

  dataChoices(): TrainingDataChoice[] {
    const datasets = new DatasetRepository(this.#library.db)
    const sample: TrainingDataChoice = {
      ...{ id: SAMPLE_DATA, name: 'Sample library', kind: 'sample', alpha: null },
      ...{ examples: null, negatives: null, byIntent: {}, createdAt: null },
    }
    const own = datasets.all().map(({ id, name, kind, alpha, createdAt }): TrainingDataChoice => {
      const { items, negatives, byIntent } = datasets.counts(id)
      return { id: name, name, kind, alpha, examples: items, negatives, byIntent, createdAt }
    })
    return [...own, sample]
  }

  async modelChoices(): Promise<BackboneChoice[]> {
    await this.#library.registerBuiltIn()
    const installed = this.#library.models.registry.list().map((model): BackboneChoice => {
      const { id, name, architecture, parameters, dimensions } = model
      return { id, name, architecture, parameters, dimensions, reason: untrainable(model)?.toString() ?? null }
    })
    const { id, name, model } = RANDOM_ENCODER
    const { architecture, hidden } = model
    const random = { id, name, architecture, parameters: weightsOf(model), dimensions: hidden, reason: null }
    return [...installed, random]
  }

  /**
   * The folder of the model that a run starts from; undefined: the recipe makes one.
   * @throws WorkbenchError NO_MODEL, MODEL_INVALID, BAD_INPUT when it cannot be trained.
   */
  modelOf({ recipe, model }: TrainingRequest): { readonly path: string; readonly id: string | undefined } | undefined {
    const wanted = model ?? (typeof recipe.model === 'string' ? recipe.model : undefined)
    if (wanted === undefined) {
      if (recipe.model !== undefined) return undefined
      throw new WorkbenchError(
        'BAD_INPUT',
        said`Recipe ${recipe.name} names no model. Choose an installed one or a folder.`,
      )
    }
    const { registry } = this.#library.models
    if (!registry.find(wanted) && existsSync(wanted)) return { path: resolve(wanted), id: undefined }
    const installed = registry.require(wanted)
    const reason = untrainable(installed)
    if (reason) throw new WorkbenchError('BAD_INPUT', said`"${wanted}" cannot be trained: ${reason}`)
    return { path: installed.path, id: wanted }
  }

  /** Makes the data of a run ready as files. @throws WorkbenchError BAD_INPUT when there is no such data. */
  async dataOf(request: TrainingRequest): Promise<ResolvedData> {
    const found = await this.#findData(request)
    if (found === 'sample') return { path: await this.#sampleData(), name: SAMPLE_DATA, lineage: undefined }
    if (typeof found === 'string') return { path: found, name: found, lineage: undefined }
    const { db } = this.#library
    const store = {
      datasets: new DatasetRepository(db),
      trainingTexts: new TrainingTextRepository(db),
      atomically: <T>(action: () => T): T => db.transaction(action)(),
    }
    const folder = join(this.#library.platform.paths.data, 'training', 'data', `${this.#library.name}-${found.id}`)
    await exportJsonl(store, found, folder)
    return { path: folder, name: found.name, lineage: found.lineage }
  }

  /** @returns a path, `sample`, or a data set of this library */
  async #findData({ recipe, dataset }: TrainingRequest) {
    const wanted = dataset ?? recipe.data
    if (wanted === undefined)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`Recipe ${recipe.name} names no data. Give a data set: --dataset with a name, a .jsonl file or a folder of them.`,
      )
    if (wanted === SAMPLE_DATA) return 'sample' as const
    if (await stat(wanted).catch(() => undefined)) return resolve(wanted)
    const record = new DatasetRepository(this.#library.db).byName(wanted)
    if (record) return record
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${wanted}: no such file or folder, and this library has no data set of that name.`,
    )
  }

  get #recipesFolder(): string {
    return join(this.#library.platform.paths.resources, 'recipes')
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

export function stagesOf(recipe: Recipe): RecipeCard['stages'] {
  return plannedStages(recipe).map(({ name, settings, alpha }) => ({ name, kind: settings.kind, alpha: alpha ?? null }))
}

export function asWorkbenchError(error: unknown): unknown {
  return error instanceof TrainingError ? new WorkbenchError('BAD_INPUT', error.message, { cause: error }) : error
}

function explained<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw asWorkbenchError(error)
  }
}

/** A recipe, or one for each of its variants. */
function formsOf(recipe: Recipe, variant: string | undefined): readonly Recipe[] {
  if (variant !== undefined) return [variantOf(recipe, variant)]
  return recipe.variants ? recipe.variants.map(({ name }) => variantOf(recipe, name)) : [recipe]
}

/** About: embeddings, and four projections and a feed-forward part in each layer. */
function weightsOf({ layers, hidden, feedForward, vocabulary }: RandomModel): number {
  return vocabulary * hidden + layers * (4 * hidden * hidden + 2 * hidden * feedForward)
}

/** Why a model cannot be trained; undefined when it can. */
function untrainable({ kind, problem, files }: InstalledModel): Wording | undefined {
  if (problem !== undefined) return problem
  if (kind !== 'embedding') return said`it scores pairs of texts. Choose an embedding model.`
  if (!files.some(({ path }) => path.endsWith('.safetensors') || path.endsWith('.bin')))
    return said`it comes as a ready graph without weights that could be changed. Choose one with safetensors.`
  return undefined
}
