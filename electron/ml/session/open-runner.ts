// Opening a model: device, precision and memory decided, self-check done.
import { freemem } from 'node:os'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { Attention } from '../models/config.ts'
import type { Pooling } from '../nn/pooling.ts'
import type { TextTokenizer } from '../tokenizer/tokenizer.ts'
import { CPU_BATCH_TOKENS, type BatchLimits } from './batches.ts'
import { buildEmbeddingModel, type Precision } from './build-model.ts'
import { openOnDevice, secondRun, type DeviceChoice, type Trial } from './choose-device.ts'
import { openBuiltModel, openReadyGraph, type EmbeddingRunner } from './embedding-runner.ts'
import { openQuantized, type Int8Report } from './check-int8.ts'
import { modelInfo, type EncoderInfo, type ModelInfo } from './model-info.ts'
import type { ModelFolder } from './model-folder.ts'
import type { Device, SessionSettings } from './ort-session.ts'
import { assertFinite, probeRows } from './probe.ts'

export interface EncoderOptions {
  /** `auto` (default) measures the installed devices; another value falls back to the CPU when it cannot be used. */
  readonly device?: Device | 'auto'
  readonly threads?: number
  readonly precision?: Precision
  /** Cuts inputs, 512 by default; the model's own limit holds in any case. */
  readonly maxTokens?: number
  /** Matryoshka models: keep this many leading dimensions. */
  readonly dimensions?: number
  /** Default true: vectors of length 1, which is what the index stores. */
  readonly normalize?: boolean
  /** Overrides what the folder says. */
  readonly pooling?: Pooling
  /** Decoders: overrides what the folder says. */
  readonly attention?: Attention
  /** Bytes that a run may take beside the weights; default 1 GiB. Smaller budgets give smaller batches. */
  readonly memoryBudget?: number
  /** A module that calls `serveTokenizer` when loaded as a thread: texts are then tokenized one window ahead of the session. */
  readonly tokenizerThread?: URL
}

export interface OpenedRunner {
  readonly runner: EmbeddingRunner
  readonly info: EncoderInfo
  readonly limits: BatchLimits
}

/**
 * @throws ModelError when the model cannot be built, does not fit its tokenizer or gives NaN
 */
export async function openRunner(
  folder: ModelFolder,
  tokenizer: TextTokenizer,
  options: EncoderOptions,
): Promise<OpenedRunner> {
  const info = modelInfo(folder, tokenizer, options.maxTokens)
  // Static tables were made from tokens without [CLS] and [SEP]; these would only add the same vector to every text.
  const addSpecialTokens = folder.source.kind !== 'static'
  const rows = probeRows(
    tokenizer,
    (text) => tokenizer.encode(text, { maxTokens: info.maxTokens, addSpecialTokens }).ids,
  )
  const { choice, int8 } = await openChecked(folder, tokenizer, { ...options, maxTokens: info.maxTokens }, rows)
  try {
    const { vectors, width } = await choice.runner.run(rows, Math.max(...rows.map((row) => row.length)))
    assertFinite(folder.path, vectors)
    return {
      runner: choice.runner,
      info: {
        ...info,
        pooling: options.pooling ?? info.pooling,
        attention: options.attention ?? info.attention,
        dimensions: matryoshka(folder.path, width, options.dimensions),
        device: choice.device,
        devices: choice.reports,
        precision: int8 && !int8.refused ? 'int8' : 'fp32',
        ...(int8 ? { int8 } : {}),
        normalized: options.normalize ?? true,
        addSpecialTokens,
      },
      limits: batchLimits(folder, info, choice.device, options.memoryBudget ?? 2 ** 30),
    }
  } catch (error) {
    await choice.runner.release()
    throw error
  }
}

async function openChecked(
  folder: ModelFolder,
  tokenizer: TextTokenizer,
  options: EncoderOptions,
  rows: readonly (readonly number[])[],
): Promise<{ choice: DeviceChoice<EmbeddingRunner>; int8?: Int8Report }> {
  const open = (device: Device, precision: Precision) => openOn(folder, tokenizer, options, device, precision)
  if (options.precision !== 'int8') {
    const opened = (device: Device) => open(device, 'fp32')
    return { choice: await openOnDevice(options.device ?? 'auto', opened, (runner) => embedTrial(runner, rows)) }
  }
  // [Note: int8] The quantized product is a CPU operator, so int8 decides the device as well.
  if (folder.source.kind !== 'transformer') {
    const refused = 'int8 is for transformer layers, and this folder has none to quantize'
    const runner = await open('cpu', 'fp32')
    return { choice: { runner, device: 'cpu', reports: [] }, int8: { minCosine: 1, meanCosine: 1, refused } }
  }
  const { runner, report } = await openQuantized((precision) => open('cpu', precision), rows)
  return { choice: { runner, device: 'cpu', reports: [] }, int8: report }
}

async function embedTrial(runner: EmbeddingRunner, rows: readonly (readonly number[])[]): Promise<Trial> {
  const sequence = Math.max(...rows.map((row) => row.length))
  const { result, seconds } = await secondRun(() => runner.run(rows, sequence))
  return { values: result.vectors, width: result.width, tokensPerSecond: (rows.length * sequence) / seconds }
}

function openOn(
  folder: ModelFolder,
  tokenizer: TextTokenizer,
  options: EncoderOptions,
  device: Device,
  precision: Precision,
): Promise<EmbeddingRunner> {
  const { source } = folder
  const pooling = options.pooling ?? folder.pooling
  const settings: SessionSettings = {
    device,
    threads: options.threads,
    keepWeightsMapped: device === 'cpu' && isMemoryShort(folder),
  }
  if (source.kind === 'onnx') return openReadyGraph(source.file, settings, tokenizer.padId, pooling)
  const narrowTables = device === 'cpu'
  const model = buildEmbeddingModel(folder, source, { ...options, precision, narrowTables, pooling })
  return openBuiltModel(model, settings, tokenizer.padId)
}

/** Whether a half-precision model, unfolded to float32, would take more than half of the memory that is free now. */
function isMemoryShort({ source }: ModelFolder): boolean {
  if (source.kind !== 'transformer') return false
  const tensors = [...source.weights.tensors.values()]
  const isHalf = tensors.some((entry) => entry.dtype === 'F16' || entry.dtype === 'BF16')
  return isHalf && source.weights.bytes * 2 > freemem() / 2
}

function matryoshka(path: string, width: number, wanted = width): number {
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= width) return wanted
  throw new ModelError(MODEL_ERROR.invalid, `${path}: ${wanted} dimensions are not available. Choose 1 to ${width}.`)
}

/** GPUs want work for thousands of threads. */
const GPU_BATCH_TOKENS = 4096

/** GPUs get lengths in steps, so that few different shapes are compiled; both keep a run inside the memory budget. */
function batchLimits({ source }: ModelFolder, info: ModelInfo, device: Device, memoryBudget: number): BatchLimits {
  const lengthStep = device === 'cpu' ? 1 : 16
  const maxSequence = info.maxTokens
  if (source.kind === 'static') return { tokens: 65_536, texts: 1024, lengthStep, maxSequence }
  const config = source.kind === 'transformer' ? source.config : undefined
  // Largest live values of a layer, in floats a token: the feed-forward and its copies, residuals and heads, two score rows.
  const hidden = config?.hiddenSize ?? 1024
  const wide = config?.feedForwardSize ?? 4096
  const perToken = 4 * (3 * wide + 8 * hidden + 2 * (config?.heads ?? 16) * info.maxTokens)
  const affordable = Math.floor(memoryBudget / perToken)
  const useful = device === 'cpu' ? CPU_BATCH_TOKENS : GPU_BATCH_TOKENS
  return { tokens: Math.max(1, Math.min(useful, affordable)), texts: 256, lengthStep, maxSequence }
}
