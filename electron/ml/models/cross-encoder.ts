// Sequence-classification heads with one label: a query and a passage in, a relevance score out.
import type { GraphBuilder, Value } from '../ir/index.ts'
import { activate } from '../nn/activation.ts'
import { pool } from '../nn/pooling.ts'
import { layerNorm } from '../nn/normalization.ts'
import { linear, type Network } from '../nn/parameters.ts'
import { ConfigReader } from './config-reader.ts'
import type { ModelConfig, ModernBertConfig } from './config.ts'
import type { EncoderInputs } from './encoder-inputs.ts'
import { encodeTokens, isTransformer, type TransformerModelConfig } from './encode-tokens.ts'
import { MODEL_ERROR, ModelError } from './model-error.ts'

/** Whether config.json describes a cross-encoder. */
export function isCrossEncoder(json: Readonly<Record<string, unknown>>): boolean {
  const { architectures } = json
  return Array.isArray(architectures) && architectures.some((name) => /ForSequenceClassification$/.test(String(name)))
}

export interface CrossEncoderConfig {
  readonly encoder: Exclude<TransformerModelConfig, { family: 'decoder' }>
  /** ModernBERT's classifier pools by `cls` or `mean`; the others read the first token. */
  readonly pooling: 'cls' | 'mean'
}

/**
 * Reads what the head needs from config.json.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` when there is more than one label (a classifier, not a reranker), or for decoders
 */
export function parseCrossEncoder(
  source: string,
  json: Readonly<Record<string, unknown>>,
  config: ModelConfig,
): CrossEncoderConfig {
  const reader = new ConfigReader(source, json)
  const labels = Object.keys(reader.record('id2label') ?? {}).length || reader.size('num_labels', 2)
  if (labels !== 1) throw reader.unsupported('num_labels', labels, '1: a reranker gives one score')
  if (!isTransformer(config) || config.family === 'decoder') {
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${source}: rerankers of model type ${config.modelType} are not supported. Use a BERT, RoBERTa, MPNet, DistilBERT or ModernBERT cross-encoder.`,
    )
  }
  const pooling = reader.string('classifier_pooling', 'cls') === 'mean' ? 'mean' : 'cls'
  return { encoder: config, pooling: config.family === 'modernbert' ? pooling : 'cls' }
}

/** Relevance logits `[batch]` of the pairs in `inputs`; higher is more relevant, a sigmoid makes it a probability. */
export function crossEncoderLogits(network: Network, config: CrossEncoderConfig, inputs: EncoderInputs): Value {
  const { g } = network
  const { batch, sequence } = inputs
  const { encoder } = config
  const hidden = encoder.hiddenSize
  const tokens = g.reshape(encodeTokens(network, encoder, inputs), [batch, sequence, hidden])
  const pooled = pool(g, config.pooling, tokens, inputs.mask, inputs)
  const logits = g.scope('head', () => head(network, encoder, pooled))
  return g.reshape(logits, [batch])
}

function head(network: Network, config: CrossEncoderConfig['encoder'], pooled: Value): Value {
  const { g } = network
  const hidden = config.hiddenSize
  const dense = (name: string, x: Value, outputs: number, bias = true) =>
    linear(network, x, { name, inputs: hidden, outputs, bias })
  switch (config.modelType) {
    case 'bert':
      return dense('classifier', g.tanh(dense('pooler.dense', pooled, hidden)), 1)
    case 'distilbert':
      return dense('classifier', g.relu(dense('pre_classifier', pooled, hidden)), 1)
    case 'modernbert':
      return dense('classifier', modernHead(network, config, pooled, g), 1)
    case 'mpnet':
    case 'roberta':
    case 'xlm-roberta':
    case 'camembert':
      return dense('classifier.out_proj', g.tanh(dense('classifier.dense', pooled, hidden)), 1)
  }
}

function modernHead(network: Network, config: ModernBertConfig, pooled: Value, g: GraphBuilder): Value {
  const size = config.hiddenSize
  const projected = linear(network, pooled, { name: 'head.dense', inputs: size, outputs: size, bias: false })
  const activated = activate(g, config.activation, projected)
  return layerNorm(network, activated, 'head.norm', size, config.normEpsilon, config.normBias)
}
