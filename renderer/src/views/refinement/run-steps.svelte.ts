import { INTENTS, type Intent } from '../../../../electron/contracts/intents.ts'
import type {
  FilterInput,
  FilterRule,
  GeneratorId,
  MineInput,
  NegativeRule,
  SynthesizeInput,
} from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

export const STEPS = ['synthesize', 'filter', 'mine'] as const
export type Step = (typeof STEPS)[number]
/** The steps' dialogs, and the one that starts all of them. */
export type Asking = Step | 'all'

export const RULES = ['agree-and-equals-source', 'agree', 'cbf', 'nopos'] as const satisfies readonly FilterRule[]
export const NEGATIVE_KINDS = ['percentage', 'margin', 'absolute', 'rank', 'calibrated'] as const
export type NegativeKind = (typeof NEGATIVE_KINDS)[number]

/**
 * The settings of the three steps and the dialog over them. Numbers are kept as they are typed; `wrong` names the field that
 * cannot be used, so that nothing is sent that the services would refuse.
 */
export class RunSteps {
  asking = $state.raw<Asking | null>(null)

  generator = $state<GeneratorId>('cloze')
  intents = $state.raw<readonly Intent[]>(INTENTS)
  /** Passages per intent; empty: all. */
  limit = $state('')
  perPassage = $state('1')
  trainingProfile = $state(false)

  rule = $state<FilterRule>('agree-and-equals-source')
  topN = $state('1')
  /** null: the first three there are. */
  voters = $state.raw<readonly string[] | null>(null)

  kind = $state<NegativeKind>('percentage')
  alphas = $state('0.65, 0.75, 0.85')
  margins = $state('0.05, 0.1')
  scores = $state('0.2-0.5')
  ranks = $state('10-50')
  shares = $state('50, 70, 90')
  depth = $state('100')
  perQuery = $state('9')
  otherDocuments = $state(false)
  /** null: the embedding model in use, else the best there is. */
  miner = $state<string | null>(null)

  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #onstarted: () => void

  constructor(client: Client, onstarted: () => void) {
    this.#client = client
    this.#onstarted = onstarted
  }

  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  ask(step: Asking): void {
    this.#problem = null
    this.asking = step
  }

  cancel(): void {
    this.asking = null
    this.#problem = null
  }

  toggleIntent(intent: Intent): void {
    const chosen = INTENTS.filter((one) => (one === intent) !== this.intents.includes(one))
    if (chosen.length > 0) this.intents = chosen
  }

  /** @param usual what is used while nothing was chosen */
  toggleVoter(id: string, usual: readonly string[]): void {
    const chosen = this.voters ?? usual
    this.voters = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]
  }

  /** Adds a level to those that the next mining run makes data sets of. */
  addLevel(kind: 'percentage' | 'margin', value: number): void {
    this.kind = kind
    const text = kind === 'percentage' ? this.alphas : this.margins
    const levels = [...new Set([...(numbers(text) ?? []), value])].sort((a, b) => a - b).join(', ')
    if (kind === 'percentage') this.alphas = levels
    else this.margins = levels
  }

  readonly negativeRule: NegativeRule | null = $derived.by(() => {
    switch (this.kind) {
      case 'percentage': {
        const alphas = numbers(this.alphas)?.filter((alpha) => alpha >= -1 && alpha <= 1)
        return alphas && alphas.length === numbers(this.alphas)?.length ? { kind: 'percentage', alphas } : null
      }
      case 'margin': {
        const margins = numbers(this.margins)
        return margins?.every((margin) => margin >= 0) ? { kind: 'margin', margins } : null
      }
      case 'absolute': {
        const ranges = scoreRanges(this.scores)
        return ranges ? { kind: 'absolute', ranges } : null
      }
      case 'rank': {
        const ranges = rankRanges(this.ranks)
        return ranges ? { kind: 'rank', ranges } : null
      }
      case 'calibrated':
        return null
    }
  })

  readonly #keptShares: readonly number[] | null = $derived.by(() => {
    const shares = numbers(this.shares)?.map((percent) => percent / 100)
    return shares?.every((share) => share > 0 && share < 1) ? shares : null
  })

  /** Fields of a step whose text cannot be used. */
  wrong(step: Asking): readonly string[] {
    const wrong: string[] = []
    if (step === 'synthesize' || step === 'all') {
      if (this.limit.trim() !== '' && !isCount(this.limit)) wrong.push('limit')
      if (!isCount(this.perPassage, 20)) wrong.push('perPassage')
    }
    if (step === 'filter' || step === 'all') {
      if (!isCount(this.topN, 10)) wrong.push('topN')
      const needed = { nopos: 0, cbf: 1, agree: 2, 'agree-and-equals-source': 2 }[this.rule]
      if (this.voters !== null && this.voters.length < needed) wrong.push('voters')
    }
    if (step === 'mine' || step === 'all') {
      if (this.kind === 'calibrated' ? this.#keptShares === null : this.negativeRule === null) wrong.push(this.kind)
      if (!isCount(this.depth, 1_000)) wrong.push('depth')
      if (!isCount(this.perQuery, 1_000)) wrong.push('perQuery')
    }
    return wrong
  }

  synthesizeInput(): SynthesizeInput {
    return {
      generator: this.generator,
      intents: [...this.intents],
      perPassage: Number(this.perPassage),
      trainingProfile: this.trainingProfile,
      ...(this.limit.trim() === '' ? {} : { limit: Number(this.limit) }),
    }
  }

  filterInput(): FilterInput {
    return {
      rule: this.rule,
      topN: Number(this.topN),
      ...(this.voters === null ? {} : { retrievers: [...this.voters] }),
    }
  }

  mineInput(): MineInput {
    return {
      ...(this.kind === 'calibrated'
        ? { keptShares: [...(this.#keptShares ?? [])] }
        : { rule: this.negativeRule ?? undefined }),
      depth: Number(this.depth),
      perQuery: Number(this.perQuery),
      excludeSameDocument: this.otherDocuments,
      ...(this.miner === null ? {} : { retriever: this.miner }),
    }
  }

  /** Queues the step of the dialog or another one, or all three. What cannot be started opens its dialog, which says why. */
  async start(step: Asking | null = this.asking): Promise<void> {
    if (step === null || this.#busy) return
    if (this.wrong(step).length > 0) return this.ask(step)
    this.#busy = true
    this.#problem = null
    const { refinement } = this.#client
    try {
      if (step === 'synthesize') await refinement.synthesize(this.synthesizeInput())
      else if (step === 'filter') await refinement.filter(this.filterInput())
      else if (step === 'mine') await refinement.mine(this.mineInput())
      else
        await refinement.refine({
          synthesize: this.synthesizeInput(),
          filter: this.filterInput(),
          mine: this.mineInput(),
        })
      this.asking = null
      this.#onstarted()
    } catch (error) {
      this.asking = step
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}

/** "0.65, 0.75" or "0.65 0.75"; undefined where a word of it is no number. */
export function numbers(text: string): number[] | undefined {
  const words = text.split(/[\s,;]+/u).filter((word) => word !== '')
  const values = words.map(Number)
  return values.length > 0 && values.every(Number.isFinite) ? values : undefined
}

/** "10-50, 50-100" */
export function rankRanges(text: string): { first: number; last: number }[] | undefined {
  const parts = text.split(',').map((part) => /^\s*(\d+)\s*[-–]\s*(\d+)\s*$/u.exec(part))
  const ranges = parts.flatMap((part) => (part ? [{ first: Number(part[1]), last: Number(part[2]) }] : []))
  return ranges.length === parts.length && ranges.every(({ first, last }) => first >= 1 && first <= last)
    ? ranges
    : undefined
}

/** "0.2-0.5, -1 to 0" */
export function scoreRanges(text: string): { low: number; high: number }[] | undefined {
  const number = String.raw`(-?\d+(?:\.\d+)?)`
  const range = new RegExp(String.raw`^\s*${number}\s*(?:-|–|to)\s*${number}\s*$`, 'u')
  const parts = text.split(',').map((part) => range.exec(part))
  const ranges = parts.flatMap((part) => (part ? [{ low: Number(part[1]), high: Number(part[2]) }] : []))
  return ranges.length === parts.length && ranges.every(({ low, high }) => low < high) ? ranges : undefined
}

function isCount(text: string, most = Infinity): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= 1 && value <= most
}
