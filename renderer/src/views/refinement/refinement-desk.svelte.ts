import type { Intent } from '../../../../electron/contracts/intents.ts'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type {
  DatasetDetail,
  DatasetInfo,
  GeneratorId,
  NegativeProfile,
  RefinementFunnel,
} from '../../../../electron/contracts/refinement.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { isUnfinished } from '../../state/jobs.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'
import { countsAt, type CutCounts, type CutKind } from './cut.ts'
import { DatasetExchange } from './dataset-exchange.svelte.ts'
import { RunSteps, STEPS, type Step } from './run-steps.svelte.ts'
import { SampleDecisions } from './sample-decisions.svelte.ts'
import { Samples } from './samples.svelte.ts'

const USUAL_VOTERS = 3
export type Section = 'pairs' | 'sets'

/** Everything on the Training data view. Section, open data set and the sample drawer stand in the address. */
export class RefinementDesk {
  readonly steps: RunSteps
  readonly samples: Samples
  readonly sampleDecisions: SampleDecisions
  readonly exchange: DatasetExchange
  /** What the slider measures by, and where it stands for each. */
  cutKind = $state<CutKind>('share')
  alpha = $state(0.75)
  margin = $state(0.1)
  #funnel = $state.raw<RefinementFunnel | null>(null)
  #datasets = $state.raw<readonly DatasetInfo[] | null>(null)
  #detail = $state.raw<DatasetDetail | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #workbench: Workbench
  #minedOnce = 0

  constructor(workbench: Workbench) {
    this.#workbench = workbench
    const { client, jobs, toasts } = workbench
    const words = strings.refinement
    this.steps = new RunSteps(client, () => toasts.show(words.started))
    this.samples = new Samples(client)
    this.sampleDecisions = new SampleDecisions(workbench)
    this.exchange = new DatasetExchange(client, (what) => {
      toasts.show('exported' in what ? words.sets.exported(what.exported) : words.sets.imported(what.imported))
      void this.load()
    })
    jobs.onended((job) => {
      if (STEPS.some((step) => step === job.kind)) void this.load()
    })
  }

  /** null until the first answer. */
  get funnel(): RefinementFunnel | null {
    return this.#funnel
  }
  get datasets(): readonly DatasetInfo[] | null {
    return this.#datasets
  }
  get detail(): DatasetDetail | null {
    return this.#detail
  }
  get problem(): Problem | null {
    return this.#problem
  }

  get #params(): Readonly<Record<string, string>> {
    return this.#workbench.router.paramsOf('refinement')
  }
  readonly section: Section = $derived(this.#params['section'] === 'sets' ? 'sets' : 'pairs')
  readonly openSet: string | null = $derived(this.#params['set'] ?? null)
  readonly showsSamples: boolean = $derived(this.#params['samples'] === 'yes')

  showSection(section: Section): void {
    this.#workbench.router.set({ section: section === 'pairs' ? null : section, set: null, samples: null })
  }
  showSet(name: string | null): void {
    this.#workbench.router.set({ set: name })
  }
  showSamples(shown: boolean): void {
    this.#workbench.router.set({ samples: shown ? 'yes' : null })
  }

  /** The unfinished job of a step, or one that failed or was stopped a moment ago. */
  jobOf(step: Step): Job | undefined {
    const own = this.#workbench.jobs.recent.filter((job) => job.kind === step)
    return (
      own.find((job) => job.state === 'running') ??
      own.find(isUnfinished) ??
      own.findLast(({ state }) => state !== 'done')
    )
  }

  /** The language model that is set up for a generator; null where none is. */
  modelOf(generator: GeneratorId): string | null {
    if (generator === 'cloze') return null
    return (generator === 'openai' ? this.#funnel?.languageModel : this.#funnel?.localModel) ?? null
  }

  /** Who votes and who mines while nothing else was chosen; as the services choose. */
  readonly usualVoters: readonly string[] = $derived(this.#funnel?.retrievers.slice(0, USUAL_VOTERS) ?? [])
  readonly usualMiner: string = $derived.by(() => {
    const ids = this.#funnel?.retrievers ?? []
    const embedding = ids.find((id) => id !== 'lexical' && id !== 'latent-semantic')
    return embedding ?? (ids.includes('latent-semantic') ? 'latent-semantic' : 'lexical')
  })

  readonly profiles: readonly NegativeProfile[] = $derived(Object.values(this.#funnel?.mining?.profiles ?? {}))
  readonly cut: number = $derived(this.cutKind === 'share' ? this.alpha : this.margin)
  /** What mining at the slider would keep; null before the first mining run. */
  readonly counts: CutCounts | null = $derived(
    this.profiles.length > 0 ? countsAt(this.profiles, this.cutKind, this.cut) : null,
  )
  /** Of one intent. */
  countsOf(intent: Intent): CutCounts | null {
    const profiles = this.#funnel?.mining?.profiles
    if (!profiles) return null
    const own = profiles[intent]
    return countsAt(own ? [own] : [], this.cutKind, this.cut)
  }
  /** The data set that the newest mining run made at the slider's place. */
  readonly setAtCut: string | null = $derived.by(() => {
    const rule = this.#funnel?.mining?.rule
    const levels = this.#funnel?.mining?.levels ?? []
    const values =
      rule?.kind === 'percentage' && this.cutKind === 'share'
        ? rule.alphas
        : rule?.kind === 'margin' && this.cutKind === 'gap'
          ? rule.margins
          : []
    const level = levels[values.findIndex((value) => Math.abs(value - this.cut) < 1e-6)]
    return level ? `MTT-${level.name}` : null
  })

  async load(): Promise<void> {
    const { refinement } = this.#workbench.client
    try {
      const [funnel, datasets] = await Promise.all([refinement.funnel(), refinement.datasets()])
      this.#funnel = funnel
      this.#datasets = datasets
      this.#problem = null
      this.#startSlider(funnel)
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  /** A new run puts the slider at its middle level. */
  #startSlider({ mining }: RefinementFunnel): void {
    if (!mining || mining.id === this.#minedOnce) return
    this.#minedOnce = mining.id
    const middle = <Value>(values: readonly Value[]): Value | undefined => values[Math.floor(values.length / 2)]
    if (mining.rule.kind === 'percentage') {
      this.cutKind = 'share'
      this.alpha = Math.round((middle(mining.rule.alphas) ?? 0.75) * 200) / 200
    } else if (mining.rule.kind === 'margin') {
      this.cutKind = 'gap'
      this.margin = middle(mining.rule.margins) ?? 0.1
    }
  }

  async loadDetail(name: string | null): Promise<void> {
    if (name === null) {
      this.#detail = null
      return
    }
    if (this.#detail?.name !== name) this.#detail = null
    try {
      const detail = await this.#workbench.client.refinement.dataset({ name })
      if (this.openSet === name) this.#detail = detail
    } catch (error) {
      this.#problem = toProblem(error)
      this.showSet(null)
    }
  }

  async removeSet(name: string): Promise<void> {
    try {
      await this.#workbench.client.refinement.removeDataset({ name })
      this.#workbench.toasts.show(strings.refinement.sets.removed(name))
      if (this.openSet === name) this.showSet(null)
    } catch (error) {
      this.#problem = toProblem(error)
    }
    await this.load()
  }

  async ask(work: Promise<void>): Promise<void> {
    try {
      await work
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }
}
