// BERT (Devlin et al., arXiv 1810.04805) and its relatives: one block, tables for the names and the few differences.
import { addDims, multiplyDims, type Value } from '../ir/index.ts'
import { activate } from '../nn/activation.ts'
import { attention, paddingBias, splitHeads, type BatchShape } from '../nn/attention.ts'
import { layerNorm } from '../nn/normalization.ts'
import { embedding, linear, type Network } from '../nn/parameters.ts'
import type { PostNormConfig } from './config.ts'
import type { EncoderInputs } from './encoder-inputs.ts'
import type { EncoderStages } from './encoder-stages.ts'

/** Parameter names of a block, without `.weight` and `.bias`. */
interface BlockNames {
  readonly block: string
  readonly query: string
  readonly key: string
  readonly value: string
  readonly output: string
  readonly attentionNorm: string
  readonly up: string
  readonly down: string
  readonly outputNorm: string
}

const BERT_NAMES: BlockNames = {
  block: 'encoder.layer',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  outputNorm: 'output.LayerNorm',
}

const NAMES: Readonly<Record<PostNormConfig['modelType'], BlockNames>> = {
  bert: BERT_NAMES,
  roberta: BERT_NAMES,
  'xlm-roberta': BERT_NAMES,
  camembert: BERT_NAMES,
  mpnet: {
    ...BERT_NAMES,
    query: 'attention.attn.q',
    key: 'attention.attn.k',
    value: 'attention.attn.v',
    output: 'attention.attn.o',
    attentionNorm: 'attention.LayerNorm',
  },
  distilbert: {
    block: 'transformer.layer',
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    output: 'attention.out_lin',
    attentionNorm: 'sa_layer_norm',
    up: 'ffn.lin1',
    down: 'ffn.lin2',
    outputNorm: 'output_layer_norm',
  },
}

/** BERT and its relatives, layer by layer. */
export function postNormStages(config: PostNormConfig): EncoderStages {
  const names = NAMES[config.modelType]
  return {
    layers: config.layers,
    embed: (network, inputs) => network.g.scope('embeddings', () => embed(network, config, inputs)),
    layer(network, inputs) {
      const { g } = network
      const bias = g.scope('bias', () => {
        const padding = paddingBias(g, inputs.mask, inputs)
        return config.relativeBuckets > 0 ? g.add(padding, relativeBias(network, config, inputs)) : padding
      })
      return (x, layer) => block(network, config, names, `${names.block}.${layer}`, x, bias, inputs)
    },
    finish: (_, x) => x,
    likeLayer: () => 0,
    prefix: (layer) => `${names.block}.${layer}.`,
  }
}

function embed(network: Network, config: PostNormConfig, inputs: EncoderInputs): Value {
  const { g } = network
  const { batch, sequence } = inputs
  const { hiddenSize: hidden, firstPosition } = config
  const table = (name: string, rows: number) =>
    network.parameters.parameter(g, `embeddings.${name}_embeddings.weight`, [rows, hidden])
  const words = embedding(network, 'embeddings.word_embeddings.weight', inputs.ids, config.vocabularySize, hidden)
  // [Note: positions] Padding is on the right, so token t has position t: a slice of the table does for all texts.
  let shared = g.slice(table('position', config.positionRows), 0, firstPosition, addDims(firstPosition, sequence))
  let x = words
  if (config.typeVocabularySize > 0) {
    const types = table('token_type', config.typeVocabularySize)
    if (inputs.typeIds) x = g.add(x, g.gather(types, inputs.typeIds))
    else shared = g.add(shared, g.slice(types, 0, 0, 1))
  }
  const summed = g.add(x, g.reshape(shared, [1, sequence, hidden]))
  const rows = g.reshape(summed, [multiplyDims(batch, sequence), hidden])
  return layerNorm(network, rows, 'embeddings.LayerNorm', hidden, config.normEpsilon)
}

function block(
  network: Network,
  config: PostNormConfig,
  names: BlockNames,
  prefix: string,
  x: Value,
  bias: Value,
  shape: BatchShape,
): Value {
  const { g } = network
  const { hiddenSize: hidden, heads, headSize, feedForwardSize, normEpsilon } = config
  const dense = (name: string, input: Value, inputs: number, outputs: number) =>
    linear(network, input, { name: `${prefix}.${name}`, inputs, outputs, bias: true })
  const norm = (name: string, input: Value) => layerNorm(network, input, `${prefix}.${name}`, hidden, normEpsilon)
  const split = (name: string) => splitHeads(g, dense(name, x, hidden, hidden), shape, heads, headSize)

  const layout = { heads, keyValueHeads: heads, headSize }
  const mixed = attention(g, split(names.query), split(names.key), split(names.value), bias, shape, layout)
  const attended = norm(names.attentionNorm, g.add(dense(names.output, mixed, hidden, hidden), x))
  const widened = activate(g, config.activation, dense(names.up, attended, hidden, feedForwardSize))
  return norm(names.outputNorm, g.add(dense(names.down, widened, feedForwardSize, hidden), attended))
}

/**
 * MPNet's bias by bucketed distance (the scheme of T5), `[1, heads, sequence, sequence]`.
 * The bucket of every possible distance is a constant; the graph only looks it up.
 */
function relativeBias({ g, parameters }: Network, config: PostNormConfig, { sequence }: BatchShape): Value {
  const reach = config.maxTokens - 1
  const buckets = Array.from({ length: 2 * reach + 1 }, (_, i) => relativeBucket(i - reach, config.relativeBuckets))
  const positions = g.range(0, sequence)
  const distance = g.sub(g.reshape(positions, [1, sequence]), g.reshape(positions, [sequence, 1]))
  const bucket = g.gather(g.constant('int64', [buckets.length], buckets), g.add(distance, reach))
  const table = parameters.parameter(g, 'encoder.relative_attention_bias.weight', [
    config.relativeBuckets,
    config.heads,
  ])
  return g.unsqueeze(g.transpose(g.gather(table, bucket), [2, 0, 1]), [0])
}

/** Distances beyond this all share the last bucket. */
const FAR = 128

/** Bucket of `key position - query position`: exact for near distances, logarithmic for far ones, separate by sign. */
function relativeBucket(distance: number, buckets: number): number {
  const half = buckets / 2
  const exact = half / 2
  const side = distance > 0 ? half : 0
  const size = Math.abs(distance)
  if (size < exact) return side + size
  // float32 steps as in the reference: at exact powers the truncation would otherwise fall on the other side.
  const log = Math.fround(Math.fround(Math.log(Math.fround(size / exact))) / Math.log(FAR / exact))
  return side + Math.min(half - 1, exact + Math.trunc(Math.fround(log * (half - exact))))
}
