// Model folders of any size with random weights: speed and memory do not depend on what the weights say.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSafetensors, type TensorToWrite } from '../../electron/ml/checkpoint/safetensors-writer.ts'
import { normals, random } from '../../native/testing/random.ts'

export interface BertShape {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly feedForward: number
}

/** MiniLM-L12 and bge-small: 33 million weights, 133 MB in float32. */
export const SMALL: BertShape = { layers: 12, hidden: 384, heads: 12, feedForward: 1536 }
/** 258 million weights, 1.03 GB in float32. */
export const GIGABYTE: BertShape = { layers: 18, hidden: 1024, heads: 16, feedForward: 4096 }

const VOCABULARY = 30_522
const POSITIONS = 512
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
/** Words that are one token each; the rest of the vocabulary are their continuations. */
export const WORDS = makeWords(20_000)

/** A sentence-transformers BERT folder (mean pooling) in the temporary folder of the system, made on first use and kept. */
export async function bertFolder(shape: BertShape): Promise<string> {
  const folder = join(tmpdir(), `dmr-bench-bert-${shape.layers}x${shape.hidden}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.${process.pid}`
  await mkdir(join(unfinished, '1_Pooling'), { recursive: true })
  try {
    const json = (name: string, value: unknown) => writeFile(join(unfinished, name), JSON.stringify(value))
    await json('config.json', config(shape))
    await json('tokenizer.json', tokenizer())
    await json('tokenizer_config.json', {
      tokenizer_class: 'BertTokenizer',
      model_max_length: POSITIONS,
      ...{ pad_token: '[PAD]', unk_token: '[UNK]', cls_token: '[CLS]', sep_token: '[SEP]', mask_token: '[MASK]' },
    })
    await json('sentence_bert_config.json', { max_seq_length: POSITIONS })
    await json('modules.json', [
      { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    ])
    await json('1_Pooling/config.json', { word_embedding_dimension: shape.hidden, pooling_mode_mean_tokens: true })
    await writeSafetensors(join(unfinished, 'model.safetensors'), tensors(shape))
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
  return folder
}

function config({ layers, hidden, heads, feedForward }: BertShape) {
  return {
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: feedForward,
    max_position_embeddings: POSITIONS,
    type_vocab_size: 2,
    vocab_size: VOCABULARY,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
  }
}

function tensors({ layers, hidden, feedForward }: BertShape): TensorToWrite[] {
  // Drawing a billion normals takes minutes; a block of them over and over computes just as long.
  const normal = normals(1)
  const block = Float32Array.from({ length: 1 << 20 }, () => 0.05 * normal())
  const filled = (size: number, value: number) => () => new Float32Array(size).fill(value)
  const drawn = (size: number, from: number) => () => {
    const values = new Float32Array(size)
    for (let at = 0; at < size;) {
      const part = block.subarray(at === 0 ? from % block.length : 0).subarray(0, size - at)
      values.set(part, at)
      at += part.length
    }
    return values
  }
  const list: TensorToWrite[] = []
  const add = (name: string, shape: readonly number[], data: TensorToWrite['data']) =>
    list.push({ name, dtype: 'F32', shape, data })
  const matrix = (name: string, rows: number, columns: number) =>
    add(name, [rows, columns], drawn(rows * columns, list.length * 7919))
  const linear = (name: string, outputs: number, inputs: number) => {
    matrix(`${name}.weight`, outputs, inputs)
    add(`${name}.bias`, [outputs], filled(outputs, 0))
  }
  const norm = (name: string) => {
    add(`${name}.weight`, [hidden], filled(hidden, 1))
    add(`${name}.bias`, [hidden], filled(hidden, 0))
  }
  matrix('embeddings.word_embeddings.weight', VOCABULARY, hidden)
  matrix('embeddings.position_embeddings.weight', POSITIONS, hidden)
  matrix('embeddings.token_type_embeddings.weight', 2, hidden)
  norm('embeddings.LayerNorm')
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`
    for (const part of ['query', 'key', 'value']) linear(`${name}.attention.self.${part}`, hidden, hidden)
    linear(`${name}.attention.output.dense`, hidden, hidden)
    norm(`${name}.attention.output.LayerNorm`)
    linear(`${name}.intermediate.dense`, feedForward, hidden)
    linear(`${name}.output.dense`, hidden, feedForward)
    norm(`${name}.output.LayerNorm`)
  }
  return list
}

/** The tokenizer.json of a WordPiece vocabulary: special tokens, words, and continuations of words. */
function tokenizer() {
  const pieces = WORDS.slice(0, VOCABULARY - SPECIAL.length - WORDS.length).map((word) => `##${word}`)
  const vocab = Object.fromEntries([...SPECIAL, ...WORDS, ...pieces].map((token, id) => [token, id]))
  const special = (content: string, id: number) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  const fixed = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
  const idsOf = (token: string) => ({ id: token, ids: [SPECIAL.indexOf(token)], tokens: [token] })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map(special),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [fixed('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, fixed('[SEP]')],
      pair: [
        fixed('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        fixed('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { '[CLS]': idsOf('[CLS]'), '[SEP]': idsOf('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  }
}

/** Different words of two to four syllables. */
function makeWords(count: number): readonly string[] {
  const uniform = random(11)
  const letter = (letters: string) => letters[Math.floor(uniform() * letters.length)]!
  const words = new Set<string>()
  while (words.size < count) {
    const syllables = 2 + Math.floor(uniform() * 3)
    words.add(Array.from({ length: syllables }, () => letter('bcdfghklmnprstvw') + letter('aeiou')).join(''))
  }
  return [...words]
}

/**
 * Passages of mixed length: log-normal numbers of words with this mean, at most `cap`. Every word is one token.
 */
export function mixedPassages(count: number, mean = 96, cap = 254): readonly string[] {
  const normal = normals(5)
  const uniform = random(6)
  const spread = 0.6
  const centre = Math.log(mean) - (spread * spread) / 2
  return Array.from({ length: count }, () => {
    const words = Math.min(cap, Math.max(4, Math.round(Math.exp(centre + spread * normal()))))
    return Array.from({ length: words }, () => WORDS[Math.floor(uniform() * WORDS.length)]!).join(' ')
  })
}
