// Decoder-only models used as encoders: Llama, Mistral, Qwen2, Qwen3. The attention mask is a choice, not part of the model.
import { multiplyDims, type Value } from '../ir/index.ts'
import { activate } from '../nn/activation.ts'
import { attention, causalBias, paddingBias, splitHeads, type BatchShape } from '../nn/attention.ts'
import { rmsNorm } from '../nn/normalization.ts'
import { embedding, linear, type Network } from '../nn/parameters.ts'
import { applyRotary, rotaryTables, type RotaryTables } from '../nn/rope.ts'
import type { Attention, DecoderConfig } from './config.ts'
import type { EncoderStages } from './encoder-stages.ts'

/**
 * Decoder-only models, layer by layer.
 *
 * @param mode `causal`, as decoders are trained, or `bidirectional`, as stage 1 of the method adapts them
 */
export function decoderStages(config: DecoderConfig, mode: Attention): EncoderStages {
  const { hiddenSize: hidden } = config
  return {
    layers: config.layers,
    embed(network, { ids, batch, sequence }) {
      const words = embedding(network, 'embed_tokens.weight', ids, config.vocabularySize, hidden)
      return network.g.reshape(words, [multiplyDims(batch, sequence), hidden])
    },
    layer(network, inputs) {
      const { g } = network
      const { sequence } = inputs
      const rotary = g.scope('rotary', () =>
        rotaryTables(g, config.rope, sequence, config.headSize, inputs.maxSequence ?? config.maxTokens),
      )
      const bias = g.scope('bias', () => {
        const padding = paddingBias(g, inputs.mask, inputs)
        return mode === 'causal'
          ? g.add(padding, causalBias(g, sequence, config.heads / config.keyValueHeads))
          : padding
      })
      return (x, layer) => block(network, config, `layers.${layer}`, x, bias, rotary, inputs)
    },
    finish: (network, x) => rmsNorm(network, x, 'norm', hidden, config.normEpsilon),
    likeLayer: () => 0,
    prefix: (layer) => `layers.${layer}.`,
  }
}

/** Next-token logits `[rows, vocabulary]` of token vectors `[rows, hidden]`; the head may be the embedding table. */
export function languageModelLogits({ g, parameters }: Network, config: DecoderConfig, hidden: Value): Value {
  const name = config.tiedHead || !parameters.has('lm_head.weight') ? 'embed_tokens.weight' : 'lm_head.weight'
  return g.linear(hidden, parameters.parameter(g, name, [config.vocabularySize, config.hiddenSize]))
}

function block(
  network: Network,
  config: DecoderConfig,
  prefix: string,
  x: Value,
  bias: Value,
  rotary: RotaryTables,
  shape: BatchShape,
): Value {
  const { g } = network
  const { hiddenSize: hidden, heads, keyValueHeads, headSize, normEpsilon } = config
  const norm = (input: Value, name: string, size = hidden) =>
    rmsNorm(network, input, `${prefix}.${name}`, size, normEpsilon)
  const dense = (input: Value, name: string, inputs: number, outputs: number, hasBias: boolean) =>
    linear(network, input, { name: `${prefix}.${name}`, inputs, outputs, bias: hasBias })

  const normed = norm(x, 'input_layernorm')
  const project = (name: string, count: number) => {
    const rows = dense(normed, `self_attn.${name}_proj`, hidden, count * headSize, config.queryKeyValueBias)
    return splitHeads(g, rows, shape, count, headSize)
  }
  const headNorm = (heads: Value, name: string) =>
    config.headNorm ? norm(heads, `self_attn.${name}`, headSize) : heads
  const query = applyRotary(g, headNorm(project('q', heads), 'q_norm'), rotary, headSize)
  const key = applyRotary(g, headNorm(project('k', keyValueHeads), 'k_norm'), rotary, headSize)
  const mixed = attention(g, query, key, project('v', keyValueHeads), bias, shape, config)
  const attended = g.add(x, dense(mixed, 'self_attn.o_proj', heads * headSize, hidden, config.outputBias))

  const wide = config.feedForwardSize
  const input = norm(attended, 'post_attention_layernorm')
  const gate = activate(g, config.activation, dense(input, 'mlp.gate_proj', hidden, wide, config.feedForwardBias))
  const gated = g.mul(gate, dense(input, 'mlp.up_proj', hidden, wide, config.feedForwardBias))
  return g.add(attended, dense(gated, 'mlp.down_proj', wide, hidden, config.feedForwardBias))
}
