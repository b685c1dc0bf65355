// Small models of every architecture in a training graph, with numbers to feed.

import type { GraphBuilder, Value } from '../ir/index.ts'
import { retrievalLoss } from '../losses/index.ts'
import { embed, type EmbeddingModel } from '../models/embedding-graph.ts'
import type { TransformerModelConfig } from '../models/encode-tokens.ts'
import { declareInputs } from '../models/encoder-inputs.ts'
import type { ParameterSource } from '../nn/parameters.ts'
import { l2Normalize, type Pooling } from '../nn/pooling.ts'
import { randomNumbers } from './finite-differences.ts'

const encoder = {
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  vocab_size: 20,
  max_position_embeddings: 16,
}
/** Settings of a decoder's config.json; add model_type. */
export const decoder = { ...encoder, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 4 }

/** Name, config.json and pooling. */
export const architectures: readonly (readonly [
  name: string,
  config: Readonly<Record<string, unknown>>,
  pooling: Pooling,
])[] = [
  ['bert', { model_type: 'bert', ...encoder }, 'mean'],
  ['xlm-roberta', { model_type: 'xlm-roberta', ...encoder, max_position_embeddings: 18 }, 'cls'],
  ['mpnet', { model_type: 'mpnet', ...encoder, max_position_embeddings: 18 }, 'mean_sqrt_len'],
  [
    'distilbert',
    {
      model_type: 'distilbert',
      dim: 8,
      n_heads: 2,
      n_layers: 2,
      hidden_dim: 12,
      vocab_size: 20,
      max_position_embeddings: 16,
    },
    'max',
  ],
  ['modernbert', { model_type: 'modernbert', ...encoder, num_hidden_layers: 3, local_attention: 4 }, 'weightedmean'],
  ['qwen2', { model_type: 'qwen2', ...decoder }, 'lasttoken'],
  ['qwen3', { model_type: 'qwen3', ...decoder, is_causal: false }, 'mean'],
  ['llama', { model_type: 'llama', ...decoder, hidden_act: 'gelu_pytorch_tanh' }, 'lasttoken'],
]

export const [queries, group, sequence] = [2, 2, 5]

/** Weights around one for normalizations, small elsewhere; ids with repeats; texts of different lengths. */
export function feedsOf(inputs: readonly Value[]): Record<string, readonly number[]> {
  const random = randomNumbers(3)
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const dims = shape as readonly number[]
      const count = dims.reduce((product, dim) => product * dim, 1)
      const cell = (index: number): number => {
        if (name.endsWith('input_ids')) return Math.floor(random() * 20)
        if (name.endsWith('attention_mask')) return index % sequence < 3 + (Math.floor(index / sequence) % 3) ? 1 : 0
        if (name === 'positives')
          return index % (queries * group) === group * Math.floor(index / (queries * group)) ? 1 : 0
        if (/norm/i.test(name) && name.endsWith('weight')) return 1 + 0.4 * (random() - 0.5)
        return 0.8 * (random() - 0.5)
      }
      return [name, Array.from({ length: count }, (_, index) => cell(index))]
    }),
  )
}

/** Both encoders in one graph, over the same weights. */
export function retrieval(
  g: GraphBuilder,
  parameters: ParameterSource,
  config: TransformerModelConfig,
  pooling: Pooling,
): Value {
  const model: EmbeddingModel = { kind: 'transformer', config, pooling, dense: [], attention: undefined }
  const encode = (prefix: string, batch: number) =>
    g.scope(prefix, () =>
      l2Normalize(g, embed({ g, parameters }, model, declareInputs(g, { batch, sequence }, { prefix: `${prefix}.` }))),
    )
  const [q, p] = [encode('query', queries), encode('passage', queries * group)]
  const positives = g.input('positives', 'float32', [queries, queries * group])
  return retrievalLoss(g, q, p, { positives }, { temperature: 0.5, group, negatives: 'in-batch' })
}
