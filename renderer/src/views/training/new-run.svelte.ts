import type {
  BackboneChoice,
  PlannedTrainingStage,
  RecipeCard,
  RecipeProblem,
  TrainingDataChoice,
  TrainingDevice,
  TrainingEstimate,
  TrainingRun,
} from '../../../../electron/contracts/training.ts'
import type { TrainingSeries } from '../../../../electron/contracts/training-series.ts'
import type { Client } from '../../connection/client.ts'
import { isAbort, toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'
import { blankRecipe, recipeNameOf, settingAt, withSetting, type RecipeJson } from './recipe-draft.ts'

const VALIDATE_AFTER_MS = 250

/** One run, or a series of them. */
export type StartedTraining = { readonly run: TrainingRun } | { readonly series: TrainingSeries }

export interface RefusedRecipe {
  readonly recipe: string
  readonly message: string
}

/** The sheet that starts a training: from a recipe or from scratch. What was chosen stays for the next time. */
export class NewRun {
  asking = $state(false)
  name = $state('')
  tags = $state('')
  notes = $state('')
  /** A path typed in place of one of the data sets. */
  dataPath = $state('')
  modelPath = $state('')
  #recipes = $state.raw<readonly RecipeCard[]>([])
  #data = $state.raw<readonly TrainingDataChoice[]>([])
  #models = $state.raw<readonly BackboneChoice[]>([])
  /** Id of the recipe it starts from; null: from scratch. */
  #from = $state.raw<string | null>(null)
  /** All experiments, one after the other; then `#from` names none. */
  #everything = $state.raw(false)
  #variant = $state.raw<string | null>(null)
  #dataset = $state.raw<string | null>(null)
  #model = $state.raw<string | null>(null)
  #device = $state.raw<TrainingDevice>('auto')
  #json = $state.raw<RecipeJson>(blankRecipe())
  #problems = $state.raw<readonly RecipeProblem[]>([])
  #refused = $state.raw<readonly RefusedRecipe[]>([])
  #planned = $state.raw<readonly PlannedTrainingStage[]>([])
  #estimates = $state.raw<readonly TrainingEstimate[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #busy = $state.raw<'start' | 'estimate' | null>(null)
  #checking = $state.raw(false)
  readonly #client: Client
  readonly #onstarted: (started: StartedTraining) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0
  #estimating: AbortController | undefined

  constructor(client: Client, onstarted: (started: StartedTraining) => void) {
    this.#client = client
    this.#onstarted = onstarted
  }

  get recipes(): readonly RecipeCard[] {
    return this.#recipes
  }
  get data(): readonly TrainingDataChoice[] {
    return this.#data
  }
  get models(): readonly BackboneChoice[] {
    return this.#models
  }
  get from(): string | null {
    return this.#from
  }
  get variant(): string | null {
    return this.#variant
  }
  get everything(): boolean {
    return this.#everything
  }
  /** Recipes that compare forms. */
  readonly experiments: readonly RecipeCard[] = $derived(this.#recipes.filter(({ variants }) => variants.length > 0))
  /** Recipes whose forms are started as one series; none: a single run is started. */
  readonly series: readonly RecipeCard[] = $derived.by(() => {
    if (this.#everything) return this.experiments
    return this.#variant === null ? this.experiments.filter(({ id }) => id === this.#from) : []
  })
  /** How many runs `start` queues. */
  readonly count: number = $derived(
    this.series.length === 0 ? 1 : this.series.reduce((sum, { variants }) => sum + variants.length, 0),
  )
  get dataset(): string | null {
    return this.#dataset
  }
  get model(): string | null {
    return this.#model
  }
  get device(): TrainingDevice {
    return this.#device
  }
  get json(): RecipeJson {
    return this.#json
  }
  /** Those of the whole that no field shows. */
  get problems(): readonly RecipeProblem[] {
    return this.#problems
  }
  get planned(): readonly PlannedTrainingStage[] {
    return this.#planned
  }
  /** Experiments that cannot be started, while others can. */
  get refused(): readonly RefusedRecipe[] {
    return this.#refused
  }
  /** What the run would cost; null until it was measured, and after every change. */
  get estimates(): readonly TrainingEstimate[] | null {
    return this.#estimates
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get busy(): 'start' | 'estimate' | null {
    return this.#busy
  }
  /** The last change was not looked at yet. */
  get checking(): boolean {
    return this.#checking
  }
  get canStart(): boolean {
    return !this.#checking && this.#problems.length === 0 && this.#busy === null
  }

  problemAt(path: string): string | undefined {
    return this.#problems.find((problem) => problem.path === path)?.message
  }

  async ask(): Promise<void> {
    this.asking = true
    this.#problem = null
    try {
      const [recipes, choices] = await Promise.all([this.#client.training.recipes(), this.#client.training.choices()])
      this.#recipes = recipes
      this.#data = choices.data
      this.#models = choices.models
      this.#dataset ??= choices.data[0]?.id ?? null
      if (this.#from === null && this.name === '') this.chooseRecipe(firstOf(recipes)?.id ?? null)
      else this.#changed()
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** A copy of a run's recipe, with its data and model: the same once more, or with other settings. */
  async askLike(run: TrainingRun, recipe: RecipeJson): Promise<void> {
    this.#from = null
    this.#everything = false
    this.#variant = null
    this.#json = recipe
    this.name = run.name
    await this.ask()
    const known = this.#data.find(({ id, name }) => id === run.data || name === run.data)
    this.dataPath = known ? '' : run.data
    this.#dataset = known?.id ?? null
    const model = this.#models.find(({ id }) => id === run.model)
    this.#model = model?.id ?? null
    this.modelPath = model === undefined ? (run.model ?? '') : ''
    this.#changed()
  }

  cancel(): void {
    this.#estimating?.abort()
    this.asking = false
    this.#problem = null
  }

  dismiss(): void {
    this.#problem = null
  }

  /** @param id null starts from scratch */
  chooseRecipe(id: string | null): void {
    const card = this.#recipes.find((one) => one.id === id)
    this.#from = card?.id ?? null
    this.#everything = false
    this.#variant = null
    const recipe = (card?.recipe ?? null) as RecipeJson | null
    this.#json = recipe ?? blankRecipe()
    this.name = card?.name ?? ''
    const data = recipe === null ? undefined : settingAt(recipe, 'data')
    const known = this.#data.find((one) => one.id === data)
    if (known) this.#dataset = known.id
    this.#changed()
  }
  chooseEverything(name: string): void {
    this.#from = null
    this.#everything = true
    this.#variant = null
    this.name = name
    this.#changed()
  }
  chooseVariant(variant: string | null): void {
    this.#variant = variant
    this.#changed()
  }
  /** @param id null: the path that is typed */
  chooseData(id: string | null): void {
    this.#dataset = id
    this.#changed()
  }
  /** @param id null: as the recipe says, or the path that is typed */
  chooseModel(id: string | null): void {
    this.#model = id
    if (id !== null) this.modelPath = ''
    this.#changed()
  }
  chooseDevice(device: TrainingDevice): void {
    this.#device = device
    this.#changed()
  }
  typePath(): void {
    this.#changed()
  }

  set(path: string, value: unknown): void {
    this.#json = withSetting(this.#json, path, value)
    this.#changed()
  }
  replace(json: RecipeJson): void {
    this.#json = json
    this.#changed()
  }

  /** Measures three steps of every stage; `stopEstimate` ends it. */
  async estimate(): Promise<void> {
    if (this.#busy !== null) return
    this.#busy = 'estimate'
    this.#problem = null
    this.#estimating = new AbortController()
    const { signal } = this.#estimating
    try {
      this.#estimates = await this.#client.training.estimate(this.#request(), { signal })
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#problem = toProblem(error)
    } finally {
      this.#busy = null
    }
  }
  stopEstimate(): void {
    this.#estimating?.abort()
  }

  async start(): Promise<void> {
    if (!this.canStart) return
    this.#busy = 'start'
    this.#problem = null
    const name = this.name.trim()
    const tags = this.tags.split(',').flatMap((tag) => (tag.trim() === '' ? [] : [tag.trim()]))
    try {
      const options = { ...(name === '' ? {} : { name }), tags, notes: this.notes }
      const started = await (this.series.length > 0 ? this.#startSeries(options) : this.#startRun(options))
      this.asking = false
      this.notes = ''
      this.#onstarted(started)
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = null
    }
  }

  async #startRun(options: { name?: string; tags: string[]; notes: string }): Promise<StartedTraining> {
    const { runs } = await this.#client.training.start({ ...this.#request(), ...options })
    return { run: runs[0]! }
  }

  async #startSeries(options: { name?: string; tags: string[]; notes: string }): Promise<StartedTraining> {
    const recipes = this.series.map(({ recipe }) => recipe as unknown as RecipeJson)
    return { series: await this.#client.trainingSeries.start({ recipes, ...this.#inputs(), ...options }) }
  }

  /** Data and model, where they are not the recipe's own, and the device. */
  #inputs(): { dataset?: string; model?: string; device: TrainingDevice } {
    const dataset = this.#dataset ?? cleanPath(this.dataPath)
    const model = this.#model ?? cleanPath(this.modelPath)
    return { ...(dataset === '' ? {} : { dataset }), ...(model === '' ? {} : { model }), device: this.#device }
  }

  #request(): Parameters<Client['training']['validate']>[0] {
    return {
      recipe: this.#from === null ? { ...this.#json, name: recipeNameOf(this.name) } : this.#json,
      ...(this.#variant === null ? {} : { variant: this.#variant }),
      ...this.#inputs(),
    }
  }

  #changed(): void {
    this.#estimates = null
    this.#checking = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#validate(), VALIDATE_AFTER_MS)
  }

  async #validate(): Promise<void> {
    const asked = ++this.#asked
    try {
      const { problems, stages, refused } = await (this.#everything ? this.#checkAll() : this.#check(this.#request()))
      if (asked !== this.#asked) return
      this.#problems = problems
      this.#planned = stages
      this.#refused = refused
    } catch (error) {
      if (asked === this.#asked) this.#problem = toProblem(error)
    } finally {
      if (asked === this.#asked) this.#checking = false
    }
  }

  async #check(request: Parameters<Client['training']['validate']>[0]): Promise<Checked> {
    return { ...(await this.#client.training.validate(request)), refused: [] }
  }

  /** Experiments that cannot be started are said to be left out, unless none can. */
  async #checkAll(): Promise<Checked> {
    const inputs = this.#inputs()
    const answers = await Promise.all(
      this.experiments.map(async ({ name, recipe }) => {
        const { problems } = await this.#check({ recipe: recipe as unknown as RecipeJson, ...inputs })
        return { recipe: name, problems }
      }),
    )
    const usable = answers.filter(({ problems }) => problems.length === 0)
    const refused = answers.flatMap(({ recipe, problems: [first] }) =>
      first ? [{ recipe, message: first.message }] : [],
    )
    return usable.length > 0
      ? { problems: [], stages: [], refused }
      : { problems: answers.flatMap(({ problems }) => problems), stages: [], refused: [] }
  }
}

interface Checked {
  readonly problems: readonly RecipeProblem[]
  readonly stages: readonly PlannedTrainingStage[]
  readonly refused: readonly RefusedRecipe[]
}

/** A recipe that can be started as it is, because it brings a model; else one that has a single form. */
function firstOf(recipes: readonly RecipeCard[]): RecipeCard | undefined {
  const usable = recipes.filter(({ problems }) => problems.length === 0)
  const single = usable.filter(({ variants }) => variants.length === 0)
  return single.find(({ recipe }) => recipe?.model !== undefined) ?? single[0] ?? usable[0]
}
