import { describe, expect, it } from 'vitest'
import { ropeFrequencies } from '../nn/rope.ts'
import { parseModelConfig, type ModelConfig } from './config.ts'
import { isCrossEncoder, parseCrossEncoder } from './cross-encoder.ts'
import { MODEL_ERROR, ModelError } from './model-error.ts'
import { parameterNames } from './parameter-names.ts'
import { parseDense, parseModules, parsePooling, parseSentenceSettings } from './sentence-modules.ts'

const BERT = {
  model_type: 'bert',
  hidden_size: 384,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 1536,
  max_position_embeddings: 512,
  vocab_size: 30522,
}
const QWEN3 = {
  model_type: 'qwen3',
  hidden_size: 1024,
  num_hidden_layers: 28,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  intermediate_size: 3072,
  max_position_embeddings: 32768,
  vocab_size: 151669,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: null,
  use_sliding_window: false,
  tie_word_embeddings: true,
}

function parse<F extends ModelConfig['family']>(
  json: Record<string, unknown>,
  family: F,
): Extract<ModelConfig, { family: F }> {
  const config = parseModelConfig('config.json', json)
  if (config.family !== family) throw new Error(`parsed as ${config.family}`)
  return config as Extract<ModelConfig, { family: F }>
}

describe('config.json', () => {
  it('of BERT takes the defaults of the architecture', () => {
    expect(parse(BERT, 'post-norm')).toMatchObject({
      headSize: 32,
      activation: 'gelu',
      normEpsilon: 1e-12,
      maxTokens: 512,
      firstPosition: 0,
      typeVocabularySize: 2,
    })
  })

  it('of RoBERTa starts positions after the padding id', () => {
    const json = {
      ...BERT,
      model_type: 'xlm-roberta',
      max_position_embeddings: 514,
      pad_token_id: 1,
      type_vocab_size: 1,
    }
    expect(parse(json, 'post-norm')).toMatchObject({ firstPosition: 2, maxTokens: 512, positionRows: 514 })
  })

  it('of Qwen3 has heads of their own size and is causal unless it says otherwise', () => {
    expect(parse(QWEN3, 'decoder')).toMatchObject({
      headSize: 128,
      keyValueHeads: 8,
      headNorm: true,
      queryKeyValueBias: false,
      attention: 'causal',
      maxTokens: 32768,
      rope: { theta: 1e6, scaling: undefined },
    })
    expect(parse({ ...QWEN3, is_causal: false }, 'decoder').attention).toBe('bidirectional')
    expect(parse({ ...QWEN3, use_bidirectional_attention: true }, 'decoder').attention).toBe('bidirectional')
  })

  it('written by transformers 5 keeps its rotary settings in rope_parameters', () => {
    const { rope_theta: _, ...rest } = QWEN3
    const json = { ...rest, rope_parameters: { rope_theta: 5e5, rope_type: 'linear', factor: 4 } }
    expect(parse(json, 'decoder').rope).toEqual({ theta: 5e5, scaling: { kind: 'linear', factor: 4 } })
  })

  it('of Mistral is bounded by its sliding window, within which attention is full', () => {
    const json = { ...QWEN3, model_type: 'mistral', sliding_window: 4096 }
    expect(parse(json, 'decoder').maxTokens).toBe(4096)
  })

  it.each([
    [{ ...BERT, model_type: 't5' }, MODEL_ERROR.unsupported, /"t5" is not supported\. Use one of bert/],
    [{ ...BERT, model_type: undefined }, MODEL_ERROR.unsupported, /model type undefined/],
    [{ ...BERT, hidden_size: 'large' }, MODEL_ERROR.invalid, /hidden_size \("large"\) must be a number/],
    [{ ...BERT, num_hidden_layers: 1.5 }, MODEL_ERROR.invalid, /num_hidden_layers \(1\.5\) must be a whole number/],
    [{ ...BERT, vocab_size: undefined }, MODEL_ERROR.invalid, /vocab_size \(missing\)/],
    [
      { ...BERT, position_embedding_type: 'relative_key' },
      MODEL_ERROR.unsupported,
      /relative_key.*supported: absolute/,
    ],
    [{ ...BERT, hidden_act: 'mish' }, MODEL_ERROR.unsupported, /"mish" is not supported/],
    [{ ...QWEN3, num_key_value_heads: 3 }, MODEL_ERROR.invalid, /multiple of num_key_value_heads \(3\)/],
    [
      { ...QWEN3, rope_scaling: { rope_type: 'yarn', factor: 4 } },
      MODEL_ERROR.unsupported,
      /"yarn".*default, linear, llama3/,
    ],
  ])('that cannot be used says which key and what is supported (%#)', (json, code, message) => {
    const attempt = () => parseModelConfig('dir/config.json', json)
    expect(attempt).toThrow(ModelError)
    expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }))
    expect(attempt).toThrow(/dir\/config\.json/)
  })
})

it('llama3 scaling keeps short waves, divides long ones and passes smoothly between', () => {
  const plain = ropeFrequencies({ theta: 500_000, scaling: undefined }, 128)
  const scaling = {
    kind: 'llama3',
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalPositions: 8192,
  } as const
  const ratios = ropeFrequencies({ theta: 500_000, scaling }, 128).map((f, i) => f / plain[i]!)
  expect(ratios[0]).toBe(1)
  expect(ratios.at(-1)).toBeCloseTo(1 / 8, 12)
  expect(ratios.every((ratio, i) => i === 0 || ratio <= ratios[i - 1]! + 1e-12)).toBe(true)
  expect(ratios.some((ratio) => ratio > 0.2 && ratio < 0.9)).toBe(true)
})

describe('tensor names', () => {
  const config = parse(BERT, 'post-norm')

  it('are found behind a prefix, and under the old names of layer norms', () => {
    const file = ['bert.embeddings.word_embeddings.weight', 'bert.embeddings.LayerNorm.gamma', 'classifier.weight']
    const nameOf = parameterNames(config, file)
    expect(nameOf('embeddings.word_embeddings.weight')).toBe(file[0])
    expect(nameOf('embeddings.LayerNorm.weight')).toBe(file[1])
    expect(nameOf('classifier.weight')).toBe('classifier.weight')
    expect(nameOf('pooler.dense.weight')).toBeUndefined()
  })
})

describe('sentence-transformers files', () => {
  const type = (name: string) => `sentence_transformers.models.${name}`

  it('list modules, of which dropout does nothing', () => {
    const json = ['Transformer', 'Pooling', 'Dropout', 'Normalize'].map((name, i) => ({
      type: type(name),
      path: `${i}_${name}`,
    }))
    expect(parseModules('modules.json', json).map((entry) => entry.kind)).toEqual([
      'transformer',
      'pooling',
      'normalize',
    ])
  })

  it('may not lead out of the model folder', () => {
    expect(() => parseModules('modules.json', [{ type: type('Dense'), path: '../x' }])).toThrow(/not supported/)
  })

  it('name the pooling in either form', () => {
    expect(parsePooling('p', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false })).toBe('cls')
    expect(parsePooling('p', { pooling_mode: 'lasttoken' })).toBe('lasttoken')
    expect(parsePooling('p', { pooling_mode_mean_tokens: true, include_prompt: true })).toBe('mean')
  })

  it('are refused with two poolings, none, or one that leaves out the prompt', () => {
    expect(() => parsePooling('p', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true })).toThrow(
      /cls \+ mean/,
    )
    expect(() => parsePooling('p', {})).toThrow(/unknown/)
    expect(() => parsePooling('p', { pooling_mode_mean_tokens: true, include_prompt: false })).toThrow(
      /without the prompt/,
    )
  })

  it('describe dense layers', () => {
    const json = {
      in_features: 768,
      out_features: 512,
      bias: true,
      activation_function: 'torch.nn.modules.activation.Tanh',
    }
    expect(parseDense('d', '2_Dense', json)).toEqual({
      path: '2_Dense',
      inputs: 768,
      outputs: 512,
      bias: true,
      activation: 'tanh',
    })
    const identity = { ...json, activation_function: 'torch.nn.modules.linear.Identity' }
    expect(parseDense('d', '2_Dense', identity).activation).toBeUndefined()
    expect(() => parseDense('d', '2_Dense', { ...json, activation_function: 'x.Softplus' })).toThrow(/not supported/)
  })

  it('carry prompts and the similarity', () => {
    const json = { prompts: { query: 'q: ', bad: 3 }, similarity_fn_name: 'dot' }
    expect(parseSentenceSettings(json)).toEqual({
      prompts: { query: 'q: ' },
      similarity: 'dot',
    })
    expect(parseSentenceSettings(undefined)).toEqual({ prompts: {}, similarity: 'cosine' })
  })
})

describe('cross-encoders', () => {
  it('are recognised by their head and need one label', () => {
    const json = { ...BERT, architectures: ['BertForSequenceClassification'], id2label: { 0: 'LABEL_0' } }
    expect(isCrossEncoder(json)).toBe(true)
    expect(isCrossEncoder({ ...BERT, architectures: ['BertModel'] })).toBe(false)
    expect(parseCrossEncoder('c', json, parse(BERT, 'post-norm')).pooling).toBe('cls')
    const three = { ...json, id2label: { 0: 'a', 1: 'b', 2: 'c' } }
    expect(() => parseCrossEncoder('c', three, parse(BERT, 'post-norm'))).toThrow(/num_labels 3 is not supported/)
    expect(() => parseCrossEncoder('c', json, parse(QWEN3, 'decoder'))).toThrow(/rerankers of model type qwen3/)
  })
})
