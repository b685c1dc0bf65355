// What a training graph computes: token ids to vectors of length 1, over any source of weights.
import type { Dim, GraphBuilder, Value } from '../../ml/ir/index.ts'
import type { Attention } from '../../ml/models/config.ts'
import { embed, type EmbeddingModel } from '../../ml/models/embedding-graph.ts'
import { declareInputs, type EncoderInputs } from '../../ml/models/encoder-inputs.ts'
import type { ParameterSource } from '../../ml/nn/parameters.ts'
import { l2Normalize } from '../../ml/nn/pooling.ts'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'

/** A model without its weights. */
export interface EncoderDefinition {
  readonly model: EmbeddingModel
  readonly dimensions: number
  readonly maxTokens: number
  readonly attention: Attention | undefined
}

export function encoderDefinition(
  folder: ModelFolder,
  { maxTokens, attention }: { maxTokens: number; attention?: Attention | undefined },
): EncoderDefinition {
  const { source, dense, pooling } = folder
  if (source.kind === 'onnx')
    throw new TrainingError(
      TRAINING_ERROR.model,
      `${folder.path}: a ready-made ONNX graph cannot be trained. Choose a folder with model.safetensors.`,
    )
  if (source.kind === 'static') {
    const { layout, mapping } = source
    return { model: { kind: 'static', layout, mapping }, dimensions: layout.width, maxTokens, attention: undefined }
  }
  const { config } = source
  // The parameters of a Dense module come from the graph's own source, see `unitVectors`.
  const modules = dense.map((module) => ({ module, parameters: nowhere }))
  return {
    model: { kind: 'transformer', config, pooling, dense: modules, attention },
    dimensions: dense.at(-1)?.outputs ?? config.hiddenSize,
    maxTokens: Math.min(maxTokens, config.maxTokens),
    attention,
  }
}

const nowhere: ParameterSource = {
  parameter: (_, name) => {
    throw new Error(`${name} is read through the graph's own weights`)
  },
  has: () => false,
}

/** Symbolic sizes: one graph, and one session, for batches of any size. */
export const anyBatch: { readonly batch: Dim; readonly sequence: Dim } = { batch: 'batch', sequence: 'sequence' }

/** The definition with its Dense modules bound to `source`, where their weights carry the module's path. */
export function boundModel({ model }: EncoderDefinition, source: ParameterSource): EmbeddingModel {
  if (model.kind === 'static') return model
  return {
    ...model,
    dense: model.dense.map(({ module }) => ({ module, parameters: prefixed(source, `${module.path}/`) })),
  }
}

function prefixed(source: ParameterSource, prefix: string): ParameterSource {
  return {
    parameter: (g, name, shape) => source.parameter(g, prefix + name, shape),
    has: (name) => source.has(prefix + name),
  }
}

/**
 * Adds an encoder to a graph: `input_ids` and `attention_mask` become inputs.
 *
 * @returns vectors `[batch, dimensions]` of length 1
 */
export function unitVectors(
  g: GraphBuilder,
  source: ParameterSource,
  definition: EncoderDefinition,
  shape: { readonly batch: Dim; readonly sequence: Dim; readonly prefix?: string } = anyBatch,
): Value {
  const { prefix = '' } = shape
  const inputs: EncoderInputs = declareInputs(g, shape, { prefix, maxSequence: definition.maxTokens })
  return l2Normalize(g, embed({ g, parameters: source }, boundModel(definition, source), inputs))
}
