// ModernBERT (Warner et al., arXiv 2412.13663): rotary positions, pre-normalization, gated feed-forward, local attention
// in two of three layers.
import { multiplyDims, type Value } from '../ir/index.ts'
import { activate } from '../nn/activation.ts'
import { attention, localBias, paddingBias, splitHeads, type BatchShape } from '../nn/attention.ts'
import { layerNorm } from '../nn/normalization.ts'
import { embedding, linear, type Network } from '../nn/parameters.ts'
import { applyRotary, rotaryTables, type RotaryTables } from '../nn/rope.ts'
import type { ModernBertConfig } from './config.ts'
import type { EncoderStages } from './encoder-stages.ts'

/** ModernBERT, layer by layer. */
export function modernBertStages(config: ModernBertConfig): EncoderStages {
  const { hiddenSize: hidden, globalEvery } = config
  const isGlobal = (layer: number) => layer % globalEvery === 0
  return {
    layers: config.layers,
    embed(network, { ids, batch, sequence }) {
      const words = embedding(network, 'embeddings.tok_embeddings.weight', ids, config.vocabularySize, hidden)
      return norm(network, config, network.g.reshape(words, [multiplyDims(batch, sequence), hidden]), 'embeddings.norm')
    },
    layer(network, inputs) {
      const { g } = network
      const { sequence } = inputs
      const globalBias = g.scope('bias', () => paddingBias(g, inputs.mask, inputs))
      const nearBias = g.scope('bias', () => g.add(globalBias, localBias(g, sequence, config.localReach)))
      const tables = (rope: ModernBertConfig['globalRope']) =>
        g.scope('rotary', () =>
          rotaryTables(g, rope, sequence, config.headSize, inputs.maxSequence ?? config.maxTokens),
        )
      const [globalRotary, localRotary] = [tables(config.globalRope), tables(config.localRope)]
      return (x, layer) => {
        const [bias, rotary] = isGlobal(layer) ? [globalBias, globalRotary] : [nearBias, localRotary]
        return block(network, config, layer, x, bias, rotary, inputs)
      }
    },
    finish: (network, x) => norm(network, config, x, 'final_norm'),
    // The first layer stands alone: it has no norm before its attention.
    likeLayer: (layer) => (layer === 0 ? 0 : isGlobal(layer) ? globalEvery : 1),
    prefix: (layer) => `layers.${layer}.`,
  }
}

function norm(network: Network, config: ModernBertConfig, x: Value, name: string): Value {
  return layerNorm(network, x, name, config.hiddenSize, config.normEpsilon, config.normBias)
}

function block(
  network: Network,
  config: ModernBertConfig,
  layer: number,
  x: Value,
  bias: Value,
  rotary: RotaryTables,
  shape: BatchShape,
): Value {
  const { g } = network
  const { hiddenSize: hidden, heads, headSize, feedForwardSize: wide } = config
  const prefix = `layers.${layer}`
  const dense = (input: Value, name: string, inputs: number, outputs: number, hasBias: boolean) =>
    linear(network, input, { name: `${prefix}.${name}`, inputs, outputs, bias: hasBias })

  // The embeddings are normalized already, so the first block has no norm of its own before the attention.
  const normed = layer === 0 ? x : norm(network, config, x, `${prefix}.attn_norm`)
  const [query, key, value] = g
    .split(dense(normed, 'attn.Wqkv', hidden, 3 * hidden, config.attentionBias), 1, [hidden, hidden, hidden])
    .map((part) => splitHeads(g, part, shape, heads, headSize)) as [Value, Value, Value]
  const rotated = (part: Value) => applyRotary(g, part, rotary, headSize)
  const layout = { heads, keyValueHeads: heads, headSize }
  const mixed = attention(g, rotated(query), rotated(key), value, bias, shape, layout)
  const attended = g.add(x, dense(mixed, 'attn.Wo', hidden, hidden, config.attentionBias))

  const input = norm(network, config, attended, `${prefix}.mlp_norm`)
  const both = dense(input, 'mlp.Wi', hidden, 2 * wide, config.feedForwardBias)
  const [activated, gate] = g.split(both, 1, [wide, wide]) as [Value, Value]
  const gated = g.mul(activate(g, config.activation, activated), gate)
  return g.add(attended, dense(gated, 'mlp.Wo', wide, hidden, config.feedForwardBias))
}
