// A static model as a folder in the layout of model2vec: int8 rows, and for every token what its row is multiplied by.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../electron/ml/checkpoint/safetensors-writer.ts'
import type { TokenizerDefinition } from '../../electron/ml/tokenizer/definition.ts'
import type { TokenTable } from '../../electron/training/static/index.ts'

export interface WrittenFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** Token t has the vector `codes[t] * scales[t]`, its weight included. */
export interface StoredTable {
  readonly width: number
  /** `[tokens, width]` */
  readonly codes: Int8Array
  /** `[tokens]` */
  readonly scales: Float32Array
}

/** Rounds every row to int8 by its own largest number: a quarter of the size, and rare tokens lose no more than frequent ones. */
export function quantise({ width, table, weights }: TokenTable): StoredTable {
  const codes = new Int8Array(table.length)
  const scales = new Float32Array(weights.length)
  for (const [token, weight] of weights.entries()) {
    const row = table.subarray(token * width, (token + 1) * width)
    const step = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127
    scales[token] = weight * step
    if (step > 0) for (let i = 0; i < width; i++) codes[token * width + i] = Math.round(row[i]! / step)
  }
  return { width, codes, scales }
}

/**
 * Writes the model and its tokenizer; Python's model2vec reads the folder too.
 *
 * @returns what was written, with hashes
 */
export async function writeStaticFolder(
  folder: string,
  { width, codes, scales }: StoredTable,
  definition: TokenizerDefinition,
): Promise<readonly WrittenFile[]> {
  await writeSafetensors(join(folder, 'model.safetensors'), [
    { name: 'embeddings', dtype: 'I8', shape: [scales.length, width], data: codes },
    { name: 'weights', dtype: 'F32', shape: [scales.length], data: scales },
  ])
  const json: Readonly<Record<string, unknown>> = {
    'config.json': {
      model_type: 'model2vec',
      architectures: ['StaticModel'],
      hidden_dim: width,
      normalize: true,
      embedding_dtype: 'int8',
    },
    'tokenizer.json': { version: '1.0', truncation: null, padding: null, ...definition },
    'config_sentence_transformers.json': {
      // It was trained on bare texts: saying so keeps the self-check from asking for wordings.
      prompts: { query: '', document: '' },
      default_prompt_name: null,
      similarity_fn_name: 'cosine',
    },
  }
  for (const [name, value] of Object.entries(json)) await writeFile(join(folder, name), `${JSON.stringify(value)}\n`)
  return Promise.all(['model.safetensors', ...Object.keys(json)].map((name) => describe(folder, name)))
}

async function describe(folder: string, name: string): Promise<WrittenFile> {
  const bytes = await readFile(join(folder, name))
  return { name, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}
