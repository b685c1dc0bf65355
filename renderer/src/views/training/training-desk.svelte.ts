import { SvelteMap } from 'svelte/reactivity'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type { TrainingRun } from '../../../../electron/contracts/training.ts'
import { follow } from '../../connection/follow.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { formatPlace } from '../../state/router.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'
import { NewRun } from './new-run.svelte.ts'
import { MOST_CURVES, RunComparison } from './run-comparison.svelte.ts'
import { RunPage } from './run-page.svelte.ts'
import { matches, sortRuns, type RunSort } from './run-list.ts'
import { SeriesList } from './series-list.svelte.ts'
import { SelfChecks } from './self-checks.svelte.ts'

export const TABS = ['run', 'runs', 'series', 'compare'] as const
export type Tab = (typeof TABS)[number]

/** Everything on the Training view. The tab, the run and the runs compared stand in the address. */
export class TrainingDesk {
  readonly page: RunPage
  readonly comparison: RunComparison
  readonly creating: NewRun
  readonly checks: SelfChecks
  readonly series: SeriesList
  find = $state('')
  tag = $state<string | null>(null)
  sort = $state<RunSort>('created')
  #runs = $state.raw<readonly TrainingRun[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  /** Run that a command is under way for. */
  #busy = $state.raw<number | null>(null)
  /** Run whose model was promoted in this window -> the job that builds its index. */
  readonly #promotions = new SvelteMap<number, number>()
  readonly #workbench: Workbench

  constructor(workbench: Workbench) {
    this.#workbench = workbench
    const { client, toasts } = workbench
    this.page = new RunPage(client)
    this.comparison = new RunComparison(client)
    this.checks = new SelfChecks(client)
    this.series = new SeriesList(client)
    this.creating = new NewRun(client, (started) => {
      if ('series' in started) {
        this.#workbench.router.go('training', { tab: 'series' })
        toasts.show(strings.training.series.started(started.series.name, started.series.runIds.length))
        return
      }
      this.#acceptRun(started.run)
      this.show(started.run.id)
      toasts.show(strings.training.started(started.run.name))
    })
    workbench.jobs.onended(({ id }) => {
      // The status bar names the model in use, and the job has switched it.
      if ([...this.#promotions.values()].includes(id)) void workbench.system.load().catch(() => undefined)
    })
  }

  /** Newest first; null until the first answer. */
  get runs(): readonly TrainingRun[] | null {
    return this.#runs
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get busy(): number | null {
    return this.#busy
  }
  get modelInUse(): string | null {
    return this.#workbench.system.info?.model ?? null
  }

  get #params(): Readonly<Record<string, string>> {
    return this.#workbench.router.paramsOf('training')
  }

  readonly tab: Tab = $derived(TABS.find((tab) => tab === this.#params['tab']) ?? 'run')
  /** The run that is shown: the one in the address, else one that runs, else the newest. */
  readonly run: TrainingRun | undefined = $derived.by(() => {
    const runs = this.#runs ?? []
    const id = Number(this.#params['run'])
    return runs.find((run) => run.id === id) ?? runs.find(({ state }) => state === 'running') ?? runs[0]
  })
  /** Ids that are compared, in the order they were chosen; those of runs that were deleted are left out. */
  readonly compared: readonly number[] = $derived(
    (this.#params['compare'] ?? '')
      .split('-')
      .map(Number)
      .filter((id) => (this.#runs ?? []).some((run) => run.id === id)),
  )
  readonly baseline: number | undefined = $derived(this.compared.find((id) => id === Number(this.#params['against'])))
  readonly tags: readonly string[] = $derived(
    [...new Set((this.#runs ?? []).flatMap(({ tags }) => tags))].toSorted((a, b) => a.localeCompare(b)),
  )
  /** What the table shows. */
  readonly listed: readonly TrainingRun[] = $derived(
    sortRuns(
      (this.#runs ?? []).filter((run) => matches(run, this.find, this.tag)),
      this.sort,
    ),
  )

  show(id: number): void {
    this.#workbench.router.go('training', { run: id, compare: this.#params['compare'] ?? null })
  }
  /** Address of a tab; what is chosen in the others stays. */
  placeOf(tab: Tab): string {
    return formatPlace({ view: 'training', params: { ...this.#params, tab } })
  }
  openTab(tab: Tab): void {
    this.#workbench.router.set({ tab })
  }
  /** Adds a run to those compared, or takes it out. */
  toggleCompared(id: number): void {
    const { compared } = this
    const next = compared.includes(id) ? compared.filter((one) => one !== id) : [...compared, id].slice(-MOST_CURVES)
    this.compare(next)
  }
  compare(ids: readonly number[]): void {
    this.#workbench.router.set({ compare: ids.length === 0 ? null : ids.join('-') })
  }
  openComparison(ids: readonly number[]): void {
    this.#workbench.router.go('training', { tab: 'compare', compare: ids.slice(0, MOST_CURVES).join('-') })
  }
  /** Opens the sheet with every experiment chosen. */
  async askExperiments(): Promise<void> {
    await this.creating.ask()
    this.creating.chooseEverything(strings.trainingSheet.everything)
  }
  chooseBaseline(id: number): void {
    this.#workbench.router.set({ against: id })
  }

  /** Keeps the list true for as long as `signal` allows. */
  follow(signal: AbortSignal): Promise<void> {
    void this.series.follow(signal)
    return follow(
      async (signal) => {
        try {
          return await this.#workbench.client.training.watchRuns(undefined, { signal })
        } catch (error) {
          if (!signal.aborted) this.#problem = toProblem(error)
          throw error
        }
      },
      (runs) => {
        this.#runs = runs
        this.#problem = null
      },
      signal,
    )
  }

  pause(id: number): Promise<void> {
    return this.#act(id, () => this.#workbench.client.training.pause({ id }))
  }
  resume(id: number): Promise<void> {
    return this.#act(id, () => this.#workbench.client.training.resume({ id }))
  }
  /** Ends it and keeps the best model so far. */
  stop(id: number): Promise<void> {
    return this.#act(id, () => this.#workbench.client.training.stop({ id }))
  }
  update(id: number, change: { name?: string; tags?: string[]; notes?: string }): Promise<void> {
    return this.#act(id, () => this.#workbench.client.training.update({ id, ...change }))
  }

  remove({ id, name }: TrainingRun): Promise<void> {
    return this.#act(id, async () => {
      await this.#workbench.client.training.remove({ id })
      this.#runs = this.#runs?.filter((run) => run.id !== id) ?? null
      this.#workbench.toasts.show(strings.training.removed(name))
    })
  }

  /** Installs the model of a run and has search switch to it when its index is built. */
  promote({ id, name }: TrainingRun): Promise<void> {
    return this.#act(id, async () => {
      const { modelId, jobId } = await this.#workbench.client.training.promote({ id, use: true })
      if (jobId !== null) this.#promotions.set(id, jobId)
      this.#workbench.library.changed()
      void this.#workbench.system.load().catch(() => undefined)
      const words = strings.training.result
      this.#workbench.toasts.show(jobId === null ? words.nowUsed(name) : words.promoting(name), {
        label: strings.common.open,
        run: () => this.openModel(modelId),
      })
    })
  }

  /** The job that builds the index of a run's model, while it goes on. */
  promotionOf({ id }: TrainingRun): Job | undefined {
    const jobId = this.#promotions.get(id)
    return this.#workbench.jobs.unfinished.find((job) => job.id === jobId)
  }

  /** Search uses the model again that it used before. */
  rollBack(run: TrainingRun): Promise<void> {
    return this.#act(run.id, async () => {
      const { active } = await this.#workbench.client.models.rollBack()
      this.#workbench.library.changed()
      await this.#workbench.system.load().catch(() => undefined)
      this.#workbench.toasts.show(strings.training.result.rolledBack(active))
    })
  }

  openModel(modelId: string): void {
    this.#workbench.router.go('models', { model: modelId })
  }
  openEvaluation(): void {
    this.#workbench.router.go('evaluation')
  }
  dismissProblem(): void {
    this.#problem = null
  }

  async #act(id: number, work: () => Promise<TrainingRun | void>): Promise<void> {
    if (this.#busy !== null) return
    this.#busy = id
    this.#problem = null
    try {
      const run = await work()
      if (run) this.#acceptRun(run)
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = null
    }
  }

  #acceptRun(run: TrainingRun): void {
    const runs = this.#runs ?? []
    this.#runs = runs.some(({ id }) => id === run.id)
      ? runs.map((one) => (one.id === run.id ? run : one))
      : [run, ...runs]
    this.page.acceptRun(run)
  }
}
