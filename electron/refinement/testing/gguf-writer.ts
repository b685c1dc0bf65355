import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type GgufValue =
  | { readonly type: 'u32' | 'f32' | 'u64'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly (string | Buffer)[] }
  | { readonly type: 'f32s' | 'i32s'; readonly value: readonly number[] }

export interface GgufTensor {
  readonly name: string
  /** Fastest dimension first, as GGUF writes them. */
  readonly shape: readonly number[]
  readonly data: Float32Array
}

const TYPES = { u32: 4, i32: 5, f32: 6, string: 8, array: 9, u64: 10 } as const
const ALIGNMENT = 32

/** Writes a GGUF 3 file with float32 tensors. Source: the GGUF specification of the ggml project. */
export function writeGguf(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)]
  for (const [key, entry] of Object.entries(metadata)) parts.push(string(key), value(entry))
  let offset = 0
  for (const { name, shape, data } of tensors) {
    parts.push(string(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset))
    offset += aligned(data.byteLength)
  }
  parts.push(padding(parts.reduce((sum, part) => sum + part.length, 0)))
  for (const { data } of tensors)
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength), padding(data.byteLength))
  return Buffer.concat(parts)
}

/**
 * A llama2.c checkpoint with its tokenizer as GGUF: both pair neighbouring numbers for the rotary embedding, so that the
 * weights go over as they are.
 * @param folder with stories260K.bin and tok512.bin
 * @param contextTokens how many tokens the file says it reads, instead of those it was trained on
 */
export function ggufFromLlama2c(folder: string, { contextTokens }: { contextTokens?: number } = {}): Buffer {
  const checkpoint = readFileSync(join(folder, 'stories260K.bin'))
  const [dim, hidden, layers, heads, keyHeads, vocabulary, context] = Array.from({ length: 7 }, (_, i) =>
    checkpoint.readInt32LE(4 * i),
  ) as [number, number, number, number, number, number, number]
  let at = 28
  const take = (...shape: number[]): Float32Array => {
    const size = shape.reduce((product, length) => product * length, 1)
    const bytes = checkpoint.subarray(at, at + 4 * size)
    at += 4 * size
    return new Float32Array(Uint8Array.from(bytes).buffer)
  }
  const keyDim = (dim / heads) * keyHeads
  const tensors: GgufTensor[] = []
  const add = (name: string, shape: number[], data: Float32Array) =>
    void tensors.push({ name: `${name}.weight`, shape, data })
  const perLayer = (name: string, shape: number[]): void => {
    for (let layer = 0; layer < layers; layer++) add(`blk.${layer}.${name}`, shape, take(...shape))
  }
  const embedding = take(vocabulary, dim)
  add('token_embd', [dim, vocabulary], embedding)
  perLayer('attn_norm', [dim])
  perLayer('attn_q', [dim, dim])
  perLayer('attn_k', [dim, keyDim])
  perLayer('attn_v', [dim, keyDim])
  perLayer('attn_output', [dim, dim])
  perLayer('ffn_norm', [dim])
  perLayer('ffn_gate', [dim, hidden])
  perLayer('ffn_down', [hidden, dim])
  perLayer('ffn_up', [dim, hidden])
  add('output_norm', [dim], take(dim))
  add('output', [dim, vocabulary], embedding)

  const { tokens, scores } = readTokens(readFileSync(join(folder, 'tok512.bin')), vocabulary)
  const count = (value: number): GgufValue => ({ type: 'u32', value })
  return writeGguf(
    {
      'general.architecture': { type: 'string', value: 'llama' },
      'general.name': { type: 'string', value: 'stories260K' },
      'llama.context_length': count(contextTokens ?? context),
      'llama.embedding_length': count(dim),
      'llama.block_count': count(layers),
      'llama.feed_forward_length': count(hidden),
      'llama.attention.head_count': count(heads),
      'llama.attention.head_count_kv': count(keyHeads),
      'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
      'llama.rope.dimension_count': count(dim / heads),
      'tokenizer.ggml.model': { type: 'string', value: 'llama' },
      'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
      'tokenizer.ggml.scores': { type: 'f32s', value: scores },
      // 2 unknown, 3 control, 6 byte, 1 everything else.
      'tokenizer.ggml.token_type': {
        type: 'i32s',
        value: tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1)),
      },
      'tokenizer.ggml.unknown_token_id': count(0),
      'tokenizer.ggml.bos_token_id': count(1),
      'tokenizer.ggml.eos_token_id': count(2),
    },
    tensors,
  )
}

/** The longest token's length, then score, length and bytes of each. */
function readTokens(file: Buffer, vocabulary: number): { tokens: (string | Buffer)[]; scores: number[] } {
  const tokens: (string | Buffer)[] = []
  const scores: number[] = []
  for (let at = 4; tokens.length < vocabulary;) {
    scores.push(file.readFloatLE(at))
    const length = file.readInt32LE(at + 4)
    const bytes = file.subarray(at + 8, at + 8 + length)
    at += 8 + length
    const id = tokens.length
    if (id < 3) tokens.push(['<unk>', '<s>', '</s>'][id]!)
    else if (id < 259) tokens.push(`<0x${(id - 3).toString(16).toUpperCase().padStart(2, '0')}>`)
    // SentencePiece marks a space so.
    else tokens.push(bytes.toString('utf8').replaceAll(' ', '\u2581'))
  }
  return { tokens, scores }
}

function value(entry: GgufValue): Buffer {
  switch (entry.type) {
    case 'u32':
      return Buffer.concat([u32(TYPES.u32), u32(entry.value)])
    case 'u64':
      return Buffer.concat([u32(TYPES.u64), u64(entry.value)])
    case 'f32':
      return Buffer.concat([u32(TYPES.f32), f32(entry.value)])
    case 'string':
      return Buffer.concat([u32(TYPES.string), string(entry.value)])
    case 'strings':
      return array(TYPES.string, entry.value.map(string))
    case 'f32s':
      return array(TYPES.f32, entry.value.map(f32))
    case 'i32s':
      return array(TYPES.i32, entry.value.map(u32))
  }
}

function array(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(TYPES.array), u32(type), u64(items.length), ...items])
}

function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string)
  return Buffer.concat([u64(bytes.length), bytes])
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}

function u64(number: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(number))
  return bytes
}

function f32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(number)
  return bytes
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

function padding(length: number): Buffer {
  return Buffer.alloc(aligned(length) - length)
}
