// The model that self-checks work on, and small batches for it.
import { GraphBuilder } from '../../ml/ir/index.ts'
import { decoderLora, type LoraConfig } from '../../ml/lora/index.ts'
import type { ParameterSource } from '../../ml/nn/parameters.ts'
import { ParameterInputs } from '../../ml/optim/index.ts'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { unitVectors, encoderDefinition } from '../engine/encoder-definition.ts'
import { TrainableModel, type Tuning } from '../engine/trainable-model.ts'
import { writeRandomWeights } from '../output/random-model.ts'

/** Longest text of a check, in tokens: a check asks whether numbers are right, and small shapes show that as well as large ones. */
export const PROBE_TOKENS = 12

/** Models above this many bytes of weights are checked through adapters: gradients and moments of all their weights would not fit. */
const FULL_TUNING_BYTES = 600_000_000

/** A small decoder with random weights, for checks of the engine without a model. It has everything there is to check. */
export async function writeProbeModel(folder: string): Promise<void> {
  const config = {
    model_type: 'qwen3',
    ...{ hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 8 },
    ...{ intermediate_size: 48, vocab_size: 200, max_position_embeddings: 64, is_causal: false },
  }
  await writeRandomWeights(folder, config, 1)
}

export function isTransformer({ source }: ModelFolder): boolean {
  return source.kind === 'transformer'
}

/** Every weight of models that allow it, adapters on the others. */
export function probeTuning(folder: ModelFolder): Tuning {
  const { source } = folder
  const isLarge = source.kind === 'transformer' && source.weights.bytes > FULL_TUNING_BYTES
  return isLarge ? probeLora(folder) : 'full'
}

/** Adapters on all linear layers, whatever the architecture calls them. */
export function probeLora(folder: ModelFolder): LoraConfig {
  const definition = encoderDefinition(folder, { maxTokens: PROBE_TOKENS })
  const inputs = new ParameterInputs(() => true)
  const layers = new Set<string>()
  const listing: ParameterSource = {
    parameter: (g, name, shape) => inputs.parameter(g, name, shape),
    has: () => false,
    linear: (_g, _x, { name }) => {
      layers.add(name.slice(name.lastIndexOf('.') + 1))
      return undefined
    },
  }
  unitVectors(new GraphBuilder('layers'), listing, definition)
  return { ...decoderLora, rank: 4, alpha: 8, dropout: 0, targets: [...layers] }
}

/** Opens the model; adapters get values that change what it computes. */
export async function openProbe(folder: ModelFolder, tuning: Tuning): Promise<TrainableModel> {
  const model = await TrainableModel.open(folder, { tuning, maxTokens: PROBE_TOKENS, seed: 1 })
  const random = seededRandom(2)
  for (const { name } of model.layout.slots) {
    if (!name.endsWith('.lora_B.weight')) continue
    const values = model.layout.view(model.parameters, name)
    for (let i = 0; i < values.length; i++) values[i] = 0.02 * (random() - 0.5)
  }
  return model
}

/** Texts of random tokens. @returns `count` rows of 4 to 12 ids */
export function probeTexts({ folder, definition }: TrainableModel, count: number, seed: number): number[][] {
  const { source } = folder
  const longest = Math.min(PROBE_TOKENS, definition.maxTokens)
  const vocabulary =
    source.kind === 'transformer' ? source.config.vocabularySize : source.kind === 'static' ? source.layout.tokens : 1
  const random = seededRandom(seed)
  const text = () => {
    const length = Math.min(longest, 4 + Math.floor(random() * (PROBE_TOKENS - 3)))
    return Array.from({ length }, () => Math.floor(random() * vocabulary))
  }
  return Array.from({ length: count }, text)
}
