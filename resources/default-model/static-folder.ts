// A StaticEmbedding folder as sentence-transformers writes it; token weights are multiplied into the table.
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

/**
 * Writes the model as float16: half the size, and cosines differ by less than 1e-4.
 *
 * @returns what was written, with hashes
 */
export async function writeStaticFolder(
  folder: string,
  { width, table, weights }: TokenTable,
  definition: TokenizerDefinition,
): Promise<readonly WrittenFile[]> {
  const rows = weights.length
  const folded = new Float16Array(table.length)
  // Only directions count, so the scale is free: the longest row gets length 16, far inside what float16 can hold.
  const scale = 16 / longestRow(table, weights, width)
  for (let i = 0; i < table.length; i++) folded[i] = table[i]! * weights[Math.floor(i / width)]! * scale
  await writeSafetensors(join(folder, 'model.safetensors'), [
    { name: 'embedding.weight', dtype: 'F16', shape: [rows, width], data: folded },
  ])
  const module = (idx: number, path: string, type: string) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${type}`,
  })
  const json: Readonly<Record<string, unknown>> = {
    'tokenizer.json': { version: '1.0', truncation: null, padding: null, ...definition },
    'modules.json': [module(0, '', 'StaticEmbedding'), module(1, '1_Normalize', 'Normalize')],
    'config_sentence_transformers.json': { prompts: {}, default_prompt_name: null, similarity_fn_name: 'cosine' },
  }
  for (const [name, value] of Object.entries(json)) await writeFile(join(folder, name), `${JSON.stringify(value)}\n`)
  return Promise.all(['model.safetensors', ...Object.keys(json)].map((name) => describe(folder, name)))
}

function longestRow(table: Float32Array, weights: Float32Array, width: number): number {
  let longest = 0
  for (const [row, weight] of weights.entries()) {
    let squares = 0
    for (let i = row * width; i < (row + 1) * width; i++) squares += (table[i]! * weight) ** 2
    longest = Math.max(longest, squares)
  }
  return Math.sqrt(longest)
}

async function describe(folder: string, name: string): Promise<WrittenFile> {
  const bytes = await readFile(join(folder, name))
  return { name, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}
