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

/** A token table as it is stored: only directions count, so one scale for the whole table need not be kept. */
export interface StoredTable {
  readonly rows: number
  readonly width: number
  /** `[rows, width]`, weights multiplied in. */
  readonly codes: Int8Array
}

/** Share of the table's elements that may be cut at the ends of the int8 range: a finer step for all the others. */
const CLIPPED = 2e-4

/** Multiplies the weights into the table and rounds to int8: a quarter of the size, measured by what search finds. */
export function quantise({ width, table, weights }: TokenTable): StoredTable {
  const folded = table.map((value, index) => value * weights[Math.floor(index / width)]!)
  const sizes = folded.map((value) => Math.abs(value)).sort()
  const largest = sizes[Math.floor(sizes.length * (1 - CLIPPED))]!
  const codes = Int8Array.from(folded, (value) => Math.max(-127, Math.min(127, Math.round((value / largest) * 127))))
  return { rows: weights.length, width, codes }
}

/**
 * Writes a StaticEmbedding folder.
 *
 * @returns what was written, with hashes
 */
export async function writeStaticFolder(
  folder: string,
  { rows, width, codes }: StoredTable,
  definition: TokenizerDefinition,
): Promise<readonly WrittenFile[]> {
  await writeSafetensors(join(folder, 'model.safetensors'), [
    { name: 'embedding.weight', dtype: 'I8', shape: [rows, width], data: codes },
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

async function describe(folder: string, name: string): Promise<WrittenFile> {
  const bytes = await readFile(join(folder, name))
  return { name, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}
