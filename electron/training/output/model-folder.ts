// The trained model as a Hugging Face / sentence-transformers folder with a ready ONNX graph beside the weights.
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { INTENTS } from '../../contracts/intents.ts'
import { promptFor, type ModelPrompts } from '../../contracts/prompts.ts'
import { readJsonObjectIfPresent } from '../../ml/checkpoint/json-file.ts'
import { readTensorBytes, type WeightSet } from '../../ml/checkpoint/safetensors.ts'
import { type TensorToWrite, writeSafetensors } from '../../ml/checkpoint/safetensors-writer.ts'
import { mergeAdapter } from '../../ml/lora/index.ts'
import { buildEmbeddingModel } from '../../ml/session/build-model.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import { writingTo } from '../run/stage-checkpoint.ts'
import { writeAdapters } from './adapter-folder.ts'

/** Files of the base folder that describe tokenizer and model, and are kept as they are. */
const KEPT =
  /^(tokenizer.*\.json|tokenizer\.model|vocab\.(txt|json)|merges\.txt|special_tokens_map\.json|added_tokens\.json)$/

const POOLING_FLAGS = {
  cls: 'pooling_mode_cls_token',
  mean: 'pooling_mode_mean_tokens',
  max: 'pooling_mode_max_tokens',
  mean_sqrt_len: 'pooling_mode_mean_sqrt_len_tokens',
  weightedmean: 'pooling_mode_weightedmean_tokens',
  lasttoken: 'pooling_mode_lasttoken',
} as const

export interface OutputOptions {
  /** Longest input the model was trained with. */
  readonly maxTokens: number
  /** Content of README.md; left out between the stages of a run. */
  readonly card?: string
}

/**
 * Writes the model to `folder`, adapters merged and beside them in peft's layout: complete under its name or not at all.
 *
 * @throws TrainingError `TRAINING_DISK`
 */
export async function writeModelFolder(model: TrainableModel, folder: string, options: OutputOptions): Promise<void> {
  const temporary = `${folder}.part`
  await writingTo(folder, async () => {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true })
    await copyDescription(model, temporary)
    await writeWeights(model, temporary)
    await writeModules(model, temporary, options)
    await writeAdapters(model, temporary)
    if (options.card !== undefined) await writeFile(join(temporary, 'README.md'), options.card)
    await writeGraph(temporary)
    await rm(folder, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await rename(temporary, folder)
  })
}

async function copyDescription({ folder, definition }: TrainableModel, target: string): Promise<void> {
  for (const name of await readdir(folder.root))
    if (KEPT.test(name)) await copyFile(join(folder.root, name), join(target, name))
  if (definition.model.kind === 'static') return
  const bidirectional = definition.attention === 'bidirectional' ? { is_causal: false } : {}
  await writeJson(target, 'config.json', { ...folder.json, ...bidirectional, torch_dtype: 'float32' })
}

async function writeWeights(model: TrainableModel, target: string): Promise<void> {
  const { source, dense } = model.folder
  if (source.kind === 'onnx') throw new Error('a ready-made graph has no weights to write')
  const trained = await trainedTensors(model)
  await writeSafetensors(join(target, 'model.safetensors'), tensorsOf(source.weights, trained))
  for (const module of dense) {
    await mkdir(join(target, module.path), { recursive: true })
    const config = (await readJsonObjectIfPresent(join(model.folder.path, module.path, 'config.json'))) ?? {}
    await writeJson(join(target, module.path), 'config.json', config)
    await writeSafetensors(join(target, module.path, 'model.safetensors'), tensorsOf(module.weights, trained))
  }
}

/** Every tensor of the base: what was trained with its new values, the rest byte for byte. */
function tensorsOf(weights: WeightSet, trained: ReadonlyMap<string, Float32Array>): readonly TensorToWrite[] {
  return [...weights.tensors.values()].map((entry) => {
    const values = trained.get(`${entry.file}:${entry.name}`)
    return values
      ? { name: entry.name, dtype: 'F32', shape: entry.shape, data: values }
      : { name: entry.name, dtype: entry.dtype, shape: entry.shape, data: () => readTensorBytes(entry) }
  })
}

/** New values by file and stored name. Adapters are merged into copies of their layers' weights. */
async function trainedTensors(model: TrainableModel): Promise<ReadonlyMap<string, Float32Array>> {
  const out = new Map<string, Float32Array>()
  const put = (name: string, values: Float32Array) => {
    const entry = model.storedAs(name)
    if (!entry) throw new Error(`no file holds ${name}`)
    out.set(`${entry.file}:${entry.name}`, values)
  }
  for (const { name } of model.layout.slots) {
    const values = model.layout.view(model.parameters, name)
    if (model.tuning === 'full') put(name, values)
    else if (name.endsWith('.lora_A.weight')) {
      const layer = name.slice(0, -'.lora_A.weight'.length)
      const weight = model.values(`${layer}.weight`).slice()
      mergeAdapter({ weight, a: values, b: model.values(`${layer}.lora_B.weight`) }, model.tuning)
      put(`${layer}.weight`, weight)
    }
  }
  return out
}

async function writeModules(
  { folder, definition }: TrainableModel,
  target: string,
  options: OutputOptions,
): Promise<void> {
  const isStatic = definition.model.kind === 'static'
  const dense = folder.dense.map((module) => ['Dense', module.path] as const)
  const listed = isStatic
    ? ([
        ['StaticEmbedding', ''],
        ['Normalize', '1_Normalize'],
      ] as const)
    : ([
        ['Transformer', ''],
        ['Pooling', '1_Pooling'],
        ...dense,
        ['Normalize', `${2 + dense.length}_Normalize`],
      ] as const)
  await writeJson(
    target,
    'modules.json',
    listed.map(([type, path], idx) => ({
      idx,
      name: String(idx),
      path,
      type: `sentence_transformers.models.${type}`,
    })),
  )
  await writeJson(target, 'config_sentence_transformers.json', {
    prompts: spelledOut(folder.prompts),
    default_prompt_name: null,
    similarity_fn_name: 'cosine',
  })
  if (definition.model.kind === 'static') return
  const { pooling, config } = definition.model
  const flags = Object.entries(POOLING_FLAGS).map(([kind, flag]) => [flag, kind === pooling])
  await mkdir(join(target, '1_Pooling'), { recursive: true })
  await writeJson(join(target, '1_Pooling'), 'config.json', {
    word_embedding_dimension: config.hiddenSize,
    ...Object.fromEntries(flags),
    include_prompt: true,
  })
  await writeJson(target, 'sentence_bert_config.json', {
    max_seq_length: Math.min(options.maxTokens, config.maxTokens),
    do_lower_case: false,
  })
}

/** Prompts in so many words, also that there are none: a family is told by the name of its folder, and the trained model has another. */
function spelledOut(prompts: ModelPrompts): Readonly<Record<string, string>> {
  const query = Object.fromEntries(INTENTS.map((intent) => [intent, promptFor(prompts, 'query', intent)]))
  return { ...prompts.own, ...query, passage: promptFor(prompts, 'passage') }
}

/** `model.onnx`: some 40 kB that point into model.safetensors, for any ONNX runtime. */
async function writeGraph(target: string): Promise<void> {
  const folder = await openModelFolder(target)
  if (folder.source.kind === 'onnx' || folder.dense.length > 0) return // weights of a Dense module lie in a folder of their own
  const { bytes } = buildEmbeddingModel(folder, folder.source, { precision: 'fp32', narrowTables: true })
  await writeFile(join(target, 'model.onnx'), bytes)
}

function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  return writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}
