import type { Value } from '../ir/index.ts'
import type { Network } from '../nn/parameters.ts'
import type { Attention, DecoderConfig, ModelConfig, ModernBertConfig, PostNormConfig } from './config.ts'
import { encodeDecoder } from './decoder.ts'
import type { EncoderInputs } from './encoder-inputs.ts'
import { encodeModernBert } from './modern-bert.ts'
import { encodePostNorm } from './post-norm-encoder.ts'

/** Every architecture with layers; the static tables have none. */
export type TransformerModelConfig = PostNormConfig | ModernBertConfig | DecoderConfig

export function isTransformer(config: ModelConfig): config is TransformerModelConfig {
  return config.family !== 'static'
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
  switch (config.family) {
    case 'post-norm':
      return encodePostNorm(network, config, inputs)
    case 'modernbert':
      return encodeModernBert(network, config, inputs)
    case 'decoder':
      return encodeDecoder(network, config, inputs, mode ?? config.attention)
  }
}
