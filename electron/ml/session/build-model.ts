// From a model folder to the bytes of an ONNX model whose weights stay in the folder.
import { writeModel, model as toModel, type Graph } from '../ir/index.ts'
import type { Attention } from '../models/config.ts'
import { parseCrossEncoder, type CrossEncoderConfig } from '../models/cross-encoder.ts'
import { buildCrossEncoderGraph, buildEmbeddingGraph, type EmbeddingModel } from '../models/embedding-graph.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { parameterNames } from '../models/parameter-names.ts'
import type { ParameterSource } from '../nn/parameters.ts'
import type { Pooling } from '../nn/pooling.ts'
import { commonFolder, FileParameters } from './file-parameters.ts'
import type { ModelFolder, ModelSource } from './model-folder.ts'
import { QuantizedParameters } from './quantized-parameters.ts'

export const PRECISIONS = ['fp32', 'int8'] as const
export type Precision = (typeof PRECISIONS)[number]

export interface BuildOptions {
  readonly precision: Precision
  /** See FileParametersOptions. */
  readonly narrowTables: boolean
  readonly pooling?: Pooling | undefined
  readonly attention?: Attention | undefined
  /** Longest input of any run; what the model allows when left out. */
  readonly maxTokens?: number | undefined
}

/** An ONNX model in memory and the folder its weight references start from. */
export interface BuiltModel {
  readonly bytes: Uint8Array
  readonly externalFolder: string
}

type BuildableSource = Exclude<ModelSource, { kind: 'onnx' }>

/** Builds the inference model of an embedding folder. */
export function buildEmbeddingModel(folder: ModelFolder, source: BuildableSource, options: BuildOptions): BuiltModel {
  const root = commonFolder([...source.weights.files, ...folder.dense.flatMap((dense) => dense.weights.files)])
  const parameters = fileParameters(source, root, options)
  return serialize(
    buildEmbeddingGraph(embeddingModel(folder, source, root, options), parameters, options.maxTokens),
    root,
  )
}

/** Builds the inference model of a cross-encoder folder. */
export function buildRerankModel(
  folder: ModelFolder,
  options: BuildOptions,
): BuiltModel & { config: CrossEncoderConfig } {
  const { source } = folder
  if (source.kind !== 'transformer') {
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${folder.path}: not a cross-encoder with weights. Choose a folder with model.safetensors.`,
    )
  }
  const config = parseCrossEncoder(`${folder.root}/config.json`, folder.json, source.config)
  const root = commonFolder(source.weights.files)
  return {
    ...serialize(buildCrossEncoderGraph(config, fileParameters(source, root, options), options.maxTokens), root),
    config,
  }
}

function embeddingModel(
  folder: ModelFolder,
  source: BuildableSource,
  root: string,
  options: BuildOptions,
): EmbeddingModel {
  if (source.kind === 'static') return { kind: 'static', layout: source.layout, mapping: source.mapping }
  const dense = folder.dense.map((module) => {
    const { weights } = module
    const nameOf = (name: string) => (weights.tensors.has(name) ? name : undefined)
    return {
      module,
      parameters: new FileParameters({ weights, nameOf, root, prefix: `${module.path}/`, narrowTables: false }),
    }
  })
  const pooling = options.pooling ?? folder.pooling
  return { kind: 'transformer', config: source.config, pooling, dense, attention: options.attention }
}

function fileParameters(source: BuildableSource, root: string, options: BuildOptions): ParameterSource {
  const { weights } = source
  const config = source.kind === 'static' ? ({ family: 'static', modelType: 'static' } as const) : source.config
  const nameOf = parameterNames(config, weights.tensors.keys())
  const file = new FileParameters({ weights, nameOf, root, narrowTables: options.narrowTables })
  return options.precision === 'int8' ? new QuantizedParameters(file) : file
}

function serialize(graph: Graph, externalFolder: string): BuiltModel {
  return { bytes: writeModel(toModel(graph)), externalFolder }
}
