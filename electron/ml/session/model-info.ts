// What people and other modules are told about a model.
import type { ModelPrompts } from '../../contracts/prompts.ts'
import type { Attention } from '../models/config.ts'
import type { Pooling } from '../nn/pooling.ts'
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts'
import type { TextTokenizer } from '../tokenizer/tokenizer.ts'
import type { Precision } from './build-model.ts'
import type { Int8Report } from './check-int8.ts'
import type { DeviceReport } from './choose-device.ts'
import { openModelFolder, type ModelFolder } from './model-folder.ts'
import type { Device } from './ort-session.ts'
import { assertVocabularyFits } from './probe.ts'

export interface ModelInfo {
  readonly name: string
  readonly path: string
  readonly kind: 'embedding' | 'cross-encoder'
  /** `model_type`, or `onnx` for a ready-made graph of unknown make. */
  readonly architecture: string
  /** Number of weights; 0 where only a ready-made graph is there to ask. */
  readonly parameters: number
  /** Length of a vector; 0 for cross-encoders, and for ready-made graphs until they are opened. */
  readonly dimensions: number
  readonly pooling: Pooling
  /** False where the folder does not say and mean pooling is assumed. */
  readonly poolingStated: boolean
  readonly maxTokens: number
  readonly attention: Attention
  readonly prompts: ModelPrompts
  /** What the model's authors compare vectors by. */
  readonly similarity: 'cosine' | 'dot'
}

export interface EncoderInfo extends ModelInfo {
  readonly device: Device
  /** What was tried to get there. */
  readonly devices: readonly DeviceReport[]
  readonly precision: Precision
  /** Set whenever int8 was asked for. */
  readonly int8?: Int8Report
  readonly normalized: boolean
  readonly addSpecialTokens: boolean
}

/** Retrieval passages are at most 512 tokens (METHOD: query and passage length in training); longer inputs are asked for explicitly. */
const DEFAULT_MAX_TOKENS = 512

/**
 * Describes and checks a model folder without loading its weights: for lists and imports.
 *
 * @throws ModelError when the folder cannot be used
 */
export async function inspectModel(path: string): Promise<ModelInfo> {
  const folder = await openModelFolder(path)
  const tokenizer = await loadTokenizer(folder.root)
  return modelInfo(folder, tokenizer)
}

/**
 * @param maxTokens overrides the default of 512; the model's own limit holds in any case
 * @throws ModelError `MODEL_INVALID` when tokenizer and model do not fit
 */
export function modelInfo(folder: ModelFolder, tokenizer: TextTokenizer, maxTokens = DEFAULT_MAX_TOKENS): ModelInfo {
  const { source } = folder
  if (source.kind === 'transformer') assertVocabularyFits(folder.path, tokenizer, source.config.vocabularySize)
  if (source.kind === 'static') assertVocabularyFits(folder.path, tokenizer, source.layout.tokens)
  return {
    name: folder.name,
    path: folder.path,
    kind: folder.kind,
    architecture: architectureOf(folder),
    parameters: source.kind === 'onnx' ? 0 : countParameters(folder, source.weights),
    dimensions: folder.kind === 'cross-encoder' ? 0 : dimensionsOf(folder),
    pooling: folder.pooling,
    poolingStated: folder.poolingStated || source.kind === 'static',
    maxTokens: Math.min(maxTokens, ...limits(folder, tokenizer)),
    attention:
      source.kind === 'transformer' && source.config.family === 'decoder' ? source.config.attention : 'bidirectional',
    prompts: folder.prompts,
    similarity: folder.settings.similarity,
  }
}

function architectureOf({ source, json }: ModelFolder): string {
  if (source.kind !== 'onnx') return source.kind === 'static' ? 'static' : source.config.modelType
  return typeof json['model_type'] === 'string' ? json['model_type'] : 'onnx'
}

function limits({ source, maxSequence }: ModelFolder, tokenizer: TextTokenizer): number[] {
  const own =
    source.kind === 'transformer' ? source.config.maxTokens : source.kind === 'onnx' ? source.maxTokens : undefined
  return [own, tokenizer.modelMaxTokens, maxSequence].filter((limit) => typeof limit === 'number')
}

function dimensionsOf({ source, dense, json }: ModelFolder): number {
  const last = dense.at(-1)
  if (last) return last.outputs
  if (source.kind === 'transformer') return source.config.hiddenSize
  if (source.kind === 'static') return source.layout.width
  return typeof json['hidden_size'] === 'number' ? json['hidden_size'] : 0
}

function countParameters({ dense }: ModelFolder, weights: ModelFolder['dense'][number]['weights']): number {
  const entries = [weights, ...dense.map((module) => module.weights)].flatMap((set) => [...set.tensors.values()])
  return entries.reduce((sum, entry) => sum + entry.shape.reduce((product, size) => product * size, 1), 0)
}
