// Turns a llama2.c checkpoint (the 260K-parameter story model) into a Hugging Face Llama folder, for tests.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors, type TensorToWrite } from '../checkpoint/safetensors-writer.ts'

/** Pieces of the model's vocabulary, by token id. */
export type Pieces = readonly string[]

/**
 * @param source folder with stories260K.bin and tok512.bin
 * @param target existing folder that gets config.json and model.safetensors
 */
export async function convertStoriesModel(source: string, target: string): Promise<Pieces> {
  const file = await readFile(join(source, 'stories260K.bin'))
  const [hidden, wide, layers, heads, keyValueHeads, vocabulary, positions] = Array.from({ length: 7 }, (_, i) =>
    file.readInt32LE(i * 4),
  ) as [number, number, number, number, number, number, number]
  const headSize = hidden / heads
  let offset = 28
  const take = (...shape: number[]): Float32Array => {
    const count = shape.reduce((a, b) => a * b, 1)
    const values = Float32Array.from({ length: count }, (_, i) => file.readFloatLE(offset + i * 4))
    offset += count * 4
    return values
  }
  const tensors: TensorToWrite[] = []
  const put = (name: string, shape: number[], data: Float32Array) =>
    tensors.push({ name: `model.${name}`, dtype: 'F32', shape, data })
  const perLayer = (name: string, shape: number[], change = (x: Float32Array) => x) => {
    for (let layer = 0; layer < layers; layer++) put(`layers.${layer}.${name}.weight`, shape, change(take(...shape)))
  }
  const keyValueSize = keyValueHeads * headSize
  put('embed_tokens.weight', [vocabulary, hidden], take(vocabulary, hidden))
  perLayer('input_layernorm', [hidden])
  perLayer('self_attn.q_proj', [hidden, hidden], (w) => halfSplit(w, heads, headSize, hidden))
  perLayer('self_attn.k_proj', [keyValueSize, hidden], (w) => halfSplit(w, keyValueHeads, headSize, hidden))
  perLayer('self_attn.v_proj', [keyValueSize, hidden])
  perLayer('self_attn.o_proj', [hidden, hidden])
  perLayer('post_attention_layernorm', [hidden])
  perLayer('mlp.gate_proj', [wide, hidden])
  perLayer('mlp.down_proj', [hidden, wide])
  perLayer('mlp.up_proj', [wide, hidden])
  put('norm.weight', [hidden], take(hidden))

  const config = {
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: wide,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    vocab_size: vocabulary,
    max_position_embeddings: positions,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    hidden_act: 'silu',
    tie_word_embeddings: true,
  }
  await writeFile(join(target, 'config.json'), JSON.stringify(config))
  await writeSafetensors(join(target, 'model.safetensors'), tensors)
  return readPieces(await readFile(join(source, 'tok512.bin')), vocabulary)
}

/** llama2.c rotates neighbouring elements, Hugging Face models elements half a head apart: the rows move accordingly. */
function halfSplit(weights: Float32Array, heads: number, headSize: number, inputs: number): Float32Array {
  const out = new Float32Array(weights.length)
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < headSize; i++) {
      const from = head * headSize + i
      const to = head * headSize + (i % 2) * (headSize / 2) + Math.floor(i / 2)
      out.set(weights.subarray(from * inputs, (from + 1) * inputs), to * inputs)
    }
  }
  return out
}

function readPieces(file: Buffer, count: number): Pieces {
  let offset = 4 // the longest piece's length comes first
  return Array.from({ length: count }, () => {
    const length = file.readInt32LE(offset + 4) // after the piece's score
    const text = file.toString('utf8', offset + 8, offset + 8 + length)
    offset += 8 + length
    const byte = /^<0x([0-9A-F]{2})>$/.exec(text)
    return byte ? String.fromCharCode(Number.parseInt(byte[1]!, 16)) : text
  })
}
