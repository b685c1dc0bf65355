import type { Value } from '../ir/index.ts'
import type { Network } from '../nn/parameters.ts'
import type { Attention, DecoderConfig, ModelConfig, ModernBertConfig, PostNormConfig } from './config.ts'
import { decoderStages } from './decoder.ts'
import type { EncoderInputs } from './encoder-inputs.ts'
import type { EncoderStages } from './encoder-stages.ts'
import { modernBertStages } from './modern-bert.ts'
import { postNormStages } from './post-norm-encoder.ts'

/** Every architecture with layers; the static tables have none. */
export type TransformerModelConfig = PostNormConfig | ModernBertConfig | DecoderConfig

export function isTransformer(config: ModelConfig): config is TransformerModelConfig {
  return config.family !== 'static'
}

/**
 * A model as stages: embedding, layers, final normalization.
 *
 * @param mode decoders only; default is what the model's folder says
 */
export function encoderStages(config: TransformerModelConfig, mode?: Attention): EncoderStages {
  switch (config.family) {
    case 'post-norm':
      return postNormStages(config)
    case 'modernbert':
      return modernBertStages(config)
    case 'decoder':
      return decoderStages(config, mode ?? config.attention)
  }
}

/**
 * The model proper, from token ids to the token vectors of the last layer, `[batch*sequence, hidden]`.
 * One definition for inference and training: sizes, weights and, for decoders, the mask come from the caller.
 *
 * @param mode decoders only; default is what the model's folder says
 */
export function encodeTokens(
  network: Network,
  config: TransformerModelConfig,
  inputs: EncoderInputs,
  mode?: Attention,
): Value {
  const stages = encoderStages(config, mode)
  let x = stages.embed(network, inputs)
  const addLayer = stages.layer(network, inputs)
  for (let layer = 0; layer < stages.layers; layer++) x = network.g.scope(`layer.${layer}`, () => addLayer(x, layer))
  return stages.finish(network, x)
}
