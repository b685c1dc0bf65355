// A Hugging Face or sentence-transformers folder, read and checked: everything about a model but its weights' bytes.
import { stat } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { modelFamily, type ModelPrompts } from '../../contracts/prompts.ts'
import { isFile } from '../checkpoint/files.ts'
import { readJson, readJsonObject, readJsonObjectIfPresent } from '../checkpoint/json-file.ts'
import { openWeights, readTensor, type WeightSet } from '../checkpoint/safetensors.ts'
import { parseModelConfig, type ModelConfig } from '../models/config.ts'
import { isCrossEncoder } from '../models/cross-encoder.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import {
  parseDense,
  parseModules,
  parsePooling,
  parseSentenceSettings,
  type DenseModule,
  type ModuleEntry,
  type SentenceSettings,
} from '../models/sentence-modules.ts'
import { parseStaticLayout, type StaticLayout } from '../models/static.ts'
import type { Pooling } from '../nn/pooling.ts'

/** A parsed model folder. `onnx` is set when the model comes as a ready graph instead of weights. */
export interface ModelFolder {
  readonly path: string
  /** Where config.json, weights and tokenizer lie: `path`, or the folder of the first module. */
  readonly root: string
  readonly name: string
  readonly json: Readonly<Record<string, unknown>>
  readonly source: ModelSource
  readonly pooling: Pooling
  /** Whether the folder says how to pool; where it does not, sentence-transformers pools by mean and so do we. */
  readonly poolingStated: boolean
  readonly dense: readonly (DenseModule & { readonly weights: WeightSet })[]
  readonly settings: SentenceSettings
  readonly prompts: ModelPrompts
  /** `max_seq_length` of sentence_bert_config.json. */
  readonly maxSequence: number | undefined
  readonly kind: 'embedding' | 'cross-encoder'
}

export type ModelSource =
  | {
      readonly kind: 'transformer'
      readonly config: Exclude<ModelConfig, { family: 'static' }>
      readonly weights: WeightSet
    }
  | {
      readonly kind: 'static'
      readonly layout: StaticLayout
      readonly weights: WeightSet
      readonly mapping: Float32Array | undefined
    }
  | { readonly kind: 'onnx'; readonly file: string; readonly maxTokens: number | undefined }

/**
 * Reads and checks a model folder. Weights are only described, so a folder of any size opens in milliseconds.
 *
 * @throws ModelError with the file and the remedy when the folder cannot be used
 */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  const folder = resolve(path)
  const info = await stat(folder).catch(() => undefined)
  if (!info?.isDirectory()) {
    throw new ModelError(
      MODEL_ERROR.notFound,
      `${folder}: no such folder. Choose a folder that holds config.json and model.safetensors.`,
    )
  }
  const modules = await readModules(folder)
  const root = join(
    folder,
    modules.find((entry) => entry.kind === 'transformer' || entry.kind === 'static')?.path ?? '',
  )
  const json = (await readJsonObjectIfPresent(join(root, 'config.json'))) ?? {}
  const settings = parseSentenceSettings(
    await readJsonObjectIfPresent(join(folder, 'config_sentence_transformers.json')),
  )
  const pooling = await readPooling(folder, modules)
  const limits = await readJsonObjectIfPresent(join(root, 'sentence_bert_config.json'))
  const maxSequence = limits?.['max_seq_length']
  const source = await readSource(root, json, modules)
  const dense = await readDense(folder, modules)
  if (dense.length > 0 && source.kind !== 'transformer') {
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${folder}: a Dense module is only supported after a transformer with model.safetensors. Add the weights to the folder.`,
    )
  }
  return {
    path: folder,
    root,
    name: modelName(folder),
    json,
    source,
    pooling: pooling ?? 'mean',
    poolingStated: pooling !== undefined,
    dense,
    settings,
    prompts: { family: modelFamily(familyHint(folder, json)), own: settings.prompts },
    maxSequence: typeof maxSequence === 'number' && maxSequence > 0 ? maxSequence : undefined,
    kind: isCrossEncoder(json) ? 'cross-encoder' : 'embedding',
  }
}

async function readModules(folder: string): Promise<readonly ModuleEntry[]> {
  const path = join(folder, 'modules.json')
  return (await isFile(path)) ? parseModules(path, await readJson(path)) : []
}

async function readPooling(folder: string, modules: readonly ModuleEntry[]): Promise<Pooling | undefined> {
  const entry = modules.find((module) => module.kind === 'pooling')
  if (!entry) return undefined
  const path = join(folder, entry.path, 'config.json')
  return parsePooling(path, await readJsonObject(path))
}

function readDense(folder: string, modules: readonly ModuleEntry[]): Promise<ModelFolder['dense']> {
  const entries = modules.filter((module) => module.kind === 'dense')
  return Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.path, 'config.json')
      const weights = await openWeights(join(folder, entry.path))
      return { ...parseDense(path, entry.path, await readJsonObject(path)), weights }
    }),
  )
}

async function readSource(
  root: string,
  json: ModelFolder['json'],
  modules: readonly ModuleEntry[],
): Promise<ModelSource> {
  const configPath = join(root, 'config.json')
  if (modules.some((entry) => entry.kind === 'static') || json['model_type'] === 'model2vec') return readStatic(root)
  const onnx = await readyGraph(root)
  const hasWeights =
    (await isFile(join(root, 'model.safetensors'))) || (await isFile(join(root, 'model.safetensors.index.json')))
  if (json['model_type'] === undefined && !onnx) {
    throw new ModelError(
      MODEL_ERROR.notFound,
      `${configPath}: missing, or without model_type. Choose a folder that holds config.json and model.safetensors.`,
    )
  }
  let config: ModelConfig
  try {
    config = parseModelConfig(configPath, json)
  } catch (error) {
    // An architecture that we cannot build may still come with a graph that somebody else built.
    if (onnx && error instanceof ModelError && error.code === MODEL_ERROR.unsupported) {
      const positions = json['max_position_embeddings']
      return { kind: 'onnx', file: onnx, maxTokens: typeof positions === 'number' ? positions : undefined }
    }
    throw error
  }
  if (config.family === 'static') return readStatic(root)
  if (onnx && !hasWeights) return { kind: 'onnx', file: onnx, maxTokens: config.maxTokens }
  return { kind: 'transformer', config, weights: await openWeights(root) }
}

async function readStatic(root: string): Promise<ModelSource> {
  const weights = await openWeights(root)
  const layout = parseStaticLayout(root, weights.tensors)
  const mapping = layout.mapping === undefined ? undefined : await readTensor(weights.tensors.get(layout.mapping)!)
  return { kind: 'static', layout, weights, mapping }
}

async function readyGraph(root: string): Promise<string | undefined> {
  for (const name of [join('onnx', 'model.onnx'), 'model.onnx']) {
    const path = join(root, name)
    if (await isFile(path)) return path
  }
  return undefined
}

/** The folder's name, or the repository's where the folder is a snapshot in the Hugging Face cache. */
function modelName(folder: string): string {
  const cached = folder.split(sep).find((part) => part.startsWith('models--'))
  return cached ? cached.split('--').at(-1)! : basename(folder)
}

function familyHint(folder: string, json: ModelFolder['json']): string {
  return `${modelName(folder)}/${String(json['_name_or_path'] ?? '')}`
}
