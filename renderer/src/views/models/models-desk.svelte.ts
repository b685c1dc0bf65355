import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { isUnfinished } from '../../state/jobs.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings, worded } from '../../strings/index.ts'
import { BlindComparison } from './blind-comparison.svelte.ts'
import { ImportModel } from './import-model.svelte.ts'
import { ModelDetail } from './model-detail.svelte.ts'

/** Everything on the Models view. Which model's details are open, and which is compared, stands in the address. */
export class ModelsDesk {
  readonly importing: ImportModel
  readonly detail: ModelDetail
  readonly comparison: BlindComparison
  #models = $state.raw<readonly ModelCard[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  /** Model whose promotion was asked for last in this window; it stays on the card after the switch. */
  #promoted = $state.raw<string | null>(null)
  readonly #problems = new SvelteMap<string, Problem>()
  readonly #busy = new SvelteSet<string>()
  readonly #workbench: Workbench
  #loading: Promise<void> | undefined
  #again = false

  constructor(workbench: Workbench) {
    this.#workbench = workbench
    const { client, toasts } = workbench
    this.detail = new ModelDetail(client, () => void this.load())
    this.comparison = new BlindComparison(client)
    this.importing = new ImportModel(client, (model) => {
      void this.load()
      this.show(model.id)
      toasts.show(strings.models.imported(model.name))
    })
    workbench.jobs.onended((job) => {
      if (job.kind !== 'embed' && job.kind !== 'evaluate') return
      void this.load()
      // The status bar names the model in use, and the job may have switched it.
      void workbench.system.load().catch(() => undefined)
    })
  }

  /** null until the first answer. */
  get models(): readonly ModelCard[] | null {
    return this.#models
  }
  get problem(): Problem | null {
    return this.#problem
  }

  readonly active: ModelCard | undefined = $derived(this.#models?.find((model) => model.active))
  /** What roll-back switches to. */
  readonly previous: ModelCard | undefined = $derived(this.#models?.find((model) => model.previous && !model.active))
  /** Whose index is built beside the one in use, or who was promoted last. */
  readonly candidate: ModelCard | undefined = $derived(
    this.#models?.find((model) => !model.active && this.jobOf(model) !== undefined) ??
      this.#models?.find((model) => model.id === this.#promoted),
  )

  /** Model whose details are open. */
  get open(): ModelCard | undefined {
    return this.#named('model')
  }
  /** Model that is compared with the one in use. */
  get compared(): ModelCard | undefined {
    return this.#named('compare')
  }

  #named(param: string): ModelCard | undefined {
    const id = this.#workbench.router.params[param]
    return id === undefined ? undefined : this.#models?.find((model) => model.id === id)
  }

  show(id: string): void {
    this.#workbench.router.set({ model: id, compare: null })
  }
  compare(id: string): void {
    this.#workbench.router.set({ model: null, compare: id })
  }
  closeDrawer(): void {
    this.#workbench.router.set({ model: null, compare: null })
  }

  /** The unfinished job that builds a model's index, live. */
  jobOf(model: ModelCard): Job | undefined {
    const id = model.indexed?.jobId
    return id === null ? undefined : this.#workbench.jobs.recent.find((job) => job.id === id && isUnfinished(job))
  }
  isBusy(id: string): boolean {
    return this.#busy.has(id)
  }
  problemOf(id: string): Problem | undefined {
    return this.#problems.get(id)
  }
  forget(id: string): void {
    this.#problems.delete(id)
  }
  dismissPromotion(): void {
    this.#promoted = null
  }

  /** Asks for the list. Calls during a call are answered by one more call after it. */
  load(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true
      return this.#loading
    }
    this.#loading = this.#ask().finally(() => {
      this.#loading = undefined
      if (this.#again) {
        this.#again = false
        void this.load()
      }
    })
    return this.#loading
  }

  async #ask(): Promise<void> {
    try {
      this.#models = (await this.#workbench.client.models.list()).map(inWindowLanguage)
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** Search switches to it, at once or when its index is built. */
  use({ id, name }: ModelCard): Promise<void> {
    return this.#act(id, async () => {
      const { model } = await this.#workbench.client.models.use({ id })
      this.#promoted = id
      const words = strings.models
      this.#workbench.toasts.show(model.active ? words.switched(name) : words.promoting(name))
    })
  }

  /** Builds or completes its index; search stays as it is. */
  build({ id }: ModelCard): Promise<void> {
    return this.#act(id, async () => {
      await this.#workbench.client.models.build({ id })
    })
  }

  rollBack(from: ModelCard): Promise<void> {
    return this.#act(from.id, async () => {
      const { active } = await this.#workbench.client.models.rollBack()
      this.#promoted = null
      const name = this.#models?.find((model) => model.id === active)?.name ?? active
      this.#workbench.toasts.show(strings.models.switched(name), {
        label: strings.common.undo,
        run: () => void this.#act(active, async () => void (await this.#workbench.client.models.rollBack())),
      })
    })
  }

  useNone(from: ModelCard): Promise<void> {
    return this.#act(from.id, async () => {
      await this.#workbench.client.models.useNone()
      this.#workbench.toasts.show(strings.models.keywordsNow, {
        label: strings.common.undo,
        run: () => void this.use(from),
      })
    })
  }

  dropIndex({ id, name }: ModelCard): Promise<void> {
    return this.#act(id, async () => {
      await this.#workbench.client.models.dropIndex({ id })
      this.#workbench.toasts.show(strings.models.dropped(name))
    })
  }

  remove({ id, name }: ModelCard): Promise<void> {
    return this.#act(id, async () => {
      await this.#workbench.client.models.remove({ id })
      if (this.open?.id === id || this.compared?.id === id) this.closeDrawer()
      this.#workbench.toasts.show(strings.models.removed(name))
    })
  }

  /** Pauses, resumes or cancels the job of a model; a refusal is shown on its card. */
  ask(id: string, work: Promise<void>): Promise<void> {
    return this.#act(id, () => work)
  }

  async #act(id: string, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(id)) return
    this.#busy.add(id)
    this.#problems.delete(id)
    try {
      await work()
      this.#workbench.library.changed()
      void this.#workbench.system.load().catch(() => undefined)
    } catch (error) {
      this.#problems.set(id, toProblem(error))
    } finally {
      this.#busy.delete(id)
    }
    await this.load()
  }
}

function inWindowLanguage(model: ModelCard): ModelCard {
  return { ...model, reason: model.reason && worded(model.reason, model.reasonWording) }
}
