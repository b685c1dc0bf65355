import type { Evaluation, EvaluationTable, HazardTable } from '../../../../electron/contracts/evaluation.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import { isUnfinished } from '../../state/jobs.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'
import { DevSets } from './dev-sets.svelte.ts'
import { columnsOf, dataSetsOf, MEASURES, type DataSet, type Measure, type Unjudged } from './evaluation-list.ts'
import { PairComparison } from './pair-comparison.svelte.ts'
import { RunEvaluation } from './run-evaluation.svelte.ts'

export const EVALUATION_TABS = ['results', 'dev-sets'] as const
export type EvaluationTab = (typeof EVALUATION_TABS)[number]
/** Jobs of this view. */
const KINDS: ReadonlySet<Job['kind']> = new Set(['evaluate', 'dev-set'])

/** Everything on the Evaluation view. Test set, measure and the two that are compared stand in the address. */
export class EvaluationDesk {
  readonly pair: PairComparison
  readonly running: RunEvaluation
  readonly devSets: DevSets
  /** The chart of every query, while it is shown. */
  chart = $state.raw<SVGSVGElement | undefined>()
  #all = $state.raw<readonly Evaluation[] | null>(null)
  #table = $state.raw<EvaluationTable | null>(null)
  #hazards = $state.raw<HazardTable | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #workbench: Workbench
  #asked = 0
  #hazardsAsked = 0
  #tableKey = ''

  constructor(workbench: Workbench) {
    this.#workbench = workbench
    const { client, jobs, toasts } = workbench
    this.pair = new PairComparison(client)
    this.running = new RunEvaluation(client, (imported) => {
      if (imported === null) return toasts.show(strings.evaluation.dialog.started)
      toasts.show(strings.evaluation.dialog.imported(imported.name))
      void this.load()
    })
    this.devSets = new DevSets(client, () => toasts.show(strings.evaluation.devSets.started))
    jobs.onended((job) => {
      if (job.kind === 'evaluate') void this.load()
      if (job.kind === 'dev-set') void this.devSets.load()
    })
  }

  /** null until the first answer. */
  get all(): readonly Evaluation[] | null {
    return this.#all
  }
  /** Values of the columns; null until they are there, and where there are none. */
  get table(): EvaluationTable | null {
    return this.#table
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** The candidate by hazard; null until it is there, and where its test set does not say. */
  get hazards(): HazardTable | null {
    return this.#hazards
  }
  /** What is measured now, and what failed a moment ago. */
  get jobs(): readonly Job[] {
    return this.#workbench.jobs.recent.filter(
      (job) => KINDS.has(job.kind) && (isUnfinished(job) || job.state === 'failed'),
    )
  }

  get #params(): Readonly<Record<string, string>> {
    return this.#workbench.router.paramsOf('evaluation')
  }

  readonly dataSets: readonly DataSet[] = $derived(dataSetsOf(this.#all ?? []))
  readonly dataSet: DataSet | undefined = $derived(
    this.dataSets.find(({ hash }) => hash.startsWith(this.#params['set'] ?? '-')) ?? this.dataSets[0],
  )
  readonly unjudged: Unjudged = $derived(
    this.#params['unjudged'] === 'ignore' || this.#params['unjudged'] === 'zero-fill'
      ? this.#params['unjudged']
      : (this.dataSet?.newest.unjudged ?? 'zero-fill'),
  )
  readonly measure: Measure = $derived(
    MEASURES.find((measure) => measure === this.#params['measure']) ?? 'nDCG@10(exp)',
  )
  /** The newest evaluation of each system on this test set, keywords first, the model in use before the others. */
  readonly columns: readonly Evaluation[] = $derived.by(() =>
    columnsOf(this.#all ?? [], this.dataSet?.hash, this.unjudged, this.#workbench.system.info?.model ?? null),
  )
  /** What the others are compared with: chosen, else the model in use, else the first. */
  readonly baseline: Evaluation | undefined = $derived(
    this.#byParam('against') ?? this.columns.find((one) => this.isInUse(one)) ?? this.columns[0],
  )
  /** What is compared with the baseline: chosen, else the last column that is not the baseline. */
  readonly candidate: Evaluation | undefined = $derived.by(() => {
    const others = this.columns.filter((one) => one.id !== this.baseline?.id)
    const chosen = this.#byParam('id')
    return chosen && chosen.id !== this.baseline?.id ? chosen : others.at(-1)
  })

  #byParam(name: string): Evaluation | undefined {
    const id = Number(this.#params[name])
    return this.columns.find((one) => one.id === id)
  }

  isInUse({ modelId, mode }: Evaluation): boolean {
    return modelId !== null && mode === 'dense' && modelId === (this.#workbench.system.info?.model ?? null)
  }

  readonly tab: EvaluationTab = $derived(EVALUATION_TABS.find((tab) => tab === this.#params['tab']) ?? 'results')

  chooseSet(set: DataSet): void {
    this.#workbench.router.set({ set: set.hash.slice(0, 12), id: null, against: null, unjudged: null })
  }
  chooseUnjudged(unjudged: Unjudged): void {
    this.#workbench.router.set({ unjudged, id: null, against: null })
  }
  chooseMeasure(measure: Measure): void {
    this.#workbench.router.set({ measure })
  }
  choose(id: number): void {
    const swap = id === this.baseline?.id && this.candidate ? { against: this.candidate.id } : {}
    this.#workbench.router.set({ id, ...swap })
  }
  chooseBaseline(id: number): void {
    const swap = id === this.candidate?.id && this.baseline ? { id: this.baseline.id } : {}
    this.#workbench.router.set({ against: id, ...swap })
  }

  async load(): Promise<void> {
    try {
      this.#all = await this.#workbench.client.evaluation.list()
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** Asks for the table of the present columns, unless it is there. */
  async loadTable(): Promise<void> {
    const ids = this.columns.map(({ id }) => id)
    const { baseline, measure } = this
    const key = JSON.stringify([ids, baseline?.id, measure])
    if (key === this.#tableKey) return
    this.#tableKey = key
    const asked = ++this.#asked
    if (baseline === undefined) {
      this.#table = null
      return
    }
    try {
      const table = await this.#workbench.client.evaluation.table({ ids, baselineId: baseline.id, measure })
      if (asked === this.#asked) this.#table = table
    } catch (error) {
      if (asked !== this.#asked) return
      this.#tableKey = ''
      this.#table = null
      this.#problem = toProblem(error)
    }
  }

  /** Asks how one evaluation fares by hazard. */
  async loadHazards(id: number | undefined): Promise<void> {
    const asked = ++this.#hazardsAsked
    const measure = this.measure
    const table =
      id === undefined ? null : await this.#workbench.client.evaluation.hazards({ id, measure }).catch(() => null)
    if (asked === this.#hazardsAsked) this.#hazards = table !== null && table.groups.length > 0 ? table : null
  }

  async remove({ id, name }: Evaluation): Promise<void> {
    try {
      await this.#workbench.client.evaluation.remove({ id })
      this.#workbench.toasts.show(strings.evaluation.removed(name))
    } catch (error) {
      this.#problem = toProblem(error)
    }
    await this.load()
  }

  /** Shows the page of a passage of this library. */
  openPage(documentId: number, page: number): void {
    this.#workbench.router.go('search', { document: documentId, page })
  }

  async ask(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
