// A model of one's own from nothing: a vocabulary learned from the training text and random weights.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeSafetensors } from '../../ml/checkpoint/safetensors-writer.ts'
import { GraphBuilder } from '../../ml/ir/index.ts'
import { parseModelConfig } from '../../ml/models/config.ts'
import { languageModelLogits } from '../../ml/models/decoder.ts'
import { declareInputs } from '../../ml/models/encoder-inputs.ts'
import { encodeTokens, isTransformer } from '../../ml/models/encode-tokens.ts'
import { ParameterInputs } from '../../ml/optim/index.ts'
import { wordPieceDefinition } from '../../ml/tokenizer/definition.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { type RandomModel, recipeError } from '../recipe.ts'
import { countWords, trainWordPiece } from '../static/word-piece-trainer.ts'

/** Standard deviation of first weights, as BERT and Qwen use it. */
const INITIAL_SCALE = 0.02
/**
 * Token vectors start larger: a text's vector is then about the sum of its words' from the first step, and texts that share words are
 * neighbours before anything is learned. At 0.02 the layers drown them and all texts look alike; small data never mends that.
 */
const TOKEN_SCALE = 0.25

/**
 * Writes a folder with random weights. The same texts and seed give the same bytes.
 *
 * @param texts what the vocabulary is learned from
 * @throws TrainingError `TRAINING_RECIPE` when the sizes do not fit each other
 */
export async function writeRandomModel(
  folder: string,
  shape: RandomModel,
  texts: Iterable<string>,
  options: { readonly maxTokens: number; readonly seed: number },
): Promise<void> {
  if (shape.hidden % shape.heads !== 0)
    throw recipeError(
      `model: hidden (${shape.hidden}) must be a multiple of heads (${shape.heads}). Correct the recipe.`,
    )
  const counts = new Map<string, number>()
  for (const text of texts) countWords(text, counts)
  const vocabulary = trainWordPiece(counts, { size: shape.vocabulary, minCount: 3, minWordCount: 2 })
  const json = configOf(shape, vocabulary.length, options.maxTokens)
  const temporary = `${folder}.part`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  await writeRandomWeights(temporary, json, options.seed)
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    ...wordPieceDefinition(folder, vocabulary.join('\n'), {}),
  }
  await writeFile(join(temporary, 'tokenizer.json'), `${JSON.stringify(tokenizer, null, 1)}\n`)
  await mkdir(dirname(folder), { recursive: true })
  await rm(folder, { recursive: true, force: true })
  await rename(temporary, folder)
}

/** Writes config.json and random weights of the shape it describes into a folder that exists. */
export async function writeRandomWeights(
  folder: string,
  json: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<void> {
  const config = parseModelConfig(join(folder, 'config.json'), json)
  if (!isTransformer(config)) throw new Error('random models have layers')
  const g = new GraphBuilder('shapes')
  const parameters = new ParameterInputs((name) => name === 'lm_head.weight')
  const states = encodeTokens({ g, parameters }, config, declareInputs(g, { batch: 1, sequence: 2 }))
  if (config.family === 'decoder') languageModelLogits({ g, parameters }, config, states)
  const random = seededRandom(seed)
  const tensors = parameters.all.map(({ name, shape }) => ({
    name,
    dtype: 'F32' as const,
    shape: shape as readonly number[],
    data: firstValues(name, shape as readonly number[], random),
  }))
  await writeSafetensors(join(folder, 'model.safetensors'), tensors)
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(json, null, 1)}\n`)
}

function configOf(shape: RandomModel, vocabulary: number, maxTokens: number): Readonly<Record<string, unknown>> {
  const sizes = {
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    intermediate_size: shape.feedForward,
    vocab_size: vocabulary,
    max_position_embeddings: maxTokens,
  }
  if (shape.architecture === 'bert')
    return { model_type: 'bert', ...sizes, type_vocab_size: 2, hidden_act: 'gelu', layer_norm_eps: 1e-12 }
  return {
    model_type: 'qwen3',
    ...sizes,
    num_key_value_heads: shape.heads,
    head_dim: shape.hidden / shape.heads,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    // A head of its own: through token vectors of that size a model that knows nothing is very sure of the token it stands on.
    tie_word_embeddings: false,
  }
}

/** Matrices normal, scales one, biases zero. */
function firstValues(name: string, dims: readonly number[], random: () => number): Float32Array {
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
  if (dims.length === 1) return values.fill(name.endsWith('bias') ? 0 : 1)
  const scale = /(word_embeddings|embed_tokens)\.weight$/.test(name) ? TOKEN_SCALE : INITIAL_SCALE
  return values.map(() => scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
}
