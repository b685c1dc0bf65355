// How an encoder is run in training: the interface that the two plans share, and the batches they work on.
import type { Tensor } from 'onnxruntime-node'
import { type Dim, dimTerms } from '../../ml/ir/index.ts'
import { dropoutNumbers, type NoiseInput } from '../../ml/lora/index.ts'
import { INPUT_NAMES } from '../../ml/models/encoder-inputs.ts'
import { padBatch } from '../../ml/session/batches.ts'
import { int64Tensor } from '../../ml/session/ort-session.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import type { GraphMemory } from './graph-memory.ts'
import { type Feeds, floatTensor } from './training-session.ts'

/** Texts of one run, padded to the longest. */
export interface TokenBatch {
  readonly rows: number
  readonly sequence: number
  /** `[rows, sequence]` */
  readonly ids: Tensor
  readonly mask: Tensor
  /** The same number gives the same dropout: a second pass over a batch must see what the first one saw. */
  readonly noiseSeed: number
}

export function tokenBatch(
  rows: readonly (readonly number[])[],
  padId: number,
  noiseSeed: number,
  sequence = Math.max(1, ...rows.map((row) => row.length)),
): TokenBatch {
  const { ids, mask } = padBatch(rows, sequence, padId)
  const dims = [rows.length, sequence]
  return {
    rows: rows.length,
    sequence,
    ids: int64Tensor(ids, dims),
    mask: int64Tensor(mask, dims),
    noiseSeed,
  }
}

/** An encoder with gradients, which are added up where the plan was told to. */
export interface EncoderPlan {
  readonly name: 'monolithic' | 'layer-wise'
  /** Where graphs of the whole model run; plans that have none leave it out. */
  readonly memory?: GraphMemory
  /** Lengths of texts are best rounded up to a multiple of this; 1 when left out. */
  readonly lengthStep?: number
  /** Vectors `[rows, dimensions]` of length 1. @param training whether to drop out */
  embed(batch: TokenBatch, training: boolean): Promise<Float32Array>
  /** Adds the gradients of all trained weights. @param dVectors gradient of the loss by the vectors, `[rows, dimensions]` */
  backward(batch: TokenBatch, dVectors: Float32Array): Promise<void>
  release(): Promise<void>
}

export interface PlanOptions {
  readonly threads?: number | undefined
}

/** Tokens that texts are padded to: the longest of them, rounded up as `memory` likes it within what the model reads. */
export function paddedLength(
  rows: readonly (readonly number[])[],
  { lengthStep, model }: Pick<GraphMemory, 'lengthStep' | 'model'>,
): number {
  const longest = Math.max(1, ...rows.map((row) => row.length))
  const stepped = Math.ceil(longest / lengthStep) * lengthStep
  return Math.max(longest, Math.min(stepped, model.definition.maxTokens))
}

export function batchFeeds({ ids, mask }: TokenBatch, prefix = ''): Feeds {
  return { [prefix + INPUT_NAMES.ids]: ids, [prefix + INPUT_NAMES.mask]: mask }
}

/** Feeds for a graph's dropout. @param sizes of the symbols its shapes are made of */
export function noiseFeeds(
  inputs: readonly NoiseInput[],
  sizes: Readonly<Record<string, number>>,
  seed: number,
): Feeds {
  return Object.fromEntries(
    inputs.map(({ name, kind, length }, index) => {
      const count = sizeOf(length, sizes)
      return [name, floatTensor(dropoutNumbers(kind, count, seededRandom(seed * 31 + index)), [count])]
    }),
  )
}

function sizeOf(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim
  return dimTerms(dim).reduce(
    (sum, { coefficient, symbols }) =>
      sum + symbols.reduce((product, symbol) => product * (sizes[symbol] ?? NaN), coefficient),
    0,
  )
}
