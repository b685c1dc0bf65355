// What a run tells while it works. Plain data: it crosses a process and is kept in the library.
import type { Intent } from '../../contracts/intents.ts'
import type { TrainingDataFacts } from '../../contracts/training.ts'
import type { Interval } from '../../platform/bootstrap.ts'
import type { DevQueryScore } from '../data/dev-set.ts'
import type { EngineDevice } from '../engine/training-engine.ts'

export type TrainingEvent =
  | { readonly kind: 'data'; readonly facts: TrainingDataFacts }
  | {
      readonly kind: 'stage'
      readonly stage: number
      readonly name: string
      readonly steps: number
      /** Trained parameters. */
      readonly parameters: number
      readonly device: EngineDevice
    }
  | StepEvent
  | {
      readonly kind: 'evaluation'
      readonly stage: number
      readonly step: number
      readonly ndcg: number
      readonly byIntent: Readonly<Partial<Record<Intent, number>>>
      readonly best: boolean
      readonly queries: readonly DevQueryScore[]
      /** Of `ndcg`; undefined without queries. */
      readonly interval: Interval | undefined
      readonly seconds: number
    }
  | {
      readonly kind: 'checkpoint'
      readonly stage: number
      readonly step: number
      readonly folder: string
    }
  | {
      readonly kind: 'gate'
      readonly stage: number
      readonly passed: boolean
      readonly reason: string
    }
  | { readonly kind: 'note'; readonly level: 'info' | 'warning'; readonly text: string }

export interface StepEvent {
  readonly kind: 'step'
  readonly stage: number
  readonly step: number
  readonly loss: number
  /** Loss of a model that knows nothing: ln of the number of candidates. */
  readonly chance: number
  readonly learningRate: number
  readonly gradientNorm: number
  /** Mean cosine of query and positive, and of query and hardest negative; NaN in stage 1. */
  readonly positiveSimilarity: number
  readonly hardestNegativeSimilarity: number
  readonly tokensPerSecond: number
  readonly memoryBytes: number
  /** What this step took, by a clock that nobody sets; and its tokens, without padding. */
  readonly seconds: number
  readonly tokens: number
}
