import type { RefinementFunnel, RefinementSample, Suspect } from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'

export const SAMPLE_KINDS = ['kept', 'dropped', 'close'] as const
export type SampleKind = (typeof SAMPLE_KINDS)[number]

const SHOWN = 20
const DROPPED = ['no-agreement', 'agreed-on-other', 'not-retrieved', 'too-few-results']

/** Pairs drawn at random from the newest runs: what was kept, what was dropped and why, and what scores too close. */
export class Samples {
  kind = $state<SampleKind>('dropped')
  #pairs = $state.raw<readonly RefinementSample[] | null>(null)
  #close = $state.raw<readonly Suspect[] | null>(null)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  #asked = 0
  /** What is there; see {@link drawing}. */
  #drawn = ''

  constructor(client: Client) {
    this.#client = client
  }

  /** null while they are read, and for the other kind. */
  get pairs(): readonly RefinementSample[] | null {
    return this.#pairs
  }
  get close(): readonly Suspect[] | null {
    return this.#close
  }
  get problem(): Problem | null {
    return this.#problem
  }

  /** Draws, unless what is there is of this kind and of these runs: coming back to a sample finds it again. */
  show(funnel: Pick<RefinementFunnel, 'filter' | 'mining'>): Promise<void> {
    return this.#drawn === drawing(this.kind, funnel) ? Promise.resolve() : this.draw(funnel)
  }

  /** Draws others. */
  async draw({ filter, mining }: Pick<RefinementFunnel, 'filter' | 'mining'>): Promise<void> {
    const asked = ++this.#asked
    const drawn = drawing(this.kind, { filter, mining })
    try {
      if (this.kind === 'close') {
        const close = mining ? await this.#suspects(mining.id, mining.suspects) : []
        if (asked !== this.#asked) return
        this.#close = close
      } else {
        const outcomes = this.kind === 'kept' ? ['kept'] : DROPPED
        const pairs = filter
          ? await this.#client.refinement.samples({ filterId: filter.id, outcomes, limit: SHOWN })
          : []
        if (asked !== this.#asked) return
        // As the run lists its retrievers; its first one is the judge of the rule with one.
        const order = (id: string): number => filter?.retrievers.indexOf(id) ?? 0
        this.#pairs = pairs.map((pair) => ({
          ...pair,
          votes: pair.votes.toSorted((a, b) => order(a.retriever) - order(b.retriever)),
        }))
      }
      this.#drawn = drawn
      this.#problem = null
    } catch (error) {
      if (asked === this.#asked) this.#problem = toProblem(error)
    }
  }

  async #suspects(miningId: number, total: number): Promise<readonly Suspect[]> {
    const offset = Math.floor(Math.random() * Math.max(1, total - SHOWN + 1))
    return (await this.#client.refinement.suspects({ miningId, offset, limit: SHOWN })).rows
  }
}

/** Names a kind of samples of the newest runs. */
function drawing(kind: SampleKind, { filter, mining }: Pick<RefinementFunnel, 'filter' | 'mining'>): string {
  return `${kind} ${filter?.id} ${mining?.id}`
}
