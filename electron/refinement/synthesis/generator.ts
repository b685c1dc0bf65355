import type { Intent } from '../../contracts/intents.ts'
import type { GeneratorId } from '../../contracts/refinement.ts'

/** A passage of the library as a generator reads it. */
export interface SourcePassage {
  readonly documentHash: string
  readonly title: string
  readonly language: string | null
  readonly page: number
  readonly pageEnd: number
  /** Outermost first. */
  readonly headings: readonly string[]
  readonly text: string
  readonly textHash: string
  readonly tokens: number
  /** Opens or sums up its document: what QAdoc pairs are made from. */
  readonly isAbstract: boolean
}

/** A query and the text that answers it, as a generator wrote them. */
export interface WrittenPair {
  readonly query: string
  /** The passage's own text, a part of it, or a text written from it. */
  readonly positive: string
  readonly method: string
  readonly task?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly writtenNegatives?: readonly string[]
  readonly promptHash?: string
}

export interface GenerateOptions {
  /** Same seed, same pairs: for the built-in generator always, for a language model as far as its server allows. */
  readonly seed: number
  /** Pairs per passage and intent at most. */
  readonly perPassage: number
  readonly signal: AbortSignal
}

/** Tokens used so far, by this process. `cost` is in the currency of the configured prices; undefined without prices. */
export interface GeneratorUsage {
  readonly requests: number
  readonly fromCache: number
  readonly retries: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost?: number
}

/** Writes pairs from passages: built in, or a language model. */
export interface PairGenerator {
  /** Stored with every pair it makes. */
  readonly id: GeneratorId
  /** The language model's name; empty for the built-in generator. */
  readonly model: string
  /** How many passages it works on side by side. */
  readonly concurrency: number
  /**
   * @returns the pairs; none where the passage has nothing to ask about under this intent.
   * @throws GeneratorRefusal when this passage failed for good and the next one may be tried; any other error ends the job.
   */
  generate(passage: SourcePassage, intent: Intent, options: GenerateOptions): Promise<readonly WrittenPair[]>
  usage(): GeneratorUsage
  /** Frees what it holds. */
  close?(): void
}

/** One passage could not be turned into a pair, for a reason worth a line in the job's log. */
export class GeneratorRefusal extends Error {
  override readonly name = 'GeneratorRefusal'
}
