// config.json of a Hugging Face folder, read into one typed description per family of architectures.
import { MODEL_ERROR, ModelError } from './model-error.ts'
import { ConfigReader } from './config-reader.ts'
import type { Activation } from '../nn/activation.ts'
import type { Rope } from '../nn/rope.ts'
import { parseRope } from './rope-config.ts'

interface TransformerConfig {
  readonly modelType: string
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly headSize: number
  readonly feedForwardSize: number
  readonly vocabularySize: number
  /** Longest input, special tokens included. */
  readonly maxTokens: number
  readonly activation: Activation
  readonly normEpsilon: number
}

/** BERT and its relatives: absolute positions, normalization after each residual sum. */
export interface PostNormConfig extends TransformerConfig {
  readonly family: 'post-norm'
  readonly modelType: 'bert' | 'distilbert' | 'roberta' | 'xlm-roberta' | 'camembert' | 'mpnet'
  /** Row of the position table that the first token reads (RoBERTa starts after its padding id). */
  readonly firstPosition: number
  /** Rows of the position table. */
  readonly positionRows: number
  /** Segments, 0 where the model has no token type embedding. */
  readonly typeVocabularySize: number
  /** MPNet: buckets of relative distance that bias the attention; 0 elsewhere. */
  readonly relativeBuckets: number
}

/** ModernBERT: rotary positions, pre-normalization, gated feed-forward, alternating local and global attention. */
export interface ModernBertConfig extends TransformerConfig {
  readonly family: 'modernbert'
  readonly modelType: 'modernbert'
  readonly globalEvery: number
  /** Tokens to each side that local layers see. */
  readonly localReach: number
  readonly globalRope: Rope
  readonly localRope: Rope
  readonly normBias: boolean
  readonly attentionBias: boolean
  readonly feedForwardBias: boolean
}

/** Decoder-only models used as encoders: RMS norm, rotary positions, grouped key/value heads, SwiGLU. */
export interface DecoderConfig extends TransformerConfig {
  readonly family: 'decoder'
  readonly modelType: 'llama' | 'mistral' | 'qwen2' | 'qwen3'
  readonly keyValueHeads: number
  readonly rope: Rope
  /** Bias on the query, key and value projections. */
  readonly queryKeyValueBias: boolean
  readonly outputBias: boolean
  readonly feedForwardBias: boolean
  /** Qwen3 normalizes each query and key head. */
  readonly headNorm: boolean
  /** What the folder says; stage 1 of the method replaces causal by bidirectional attention. */
  readonly attention: Attention
  /** The language-model head is the embedding table. */
  readonly tiedHead: boolean
}

export type Attention = 'causal' | 'bidirectional'

/** A table of token vectors that are averaged (model2vec, sentence-transformers StaticEmbedding). Sizes come from the tensors. */
export interface StaticConfig {
  readonly family: 'static'
  readonly modelType: 'static'
}

export type ModelConfig = PostNormConfig | ModernBertConfig | DecoderConfig | StaticConfig

/** What error messages offer instead of an unknown architecture. */
export const SUPPORTED_MODEL_TYPES = [
  'bert',
  'camembert',
  'distilbert',
  'llama',
  'mistral',
  'model2vec',
  'modernbert',
  'mpnet',
  'qwen2',
  'qwen3',
  'roberta',
  'xlm-roberta',
] as const

/**
 * Reads config.json.
 *
 * @param source path that messages name
 * @throws ModelError `MODEL_UNSUPPORTED` for an architecture or option not implemented, naming what is;
 *   `MODEL_INVALID` for a missing or contradictory value
 */
export function parseModelConfig(source: string, json: Readonly<Record<string, unknown>>): ModelConfig {
  const reader = new ConfigReader(source, json)
  const modelType = json['model_type']
  switch (modelType) {
    case 'bert':
    case 'roberta':
    case 'xlm-roberta':
    case 'camembert':
    case 'mpnet':
      return postNorm(reader, modelType)
    case 'distilbert':
      return distilBert(reader)
    case 'modernbert':
      return modernBert(reader)
    case 'llama':
    case 'mistral':
    case 'qwen2':
    case 'qwen3':
      return decoder(reader, modelType)
    case 'model2vec':
      return { family: 'static', modelType: 'static' }
    default:
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${source}: model type ${JSON.stringify(modelType)} is not supported. Use one of ${SUPPORTED_MODEL_TYPES.join(', ')}, or a folder with onnx/model.onnx.`,
      )
  }
}

function postNorm(reader: ConfigReader, modelType: PostNormConfig['modelType']): PostNormConfig {
  const kind = reader.string('position_embedding_type', 'absolute')
  if (kind !== 'absolute') throw reader.unsupported('position_embedding_type', kind, 'absolute')
  if (reader.boolean('is_decoder', false)) throw reader.unsupported('is_decoder', true, 'false')
  // Only these count positions from the padding id, as fairseq did; MPNet's id is 1 whatever its config says.
  const offset = modelType === 'bert' ? 0 : modelType === 'mpnet' ? 2 : reader.size('pad_token_id', 1, 0) + 1
  const positionRows = reader.size('max_position_embeddings')
  return {
    family: 'post-norm',
    modelType,
    ...transformer(reader),
    feedForwardSize: reader.size('intermediate_size'),
    activation: reader.activation('hidden_act', 'gelu'),
    normEpsilon: reader.number('layer_norm_eps', 1e-12),
    maxTokens: positionRows - offset,
    positionRows,
    firstPosition: offset,
    typeVocabularySize: modelType === 'mpnet' ? 0 : reader.size('type_vocab_size', 2, 0),
    relativeBuckets: modelType === 'mpnet' ? reader.size('relative_attention_num_buckets', 32) : 0,
  }
}

function distilBert(reader: ConfigReader): PostNormConfig {
  const positionRows = reader.size('max_position_embeddings', 512)
  const hiddenSize = reader.size('dim')
  const heads = reader.size('n_heads')
  return {
    family: 'post-norm',
    modelType: 'distilbert',
    hiddenSize,
    layers: reader.size('n_layers'),
    heads,
    headSize: reader.quotient('dim', hiddenSize, 'n_heads', heads),
    vocabularySize: reader.size('vocab_size'),
    feedForwardSize: reader.size('hidden_dim'),
    activation: reader.activation('activation', 'gelu'),
    normEpsilon: 1e-12,
    maxTokens: positionRows,
    positionRows,
    firstPosition: 0,
    typeVocabularySize: 0,
    relativeBuckets: 0,
  }
}

function modernBert(reader: ConfigReader): ModernBertConfig {
  const base = transformer(reader)
  const window = reader.size('local_attention', 128)
  const rope = (key: string, fallback: number): Rope => ({ theta: reader.number(key, fallback), scaling: undefined })
  const ropes = reader.record('rope_parameters') // transformers 5 writes thetas per layer type here
  const nested = (key: string): number | undefined => {
    const entry = ropes?.[key]
    const theta =
      typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)['rope_theta'] : undefined
    return typeof theta === 'number' ? theta : undefined
  }
  return {
    family: 'modernbert',
    modelType: 'modernbert',
    ...base,
    feedForwardSize: reader.size('intermediate_size'),
    activation: reader.activation('hidden_activation', 'gelu'),
    normEpsilon: reader.number('norm_eps', 1e-5),
    maxTokens: reader.size('max_position_embeddings', 8192),
    globalEvery: reader.size('global_attn_every_n_layers', 3),
    localReach: Math.floor(window / 2),
    globalRope: rope('global_rope_theta', nested('full_attention') ?? 160_000),
    localRope: rope('local_rope_theta', nested('sliding_attention') ?? 10_000),
    normBias: reader.boolean('norm_bias', false),
    attentionBias: reader.boolean('attention_bias', false),
    feedForwardBias: reader.boolean('mlp_bias', false),
  }
}

function decoder(reader: ConfigReader, modelType: DecoderConfig['modelType']): DecoderConfig {
  const base = transformer(reader)
  const keyValueHeads = reader.size('num_key_value_heads', base.heads)
  reader.quotient('num_attention_heads', base.heads, 'num_key_value_heads', keyValueHeads)
  const positions = reader.size('max_position_embeddings', 2048)
  // A sliding window is the same as full attention for inputs that fit into it, so the window bounds the input.
  const usesWindow = modelType === 'mistral' || reader.boolean('use_sliding_window', false)
  const window = usesWindow ? reader.size('sliding_window', positions) : positions
  const attentionBias = reader.boolean('attention_bias', modelType === 'qwen2')
  return {
    family: 'decoder',
    modelType,
    ...base,
    headSize: reader.size('head_dim', modelType === 'qwen3' ? 128 : base.headSize),
    feedForwardSize: reader.size('intermediate_size'),
    activation: reader.activation('hidden_act', 'silu'),
    normEpsilon: reader.number('rms_norm_eps', 1e-6),
    maxTokens: Math.min(positions, window),
    keyValueHeads,
    rope: parseRope(reader),
    queryKeyValueBias: modelType === 'qwen2' || attentionBias,
    outputBias: modelType !== 'qwen2' && attentionBias,
    feedForwardBias: reader.boolean('mlp_bias', false),
    headNorm: modelType === 'qwen3',
    attention: attentionOf(reader),
    tiedHead: reader.boolean('tie_word_embeddings', false),
  }
}

/** Folders of bidirectionally adapted decoders say so in one of these ways. Ours write `is_causal: false`. */
function attentionOf(reader: ConfigReader): Attention {
  const bidirectional =
    !reader.boolean('is_causal', true) ||
    reader.boolean('use_bidirectional_attention', false) ||
    reader.boolean('bidirectional', false)
  return bidirectional ? 'bidirectional' : 'causal'
}

function transformer(
  reader: ConfigReader,
): Pick<TransformerConfig, 'hiddenSize' | 'layers' | 'heads' | 'headSize' | 'vocabularySize'> {
  const hiddenSize = reader.size('hidden_size')
  const heads = reader.size('num_attention_heads')
  return {
    hiddenSize,
    layers: reader.size('num_hidden_layers'),
    heads,
    headSize: reader.has('head_dim')
      ? reader.size('head_dim')
      : reader.quotient('hidden_size', hiddenSize, 'num_attention_heads', heads),
    vocabularySize: reader.size('vocab_size'),
  }
}
